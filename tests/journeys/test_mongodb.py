"""A centre moves to MongoDB while it works, goes on there where it was, and comes back (LV-01, CH-12)."""

import asyncio
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from tests.house import Citizen, House, People, house_in, people
from tests.peers.mongo import Replicas, replicas

SCAN, LETTER = "Справка из первых рук".encode() * 20_000, "Письмо".encode()


@pytest.fixture
def servers() -> Iterator[Replicas]:
    with replicas() as running:
        yield running


def settle(file: Path, servers: Replicas, kind: str) -> None:
    demo = (files("okno.demo") / "okno.toml").read_text(encoding="utf8")
    assert "[store]" not in demo
    file.write_text(f'{demo}\n[store]\nkind = "{kind}"\nuri = "{servers.uri}"\n', encoding="utf8")


def moved(house: House, to: str) -> str:
    done = house.run("migrate-store", "--to", to)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def other_machine(house: House) -> None:
    """What lay on this one's disk is not there."""
    for name in ("files", "audit"):
        if (house.data / name).exists():
            (house.data / name).rename(house.folder / name)


async def uploaded(house: House, crowd: People, citizen: Citizen, content: bytes) -> str:
    async with crowd.http.post(f"{house.base}/chat/files?token={citizen.token}", data=content) as answer:
        return str((await answer.json())["file"])


async def opened(house: House, crowd: People, citizen: Citizen, files: Iterable[str]) -> dict[str, bytes]:
    found = {}
    for file in files:
        async with crowd.http.get(f"{house.base}/chat/files/{file}?token={citizen.token}") as answer:
            found[file] = await answer.read()
    return found


async def test_there_and_back(servers: Replicas, tmp_path: Path) -> None:
    file = tmp_path / "centre.toml"
    settle(file, servers, "sqlite")
    with house_in(tmp_path, file) as house:
        async with people(house) as crowd, asyncio.timeout(300):
            admin, citizen = await crowd.admin(), await crowd.citizen()
            await citizen.tell("позовите оператора")
            await citizen.line.hear("state", holder="queue")
            assert "works on" in moved(house, "mongodb")
            await citizen.tell("Потерял загранпаспорт, пока всё переезжает")
            files = {await uploaded(house, crowd, citizen, SCAN): SCAN}
            house.stop()
            said = moved(house, "mongodb")
            assert ("✓ файлы: 3" in said, "✗" in said) == (True, False), said
            refused = house.run("blocks", "list")
            assert (refused.returncode, "was moved to MongoDB" in refused.stderr) == (1, True)
            again = house.run("migrate-store", "--to", "mongodb")
            assert (again.returncode, "was moved" in again.stderr) == (1, True)
            settle(file, servers, "mongodb")
            checked = house.run("check")
            assert (checked.returncode, "✓ store: MongoDB, okno, on a replica set" in checked.stdout) == (0, True), checked.stdout + checked.stderr
            other_machine(house)
            house.start()
            assert await opened(house, crowd, citizen, files) == files
            files[await uploaded(house, crowd, citizen, LETTER)] = LETTER
            assert not [path for path in (house.data / "files").rglob("*") if path.is_file()]
            assert [row["id"] for row in (await admin.does("GET", "/api/inbox?view=waiting"))["conversations"]] == [citizen.conversation]
            await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
            await admin.does("POST", f"/api/conversations/{citizen.conversation}/reply", {"text": "Здравствуйте!", "key": "k1"})
            texts = [message["text"] for message in await citizen.transcript()]
            assert (texts[-2:], "Здравствуйте!" in texts) == (["Потерял загранпаспорт, пока всё переезжает", "Здравствуйте!"], True)
            house.kill()
            house.start()
            assert [message["text"] for message in await citizen.transcript()] == texts
            house.stop()
            assert house.run("backup", str(tmp_path / "backup.tar")).returncode == 0
            moved(house, "sqlite")
            settle(file, servers, "sqlite")
            house.start()
            assert [message["text"] for message in await citizen.transcript()] == texts
            assert await opened(house, crowd, citizen, files) == files
            assert house.run("audit", "verify").returncode == 0
            assert house.run("restore", str(tmp_path / "backup.tar"), "--replace").returncode == 0
            await asyncio.to_thread(house.announced)
            assert await opened(house, crowd, citizen, files) == files
