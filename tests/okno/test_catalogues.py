"""`okno catalogue`: what holds goes into a file, what a file brings becomes drafts, and a file that may not be taken changes nothing."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from okno.demo.portals import PortalServer
from tests.house import House

CONFIG = """
catalogue = "demo"
[[queues]]
id = "general"
title = "Общие"
[[topics]]
id = "other"
title = "Другое"
[[portals]]
id = "portal"
title = "Портал"
settings = {{ url = "{url}" }}
"""


@pytest.fixture
def still(tmp_path: Path) -> House:
    """A house that does not run."""
    return House(tmp_path)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonld"])
def test_what_goes_out_comes_in_again_and_changes_nothing(still: House, tmp_path: Path, suffix: str) -> None:
    # KB-03
    file = str(tmp_path / f"all.{suffix}")
    said = still.run("catalogue", "export", file)
    assert (said.returncode, said.stderr) == (0, "")
    said = still.run("catalogue", "import", file, "--whole", "--apply")
    assert said.returncode == 0
    assert (same := re.fullmatch(r"new 0, changed 0, same (\d+), not in the file 0", said.stdout.splitlines()[-1]))
    assert int(same[1]) > 700


def test_what_would_change_is_printed_and_written_only_when_told(still: House, tmp_path: Path) -> None:
    # KB-03: preview, then drafts
    file = tmp_path / "fees.csv"
    file.write_text("id;fee.rubles;fee.note\nforeign-passport-10;6500;\n", "utf8")
    for apply in ([], ["--apply"]):
        said = still.run("catalogue", "import", str(file), *apply)
        assert said.returncode == 0
        assert "~ service/foreign-passport-10" in said.stdout
        assert "    fee.rubles: 6000 → 6500" in said.stdout
        assert ("drafts written: 1" in said.stdout) == bool(apply)
    said = still.run("catalogue", "import", str(file))
    assert said.stdout == "new 0, changed 0, same 1, not in the file 0\n"  # the draft says it already


def test_a_file_that_may_not_be_taken_is_said_to_be_so(still: House, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonld"
    file.write_text(json.dumps({"@context": "http://127.0.0.1:1/context", "@id": "a:b"}), "utf8")
    said = still.run("catalogue", "import", str(file), "--apply")
    assert (said.returncode, said.stdout) == (1, "")
    assert "по сети не берётся" in said.stderr
    assert "No such file" in still.run("catalogue", "import", str(tmp_path / "nothing.csv")).stderr


async def test_a_portals_register_is_pulled(still: House, tmp_path: Path) -> None:
    # KB-04, IN-01
    file = tmp_path / "register.jsonld"
    still.run("catalogue", "export", str(file))
    register = file.read_bytes().replace("Загранпаспорт на 10 лет".encode(), "Загранпаспорт на десять лет".encode())
    async with PortalServer(register) as server:
        config = tmp_path / "okno.toml"
        config.write_text(CONFIG.format(url=server.url), "utf8")
        house = House(tmp_path, config)
        said = [await asyncio.to_thread(house.run, "catalogue", "pull", "portal", *more) for more in ([], ["--apply"], ["--apply"])]
        assert [each.returncode for each in said] == [0, 0, 0]
        assert "title: Загранпаспорт на 10 лет → Загранпаспорт на десять лет" in said[0].stdout
        assert "drafts written: 1" in said[1].stdout
        assert said[2].stdout == "nothing has changed since the last pull\n"
        assert server.sent == [200, 200, 304]
        server.moods = [503]
        away = await asyncio.to_thread(house.run, "catalogue", "pull", "portal")
        assert (away.returncode, "503" in away.stderr) == (1, True)
