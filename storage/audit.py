"""SQL of the audit's hash chain: linked inside the storing transaction, read in order by verifiers."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from hub.audit.hash_chain import START, Row, link_hash
from hub.kernel.errors import UnavailableStoreError

ROWS = 256
"""Records in one statement."""


def add(db: sqlite3.Connection, docs: Sequence[bytes | bytearray]) -> None:
    """Append records; `db` is in a write transaction, so that nobody else appends meanwhile."""
    if not docs:
        return
    newest, last = end(db)
    rows: list[object] = []
    for number, doc in enumerate(docs, newest + 1):
        last = link_hash(last, number, doc)
        rows += (number, doc, bytearray(last))  # sqlite3 looks for an adapter of bytes, but takes a bytearray directly
    for at in range(0, len(rows), ROWS * 3):
        some = rows[at:at + ROWS * 3]
        db.execute(f"INSERT INTO audit (id, doc, hash) VALUES {','.join(['(?,?,?)'] * (len(some) // 3))}", some)  # noqa: S608 - question marks


def end(db: sqlite3.Connection) -> tuple[int, bytes]:
    """The last record's number and hash."""
    found: tuple[int, bytes] = db.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone() or (0, START)
    return found


class Reading(Protocol):
    """The audit for verification and export, also while hubs write. Raises UnavailableStoreError."""

    def end(self) -> tuple[int, bytes]:
        """The last record's number and hash."""

    def hash_at(self, number: int) -> bytes:
        """Of the record with this number; where it is missing, of the one before: the verifier then finds the gap."""

    def rows(self, upto: int) -> Callable[[int], Iterator[Row]]:
        """Records from a number to `upto`, in order."""

    def remembered(self) -> int:
        """The highest number that the store itself remembers."""

    def close(self) -> None: ...


class FileReading:
    """Reading of a file of SQLite."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._named():
            self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            self._db.execute("SELECT hash FROM audit LIMIT 1")

    def end(self) -> tuple[int, bytes]:
        with self._named():
            return end(self._db)

    def hash_at(self, number: int) -> bytes:
        with self._named():
            found = self._db.execute("SELECT hash FROM audit WHERE id <= ? ORDER BY id DESC LIMIT 1", (number,)).fetchone()
        return bytes(found[0]) if found else START

    def rows(self, upto: int) -> Callable[[int], Iterator[Row]]:
        def behind(first: int) -> Iterator[Row]:
            with self._named():
                yield from self._db.execute("SELECT id, doc, hash FROM audit WHERE id >= ? AND id <= ? ORDER BY id", (first, upto))
        return behind

    def remembered(self) -> int:
        with self._named():
            row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
            return int(row[0]) if row else 0

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            message = f"{self._path}: {error}"
            raise UnavailableStoreError(message) from error
