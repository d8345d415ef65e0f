"""A scanner from the command line: `okno check`, and a hub that is killed while files wait (SE-01)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import Citizen, House, People, house_in, people
from tests.peers.clamd import EICAR, Daemon

pytestmark = pytest.mark.peers

CENTRE = """queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
{scanner}
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "clamd")
    yield daemon
    daemon.stop()


def centre(folder: Path, daemon: Daemon | None) -> Path:
    path = folder / "centre.toml"
    told = f'scanner = {{ driver = "clamd", settings = {{ socket = "{daemon.socket}" }} }}' if daemon else ""
    path.write_text(CENTRE.format(scanner=told), encoding="utf8")
    return path


def test_check_tries_the_scanner(tmp_path: Path, daemon: Daemon) -> None:
    house = House(tmp_path, centre(tmp_path, daemon))
    assert "✓ scanner: clamd, settings are right" in house.run("check").stdout
    away = house.run("check", "--channels")
    assert (away.returncode, "clamd не отвечает" in away.stderr) == (1, True), away
    daemon.start()
    assert "✓ scanner: clamd, ClamAV" in house.run("check", "--channels").stdout
    centre(tmp_path, None)
    assert "! scanner: none" in house.run("check").stdout
    (tmp_path / "centre.toml").write_text(CENTRE.format(scanner='scanner = { driver = "doctor" }'), encoding="utf8")
    assert "there is no driver 'doctor'" in house.run("check").stderr


async def upload(house: House, present: People, citizen: Citizen, content: bytes) -> str:
    async with present.http.post(f"{house.base}/chat/files?token={citizen.token}", data=content) as answer:
        file = str((await answer.json())["file"])
    await citizen.line.send(type="say", key=file, text="вот", files=[file])
    await citizen.line.hear("stored", key=file)
    return file


async def status(house: House, present: People, citizen: Citizen, file: str) -> int:
    async with present.http.get(f"{house.base}/chat/files/{file}?token={citizen.token}") as answer:
        return answer.status


async def test_a_hub_that_is_killed_while_files_wait_forgets_none(tmp_path: Path, daemon: Daemon) -> None:
    with house_in(tmp_path, centre(tmp_path, daemon)) as house:
        async with people(house) as present:
            citizen = await present.citizen()
            files = [await upload(house, present, citizen, content) for content in (b"a clean file", EICAR)]
            assert [await status(house, present, citizen, file) for file in files] == [409, 409]
            token = citizen.token
        house.kill()
        assert "! quarantine: 2 waiting" in house.run("check").stdout
        house.start()
        async with people(house) as present:
            citizen = await present.citizen()
            citizen.token = token
            await citizen.connect()
            said = await citizen.line.hear("message", key=files[1])
            assert said["closed"] == {files[1]: "waiting"}
            assert await status(house, present, citizen, files[0]) == 409
            daemon.start()
            await citizen.line.hear("file", file=files[0], state="clean")
            await citizen.line.hear("file", file=files[1], state="infected")
            assert [await status(house, present, citizen, file) for file in files] == [200, 409]
            admin = await present.admin()
            (row,) = await admin.does("GET", "/api/quarantine")
            assert (row["state"], row["found"]) == ("infected", "Eicar-Test.UNOFFICIAL")
            for file, code in ((files[0], 200), (files[1], 409)):
                assert (await admin.call("GET", f"/api/files/{file}?conversation={row['conversation']}"))[0] == code
            assert (await admin.act(row["conversation"], "release", {"file": files[1], "why": "надо"}))[1]["error"] == "not_releasable"
            async with present.http.get(f"{house.base}/metrics") as answer:
                metrics = await answer.text()
            for line in ('okno_quarantined_files{state="infected"} 1.0', 'okno_quarantined_files{state="waiting"} 0.0',
                         'okno_scanned_files_total{state="clean"} 1.0', 'okno_channel_up{channel="scanner"} 1.0'):
                assert line in metrics
        assert house.complaints() == []
