"""Disks and files that fail: nothing acknowledged is lost, nothing else is acknowledged, and the text says what is wrong."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.conversations.ports import Store
from hub.kernel.errors import UnavailableStoreError
from storage.sqlite import SqliteStore
from tests.storage.data import adding, opening, said, together

LONG = "Очень длинный вопрос. " * 4000
NOBODY = 65534
WRITER = "tests.storage.endless_writer"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "okno.db"


@pytest.fixture
async def store(path: Path, russian: Russian) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path, russian, archive_delay_s=0)
    yield store
    await store.close()


async def fill(store: Store, last: int) -> tuple[int, str]:
    """Write until it fails: the last record that was acknowledged, and what the failure said."""
    while True:
        try:
            await store.commit(adding(last, said(last + 1, 10, LONG)))
        except UnavailableStoreError as error:
            return last, str(error)
        last += 1


async def holds_exactly(store: Store, last: int) -> bool:
    return [r.id for r in await store.records(10, limit=10_000)] == list(range(11, last + 1))


async def test_a_full_disk_refuses_keeps_and_recovers(store: SqliteStore) -> None:
    # CH-06
    await store.commit(opening(10))
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 100}")
    last, text = await fill(store, 11)
    assert "full" in text
    assert "full" in store.broken
    assert await holds_exactly(store, last)
    # Larger than all that there ever was room for: the archive, which writes beside us, may have left a few pages.
    endless = LONG * 3
    assert all(isinstance(o, UnavailableStoreError) for o in await together(store, opening(10_000, said(10_001, 10_000, endless)), opening(20_000)))
    with pytest.raises(UnavailableStoreError, match="full"):
        await store.put(Operator("anna", endless, Role.OPERATOR))
    store._db.execute("PRAGMA max_page_count = 1000000")
    await store.commit(adding(last, said(last + 1, 10, LONG)))
    assert store.broken == ""
    assert await holds_exactly(store, last + 1)


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """The kernel lets no file of this process grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_log_that_cannot_grow_loses_nothing(store: SqliteStore, path: Path, russian: Russian) -> None:
    # CH-06
    await store.commit(opening(10))
    with files_end_at(path.with_name("okno.db-wal").stat().st_size + (1 << 20)):
        last, text = await fill(store, 11)
        assert text
        assert store.broken
        assert await holds_exactly(store, last)
        # A record may have failed only because the archive wanted room in the same transaction.
        while (more := (await fill(store, last))[0]) > last:
            last = more
        assert await holds_exactly(store, last)
    await store.commit(adding(last, said(last + 1, 10)))
    assert store.broken == ""
    await store.close()
    again = SqliteStore(path, russian)
    assert await holds_exactly(again, last + 1)
    await again.close()


async def test_a_file_that_becomes_read_only_is_said_to_be(store: SqliteStore) -> None:
    # CH-06
    await store.commit(opening(10))
    store._db.execute("PRAGMA query_only = 1")
    with pytest.raises(UnavailableStoreError, match="readonly"):
        await store.commit(adding(11, said(12, 10)))
    assert "readonly" in store.broken
    assert await holds_exactly(store, 11)
    store._db.execute("PRAGMA query_only = 0")
    await store.commit(adding(11, said(12, 10)))
    assert store.broken == ""


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """Be somebody to whom a file can be read-only; the folder stays reachable."""
    if os.geteuid() != 0:
        yield
        return
    way = (folder, *folder.parents[:2])
    modes = [each.stat().st_mode & 0o777 for each in way]
    for each in way:
        each.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        for each, mode in zip(way, modes, strict=True):
            each.chmod(mode)


async def test_somebody_who_may_only_read_the_file_cannot_open_the_store(tmp_path: Path, russian: Russian) -> None:
    path = tmp_path / "okno.db"
    await SqliteStore(path, russian).close()
    path.chmod(0o444)
    with unprivileged(tmp_path), pytest.raises(UnavailableStoreError, match=str(path)):
        SqliteStore(path, russian)


async def test_what_is_no_database_is_named(tmp_path: Path, russian: Russian) -> None:
    text = tmp_path / "letter.db"
    text.write_text("Здравствуйте! Это не база данных. " * 100)
    for path, why in ((text, "not a database"), (tmp_path, "unable to open"), (tmp_path / "nowhere" / "okno.db", "unable to open")):
        with pytest.raises(UnavailableStoreError, match=why) as failed:
            SqliteStore(path, russian)
        assert str(path) in str(failed.value)
    assert text.read_text().startswith("Здравствуйте!")


@pytest.mark.parametrize("sound_pages", [8, 1])
async def test_a_damaged_file_says_so_and_never_makes_things_up(path: Path, russian: Russian, sound_pages: int) -> None:
    # CH-12
    store = SqliteStore(path, russian)
    await store.commit(opening(10))
    for last in range(11, 200):
        await store.commit(adding(last, said(last + 1, 10, LONG[:3000])))
    await store.close()
    content = bytearray(path.read_bytes())
    content[sound_pages * 4096:] = b"\xa5" * (len(content) - sound_pages * 4096)
    path.write_bytes(content)
    with pytest.raises(UnavailableStoreError, match="malformed"):  # at once, or when it is first read
        damaged = SqliteStore(path, russian)
        try:
            await damaged.records(10, limit=1000)
        finally:
            with pytest.raises(UnavailableStoreError):
                await damaged.commit(adding(200, said(201, 10)))
            assert "malformed" in damaged.broken
            await damaged.close()


async def test_a_damaged_document_is_no_crash(store: SqliteStore, path: Path) -> None:
    await store.commit(opening(10))
    with sqlite3.connect(path) as db:
        db.execute("UPDATE conversations SET doc = x'7b7d7b'")
    db.close()
    with pytest.raises(UnavailableStoreError):
        await store.conversation(10)


async def test_a_backup_that_cannot_be_written_fails_alone(store: SqliteStore, tmp_path: Path) -> None:
    await store.commit(opening(10))
    with pytest.raises(UnavailableStoreError, match="unable to open"):
        await store.backup(str(tmp_path / "nowhere" / "copy.db"), lambda _: None)
    await store.commit(adding(11, said(12, 10)))


async def test_another_writer_delays_and_does_not_break(store: SqliteStore, path: Path) -> None:
    # CH-06
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    commit = asyncio.create_task(store.commit(opening(10)))
    assert await store.recent() == []  # readers wait for nobody
    other.execute("COMMIT")
    other.close()
    await commit


async def test_a_killed_process_loses_nothing_it_acknowledged(path: Path, russian: Russian) -> None:
    # CH-06
    process = subprocess.Popen([sys.executable, "-m", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    acknowledged = [int(next(process.stdout)) for _ in range(300)]
    process.kill()
    acknowledged += [int(line) for line in process.stdout]
    process.wait()
    store = SqliteStore(path, russian)
    stored = [r.id for r in await store.records(10, limit=1_000_000)]
    assert stored == list(range(stored[0], stored[0] + len(stored)))
    assert set(acknowledged) <= set(stored)
    await store.commit(adding(stored[-1], said(stored[-1] + 1, 10)))
    await store.close()
