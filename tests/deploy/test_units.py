"""Units of systemd, as systemd reads them, and the hub behind what they fence it in with."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from okno.commands.cli import parser
from tests.deploy.compose import DOCKER
from tests.deploy.fence import allowed, settings
from tests.house import House, people
from tests.missing_programs import need
from tests.peers.nats import SERVER
from tests.peers.ports import await_port, free_ports

pytestmark = pytest.mark.peers

UNITS = sorted((DOCKER / "systemd").glob("*.service"))
HUBS = [unit for unit in UNITS if unit.name.startswith("okno")]
EXPOSURE = 15
"""Tenths; systemd calls less than 25 «OK». What is left: it speaks to the network, and reads /proc."""


def analyse(*words: str | Path) -> str:
    said = subprocess.run([need("systemd-analyze"), *words], check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout + said.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_it(unit: Path, tmp_path: Path) -> None:
    here = tmp_path / unit.name.replace("@", "@a")
    # What is installed there is not installed here.
    here.write_text(re.sub("^(ExecStart(?:Pre)?)=\\S+", r"\1=/bin/true", unit.read_text("utf8"), flags=re.MULTILINE), "utf8")
    assert analyse("verify", "--man=no", here) == ""


# SE-01: least privilege.
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_it_is_fenced_in(unit: Path) -> None:
    assert "Overall exposure level" in analyse("security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", unit)
    assert not {"mount", "ptrace", "chown", "setuid", "bpf", "init_module", "reboot"} & allowed(unit)


@pytest.mark.parametrize("unit", HUBS, ids=lambda unit: unit.name)
def test_it_starts_a_command_that_there_is(unit: Path) -> None:
    (start,) = settings(unit, "ExecStart")
    program, *words = start.split()
    assert program == "/opt/okno/bin/okno"
    assert parser().parse_args(words).config == Path("/etc/okno/centre.toml")


def test_several_hubs_differ_from_one_only_in_where_they_are() -> None:
    one, several = (set(file.read_text("utf8").partition("[Service]")[2].splitlines()) for file in HUBS)
    assert one - several == {"Environment=OKNO_DATA=%S/okno", "StateDirectory=okno"}
    assert several - one == {"Environment=OKNO_DATA=%S/okno-%i", "StateDirectory=okno-%i", "EnvironmentFile=/etc/okno/hub-%i"}


def test_the_line_works_behind_the_fence(tmp_path: Path) -> None:
    unit = DOCKER / "systemd" / "nats-server.service"
    (port,) = free_ports(1)
    need("systemd-analyze")
    words = [sys.executable, "-m", "tests.deploy.fence", str(unit), str(SERVER), "--addr", "127.0.0.1", "--port", str(port), "--jetstream"]
    process = subprocess.Popen([*words, "--store_dir", str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        await_port(port, process)
    finally:
        process.kill()
        process.wait()
    assert (tmp_path / "jetstream").is_dir()


class Fenced(House):
    """A hub that may do what its unit allows it."""

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tests.deploy.fence", str(DOCKER / "systemd" / "okno.service"), *super().command(*words)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Fenced]:
    need("systemd-analyze")
    centre = Fenced(tmp_path)
    try:
        yield centre.start()
    finally:
        centre.kill()
        print(centre.log.read_text("utf8")[-4000:])


# SE-01: whatever the hub needs of the system is within the fence.
async def test_a_day_behind_the_fence(house: Fenced) -> None:
    status = Path(f"/proc/{house.pid}/status").read_text("utf8")
    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status
    async with people(house) as present:
        await present.admin()
        citizen = await present.citizen()
        await citizen.tell("Как поменять паспорт?")
        await citizen.line.hear("message", author="bot")
        form = aiohttp.FormData()
        form.add_field("file", b"%PDF-1.4 a page", filename="page.pdf")
        async with present.http.post(f"{house.base}/chat/files?token={citizen.token}", data=form) as answer:
            assert answer.status == 200, await answer.text()
    assert house.stop() == 0
    assert house.complaints() == []
