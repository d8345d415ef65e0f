"""Backup and restore beside a running hub: back to the backup, or nothing is harmed (CH-06, CH-12)."""

import asyncio
import io
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import Citizen, House, People, house_in, people, plain


@pytest.fixture
async def living(tmp_path: Path) -> AsyncIterator[tuple[House, People]]:
    """A hub on a port that stays the same after a change-over."""
    with house_in(tmp_path, plain(tmp_path)) as house:
        house.stop()
        house.start()
        async with people(house) as present:
            yield house, present


async def uploaded(house: House, present: People, citizen: Citizen) -> str:
    async with present.http.post(f"{house.base}/chat/files?token={citizen.token}", data="справка".encode()) as answer:
        return str((await answer.json())["file"])


async def words_of(citizen: Citizen) -> list[str]:
    return [frame["text"] for frame in await citizen.transcript() if frame["author"] == "citizen"]


async def beside(house: House, *words: str) -> "tuple[int, str]":
    """A command beside the running hub: exit code and stderr."""
    said = await asyncio.to_thread(house.run, *words)
    return said.returncode, said.stderr


async def test_a_restore_brings_back_the_moment_of_the_backup(living: tuple[House, People], tmp_path: Path) -> None:
    house, present = living
    target = tmp_path / "backup.tar"
    admin = await present.admin()
    citizen = await present.citizen()
    await citizen.tell("до копии")
    file = await uploaded(house, present, citizen)
    assert (await beside(house, "backup", str(target)))[0] == 0
    assert target.stat().st_mode & 0o077 == 0  # everybody's words: for its owner only
    await citizen.tell("после копии")
    later = await present.citizen()
    assert (await beside(house, "restore", str(target)))[0] == 1  # not over present data unless told to
    assert await words_of(citizen) == ["до копии", "после копии"]
    code, said = await beside(house, "restore", str(target), "--replace")
    assert code == 0, said
    await asyncio.to_thread(house.announced)
    assert await words_of(citizen) == ["до копии"]
    async with present.http.get(f"{house.base}/chat/files/{file}?token={citizen.token}") as answer:
        assert await answer.read() == "справка".encode()
    async with present.http.get(f"{house.base}/chat/session?token={later.token}") as answer:
        assert answer.status == 404
    assert (await admin.does("GET", "/api/me"))["login"] == "admin"  # whoever was signed in still is
    await citizen.connect()
    await citizen.tell("дальше")
    assert (house.data / "before-restore" / "okno.db").exists()
    assert not house.complaints()


async def test_a_backup_under_load_is_whole(house: House, at: People, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar"
    talking = [await at.citizen() for _ in range(10)]
    done = asyncio.Event()

    async def talk(citizen: Citizen) -> None:
        while not done.is_set():
            await citizen.tell("вопрос")

    async with asyncio.TaskGroup() as tasks:
        for citizen in talking:
            tasks.create_task(talk(citizen))
        code, said = await beside(house, "backup", str(target))
        done.set()
    assert code == 0, said
    other = House(tmp_path / "other")
    other.folder.mkdir()
    assert other.run("restore", str(target)).returncode == 0
    assert "undamaged" in other.run("check").stdout


def spoilt(target: Path, how: str) -> bytes:
    content = bytearray(target.read_bytes())
    match how:
        case "empty":
            return b""
        case "cut":
            return bytes(content[:len(content) // 2])
        case "text":
            return b"this is no backup" * 100
        case "bytes":
            content[20_000:60_000] = b"\xa5" * 40_000
            return bytes(content)
    member = tarfile.TarInfo({"outside": "../../outside", "absolute": "/tmp/outside-okno", "without database": "files/x"}[how])
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.addfile(member, io.BytesIO())
    return made.getvalue()


async def test_a_damaged_backup_harms_nothing(house: House, at: People, tmp_path: Path) -> None:
    whole, target, told = tmp_path / "backup.tar", tmp_path / "spoilt.tar", ["слово"]
    citizen = await at.citizen()
    await citizen.tell("слово")
    assert (await beside(house, "backup", str(whole)))[0] == 0
    for how in ("empty", "cut", "text", "bytes", "outside", "absolute", "without database"):
        target.write_bytes(spoilt(whole, how))
        code, said = await beside(house, "restore", str(target), "--replace")
        assert code == 1, how
        assert said.startswith("okno: "), how
        assert str(target) in said, how
        assert "Traceback" not in said, how
        assert house.alive, how
        assert not (house.data / "restore").exists(), how
        assert not (house.folder / "outside").exists(), how
        await citizen.tell(how)
        told.append(how)
        assert await words_of(citizen) == told
        assert not house.complaints(), how


async def test_a_backup_to_nowhere_is_refused(house: House, tmp_path: Path) -> None:
    code, said = await beside(house, "backup", str(tmp_path / "none" / "backup.tar"))
    assert code == 1
    assert "none" in said
    assert "Traceback" not in said
