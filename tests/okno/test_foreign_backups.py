"""Backups by somebody else harm nothing, and one that is made is nobody else's to read (F11 and F12 of the security review)."""

import asyncio
import io
import signal
import stat
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from okno.commands.backup_archive import NAMES
from tests.house import House, house_in, people

Hostile = Callable[[tarfile.TarFile], None]
SHA = "ab" + "0" * 62


def add(tar: tarfile.TarFile, name: str, kind: bytes = tarfile.REGTYPE, link: str = "", content: bytes = b"") -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, len(content)
    tar.addfile(member, io.BytesIO(content))


def long_path(tar: tarfile.TarFile) -> None:
    """CVE-2025-4517: behind a path longer than PATH_MAX realpath() resolves nothing, so a link leads out and a file follows it."""
    folder, steps, path = "d" * 247, "abcdefghijklmnop", ""
    for step in steps:
        add(tar, f"{path}{folder}", tarfile.DIRTYPE)
        add(tar, f"{path}{step}", tarfile.SYMTYPE, folder)
        path += f"{folder}/"
    deep = f"{'/'.join(steps)}/{'l' * 254}"
    add(tar, deep, tarfile.SYMTYPE, "../" * len(steps))
    add(tar, "escape", tarfile.SYMTYPE, f"{deep}/../..")
    add(tar, "victim", tarfile.LNKTYPE, "escape/victim")
    add(tar, "victim", content=b"harmed")


def linked(tar: tarfile.TarFile) -> None:
    add(tar, "files", tarfile.SYMTYPE, "../..")
    add(tar, "files/victim", content=b"harmed")


def twice(tar: tarfile.TarFile) -> None:
    add(tar, "erasures.jsonl")
    add(tar, "erasures.jsonl")


HOSTILE: dict[str, Hostile] = {
    "a path that is too long": long_path,
    "a folder that is a link": linked,
    "the database as a link": lambda tar: add(tar, "okno.db", tarfile.SYMTYPE, "../../victim"),
    "a hard link": lambda tar: add(tar, f"files/ab/{SHA}", tarfile.LNKTYPE, "okno.db"),
    "a pipe": lambda tar: add(tar, "audit/pipe", tarfile.FIFOTYPE),
    "a device": lambda tar: add(tar, f"files/ab/{SHA}", tarfile.CHRTYPE),
    "a file that no backup has": lambda tar: add(tar, "okno.toml", content=b"harmed"),
    "a file of Python": lambda tar: add(tar, "files/ab/sitecustomize.py", content=b"harmed"),
    "out of the folder": lambda tar: add(tar, "files/ab/../../../../victim", content=b"harmed"),
    "an absolute path": lambda tar: add(tar, f"/files/ab/{SHA}", content=b"harmed"),
    "a hidden name": lambda tar: add(tar, "files/.keys/..", content=b"harmed"),
    "twice": twice,
    "a folder in place of a file": lambda tar: add(tar, "okno.db", tarfile.DIRTYPE),
}


@pytest.fixture
def empty(tmp_path: Path) -> House:
    """A centre that has no data yet, and somebody's file beside it."""
    house = House(tmp_path)
    house.data.mkdir()
    (tmp_path / "victim").write_bytes(b"unharmed")
    return house


@pytest.mark.parametrize("how", HOSTILE)
def test_a_foreign_backup_writes_nothing_outside(empty: House, tmp_path: Path, how: str) -> None:
    # F11
    with tarfile.open(tmp_path / "foreign.tar", "w") as tar:
        HOSTILE[how](tar)
    done = empty.run("restore", str(tmp_path / "foreign.tar"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "is no backup of okno" in done.stderr
    assert (tmp_path / "victim").read_bytes() == b"unharmed"
    assert {path.name for path in empty.data.iterdir()} <= {"lock"}


@pytest.mark.parametrize("name", ["okno.db", "erasures.jsonl", "audit/2026-11-25.json", "audit/signer.key", "audit/0a1b.pem", "files/.keys/0123456789abcdef",
                                  f"files/ab/{SHA}", f"files/ab/{SHA}.sealed", f"files/ab/{SHA}.key"])
def test_what_a_backup_has(name: str) -> None:
    assert NAMES.fullmatch(name)


@pytest.mark.parametrize("name", ["okno.db/", "./okno.db", "okno.db-wal", "audit/.hidden", "audit/a/b", "files/.keys/.", f"files/cd/../ab/{SHA}", f"files/ab/{SHA}.so",
                                  "files/ab/" + "A" * 64, "audit/a\0b", "audit/a\n", "", "audit/", "erasures.jsonl\n"])
def test_what_it_has_not(name: str) -> None:
    assert not NAMES.fullmatch(name)


def begin(house: House, target: Path) -> subprocess.Popen[bytes]:
    """As an operator's shell does it, whose files everybody may read. Its progress bar goes nowhere."""
    return subprocess.Popen(house.command("backup", str(target)), env=house.environment, umask=0o022,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def beside(target: Path, process: subprocess.Popen[bytes]) -> list[tuple[str, int]]:
    """What lies beside a backup that is being made, with the rights of others, as soon as something does; the process stands still then."""
    while process.poll() is None:
        found = [(path.name, stat.S_IMODE(path.stat().st_mode)) for path in target.parent.iterdir() if path != target]
        if found:
            process.send_signal(signal.SIGSTOP)
            return found
        await asyncio.sleep(0)
    return []


async def test_nobody_else_reads_a_backup_that_is_being_made(tmp_path: Path) -> None:
    # F12: beside the target lies the whole database meanwhile
    (folder := tmp_path / "house").mkdir()
    with house_in(folder) as house:
        async with people(house) as present:
            await (await present.citizen()).tell("слово")
        await stopped_and_killed(house, tmp_path)


async def stopped_and_killed(house: House, tmp_path: Path) -> None:
    (target := tmp_path / "backups" / "backup.tar").parent.mkdir()
    process = begin(house, target)
    found = await beside(target, process)
    assert found
    assert not [(name, oct(mode)) for name, mode in found if mode & 0o077]
    # Killed, it leaves its copy; the next one takes that away, whatever it is.
    process.kill()
    process.wait()
    assert [path for path in target.parent.iterdir() if path.name.startswith("backup.tar.")]
    victim = tmp_path / "victim"
    victim.write_bytes(b"unharmed")
    (target.parent / "backup.tar.db").unlink(missing_ok=True)
    (target.parent / "backup.tar.db").symlink_to(victim)
    again = begin(house, target)
    assert await asyncio.to_thread(again.wait, 60) == 0
    assert [path.name for path in target.parent.iterdir()] == ["backup.tar"]
    assert victim.read_bytes() == b"unharmed"
