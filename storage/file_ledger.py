"""The ledger of a SQLite file: changed rows are recorded before they change, and evaluated at the transaction's end."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hub.kernel.errors import SealedError
from storage.audit import add, end
from storage.ledger import (
    HEADS,
    KIND,
    LISTED,
    RECORDS,
    ROOT,
    List,
    Root,
    Touched,
    check_witness,
    document_place,
    head_place,
    record_place,
    witnessed,
)
from storage.migrate import foreign_triggers
from storage.recount import Row
from storage.vault import Database

DOCUMENT = "SELECT doc FROM documents WHERE kind = ? AND key = ?"
AT_ONCE = 500
"""Rows in one query."""
PUT = "INSERT INTO documents (kind, key, doc) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc"


def begin(db: Database) -> None:
    """To be called after BEGIN, where a ledger is kept. Raises SealedError."""
    if db.vault.closed:
        _look_at_triggers(db)
    db.touched = Touched() if db.vault.closed else None


def touch_document(db: Database, kind: str, key: str) -> None:
    """To be called before a document changes."""
    if db.touched is not None and (kind, key) not in db.touched.before:
        db.touched.before[kind, key] = _tag(db, document_place(kind, key), _document(db, kind, key))


def touch_heads(db: Database, numbers: Sequence[int]) -> None:
    _touch(db, HEADS, numbers, _heads)


def touch_records(db: Database, numbers: Sequence[int]) -> None:
    """For changed records; added ones are reported by `append`."""
    _touch(db, RECORDS, numbers, _records)


def append(db: Database, tags: int) -> None:
    """The sum of the tags of records that were added."""
    if db.touched is not None and tags:
        db.touched.sums[RECORDS] += tags


def finish(db: Database, audit_entries: Sequence[bytearray] = ()) -> bytearray | None:
    """To be called before COMMIT: write the ledger and the audit; the root's document, for `committed`. Raises SealedError."""
    touched, db.touched = db.touched, None
    if touched is None:
        add(db, audit_entries)
        return None
    _look(db, touched)
    root = read_root(db, db.vault.ledger.floor)
    if not touched:
        add(db, [witnessed(audit_entry, root.generation) for audit_entry in audit_entries])
        return None
    after, lists = db.vault.ledger.following(root, touched, lambda kind: read_list(db, root, kind))
    add(db, [witnessed(audit_entry, after.generation) for audit_entry in audit_entries])
    document = db.vault.ledger.sealed(after, end(db))
    for key, doc in (*lists.items(), (ROOT, document)):
        db.execute(PUT, (KIND, key, doc))
    return document


def committed(db: Database, document: bytearray | None) -> None:
    if document is not None:
        db.vault.ledger.root(bytes(document))


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """A transaction of its own for changes outside of the writer."""
    db.execute("BEGIN IMMEDIATE")
    begin(db)
    try:
        yield
        document = finish(db)
    except BaseException:
        db.touched = None
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
    committed(db, document)


def read_root(db: Database, floor: int) -> Root:
    return db.vault.ledger.root(_document(db, KIND, ROOT), floor)


def read_list(db: Database, root: Root, kind: str) -> List:
    return db.vault.ledger.list(root, kind, lambda: _document(db, KIND, kind))


def believed(db: Database, kind: str, query: str, values: Sequence[object], asked: Iterable[str] | None = ()) -> list[tuple[str, bytes]]:
    """Documents, key and content, that match the ledger; `asked` are keys that must exist, None is all.

    Raises SealedError.
    """
    if not db.vault.closed or kind not in LISTED or db.touched is not None:
        return db.execute(query, values).fetchall()
    floor = db.vault.ledger.floor
    db.execute("BEGIN")  # one view of all three
    try:
        rows = db.execute(query, values).fetchall()
        tags = read_list(db, read_root(db, floor), kind)
    finally:
        db.execute("COMMIT")
    db.vault.ledger.believe(kind, rows, tags, tags if asked is None else asked)
    return rows


def check(db: Database) -> None:
    """Whether root and audit belong together, by a quick check. Raises SealedError."""
    if not db.vault.closed:
        return
    _look_at_triggers(db)
    with view(db) as rows:
        root = db.vault.ledger.root(rows.ledger(ROOT))
        check_witness(root, *rows.audit(root.number))


@contextmanager
def view(db: Database) -> "Iterator[FileRows]":
    """All rows as they are in one moment."""
    db.execute("BEGIN")
    try:
        yield FileRows(db)
    finally:
        db.execute("COMMIT")


