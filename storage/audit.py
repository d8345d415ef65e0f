"""The SQL of the audit's chain: linked inside the transaction that stores, read in order by whoever verifies."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hub.chain import START, Row, linked
from hub.errors import UnavailableStoreError

ROWS = 256
"""Records in one statement."""


def add(db: sqlite3.Connection, docs: Sequence[bytes | bytearray]) -> None:
    """Add records behind the last one; `db` is in a transaction that writes, so that nobody else adds meanwhile."""
    if not docs:
        return
    newest, last = end(db)
    rows: list[object] = []
    for number, doc in enumerate(docs, newest + 1):
        last = linked(last, number, doc)
        rows += (number, doc, bytearray(last))  # sqlite3 looks for an adapter of all bytes, and takes a bytearray as it is
    for at in range(0, len(rows), ROWS * 3):
        some = rows[at:at + ROWS * 3]
        db.execute(f"INSERT INTO audit (id, doc, hash) VALUES {','.join(['(?,?,?)'] * (len(some) // 3))}", some)  # noqa: S608 - question marks


def end(db: sqlite3.Connection) -> tuple[int, bytes]:
    """The last record's number and hash."""
    found: tuple[int, bytes] = db.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone() or (0, START)
    return found


def hash_at(db: sqlite3.Connection, number: int) -> bytes:
    """Of the record of this number; where there is none, what lies before, and whoever verifies finds the gap."""
    found: tuple[bytes] = db.execute("SELECT hash FROM audit WHERE id <= ? ORDER BY id DESC LIMIT 1", (number,)).fetchone() or (START,)
    return found[0]


def reading(path: Path) -> sqlite3.Connection:
    """A connection that reads only, also while a hub writes; raises UnavailableStoreError."""
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        db.execute("SELECT hash FROM audit LIMIT 1")
    except sqlite3.Error as error:
        message = f"{path}: {error}"
        raise UnavailableStoreError(message) from error
    return db


def rows(db: sqlite3.Connection, upto: int) -> Callable[[int], Iterator[Row]]:
    """Records from a number to `upto`, in order."""
    return lambda first: db.execute("SELECT id, doc, hash FROM audit WHERE id >= ? AND id <= ? ORDER BY id", (first, upto))


def remembered(db: sqlite3.Connection) -> int:
    """The highest number that the file itself remembers to have given."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    return int(row[0]) if row else 0
