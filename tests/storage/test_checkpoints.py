"""The write-ahead log is moved into the database and written over itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path

import pytest

from storage.checkpoints import SHORT_BYTES, move
from storage.sqlite import connect

PIECE = 100_000


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "okno.db-wal"


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "okno.db")) as db:
        db.execute("CREATE TABLE pieces (piece BLOB)")
        yield db


@pytest.fixture
def mover(tmp_path: Path, writer: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    del writer  # opened first, closed last
    with closing(sqlite3.connect(tmp_path / "okno.db", isolation_level=None, timeout=0)) as db:
        yield db


def write(db: sqlite3.Connection, size: int) -> None:
    for _ in range(size // PIECE):
        db.execute("INSERT INTO pieces VALUES (zeroblob(?))", (PIECE,))


def test_a_long_log_begins_anew_whatever_comes_meanwhile(writer: sqlite3.Connection, mover: sqlite3.Connection, log: Path) -> None:
    # CH-10: one that only grows makes every commit wait for the file system, too
    @contextmanager
    def writing() -> Iterator[None]:
        write(writer, PIECE)  # whoever comes last before the writer has to wait
        yield

    write(writer, SHORT_BYTES + PIECE)
    move(mover, writing())
    long = log.stat().st_size
    write(writer, SHORT_BYTES)
    assert log.stat().st_size == long


def test_what_a_reader_still_needs_stays_and_nobody_waits_for_him(
        writer: sqlite3.Connection, mover: sqlite3.Connection, log: Path, tmp_path: Path) -> None:
    # CH-12: a backup
    with closing(connect(tmp_path / "okno.db", read_only=True)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM pieces").fetchone() == (0,)
        write(writer, 2 * SHORT_BYTES)
        long = log.stat().st_size
        move(mover, nullcontext())
        write(writer, PIECE)
        assert log.stat().st_size > long
        assert reader.execute("SELECT count(*) FROM pieces").fetchone() == (0,)