def create(db: Database, counted: Touched) -> None:
    """The first ledger, of rows that were counted; `db` is in a transaction."""
    root, written = db.vault.ledger.following(Root(), counted, lambda _: {})
    for key, doc in (*written.items(), (ROOT, db.vault.ledger.sealed(root, end(db)))):
        db.execute(PUT, (KIND, key, doc))


class FileRows:
    """storage.recount.Rows of a file; `db` is in a transaction, so that all is of one moment."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def total(self) -> int:
        return sum(self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - own names
                   for table in ("documents", "conversations", "journal", "phrases"))

    def ledger(self, key: str) -> bytes | None:
        return _document(self._db, KIND, key)

    def rows(self) -> Iterator[Row]:
        for kind, key, doc in self._db.execute("SELECT kind, key, doc FROM documents WHERE kind != ?", (KIND,)):
            yield Row(kind, key, document_place(kind, key), doc)
        for number, doc in self._db.execute("SELECT id, doc FROM conversations"):
            yield Row(HEADS, str(number), head_place(number), doc)
        for number, conversation, phrase, doc in self._db.execute("SELECT id, conversation, phrase, doc FROM journal"):
            yield Row(RECORDS, str(number), record_place(conversation, number, phrase), doc, f"{RECORDS}/{number}")

    def phrases(self) -> Iterator[tuple[int, bytes]]:
        yield from self._db.execute("SELECT id, doc FROM phrases")

    def audit(self, number: int) -> tuple[Iterator[bytes], bytes | None]:
        hashed = self._db.execute("SELECT hash FROM audit WHERE id = ?", (number,)).fetchone()
        behind = self._db.execute("SELECT doc FROM audit WHERE id >= ?", (number,))
        return (doc for (doc,) in behind), hashed[0] if hashed else None


def _look_at_triggers(db: Database) -> None:
    """Foreign triggers could change records while they are stored, and the ledger would count the result."""
    version = db.execute("PRAGMA schema_version").fetchone()[0]
    if version != db.schema:
        if foreign := foreign_triggers(db):
            message = f"the triggers of the database are not Okno's own: {', '.join(foreign)}"
            raise SealedError(message)
        db.schema = version


Rows = Callable[[Database, Sequence[int]], Iterable[tuple[str, int, bytes]]]
"""Places, numbers and documents."""


def _touch(db: Database, group: str, numbers: Sequence[int], rows: Rows) -> None:
    if db.touched is None:
        return
    new = [number for number in numbers if (group, str(number)) not in db.touched.before]
    db.touched.before |= dict.fromkeys(((group, str(number)) for number in new), None)
    for place, number, doc in rows(db, new) if new else ():
        db.touched.before[group, str(number)] = db.vault.tag(place, doc)


def _look(db: Database, touched: Touched) -> None:
    """What became of all that was noted."""
    now: dict[tuple[str, str], bytes | None] = {}
    for group, rows in ((HEADS, _heads), (RECORDS, _records)):
        if numbers := [int(key) for each, key in touched.before if each == group]:
            now |= {(group, str(number)): db.vault.tag(place, doc) for place, number, doc in rows(db, numbers)}
    for (group, key), before in touched.before.items():
        if group in {HEADS, RECORDS}:
            touched.change(group, key, before, now.get((group, key)))
        else:
            touched.change(group, key, before, _tag(db, document_place(group, key), _document(db, group, key)))


def _heads(db: Database, numbers: Sequence[int]) -> Iterator[tuple[str, int, bytes]]:
    for number, doc in _of(db, "SELECT id, doc FROM conversations", numbers):
        yield head_place(number), number, doc


def _records(db: Database, numbers: Sequence[int]) -> Iterator[tuple[str, int, bytes]]:
    for number, conversation, phrase, doc in _of(db, "SELECT id, conversation, phrase, doc FROM journal", numbers):
        yield record_place(conversation, number, phrase), number, doc


def _of(db: Database, query: str, numbers: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for at in range(0, len(numbers), AT_ONCE):
        some = numbers[at:at + AT_ONCE]
        yield from db.execute(f"{query} WHERE id IN ({','.join('?' * len(some))})", some)


def _document(db: sqlite3.Connection, kind: str, key: str) -> bytes | None:
    row = db.execute(DOCUMENT, (kind, key)).fetchone()
    return row[0] if row else None


def _tag(db: Database, place: str, doc: bytes | None) -> bytes | None:
    return None if doc is None else db.vault.tag(place, doc)
