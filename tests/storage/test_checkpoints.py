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


@pytest.fixture
def reader(tmp_path: Path, writer: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    del writer
    with closing(connect(tmp_path / "okno.db", read_only=True)) as db:
        yield db


def look(reader: sqlite3.Connection) -> int:
    found: int = reader.execute("SELECT count(*) FROM pieces").fetchone()[0]
    return found


def test_a_long_log_begins_anew(writer: sqlite3.Connection, reader: sqlite3.Connection, mover: sqlite3.Connection, log: Path) -> None:
    # CH-10: one that only grows makes every commit wait for the file system, too
    @contextmanager
    def writing() -> Iterator[None]:
        reader.execute("COMMIT")
        yield

    write(writer, SHORT_BYTES + PIECE)
    reader.execute("BEGIN")
    look(reader)
    write(writer, PIECE)  # the little that cannot be moved while somebody looks at what was before
    long = log.stat().st_size
    move(mover, writing())
    write(writer, SHORT_BYTES)
    assert log.stat().st_size == long


def test_what_somebody_looks_at_for_long_stays_in_the_log(
        writer: sqlite3.Connection, reader: sqlite3.Connection, mover: sqlite3.Connection, log: Path) -> None:
    # CH-12: a backup
    reader.execute("BEGIN")
    before = look(reader)
    write(writer, SHORT_BYTES + PIECE)
    long = log.stat().st_size
    move(mover, nullcontext())
    write(writer, PIECE)
    assert log.stat().st_size > long
    assert look(reader) == before
