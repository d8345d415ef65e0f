"""SQL of documents and their index entries. Writes run inside the writer's transaction; reads are one consistent view."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import ConflictError
from hub.kernel.ports import D
from storage.codec import Row, found_by, key_of, kind_of, load_document, marks_of
from storage.file_ledger import PUT, believed, touch_document
from storage.vault import Database

Named = tuple[str, str]
"""Kind and key, as a row has them."""
ONE = "SELECT key, doc FROM documents WHERE kind = ? AND key = ?"
Range = tuple[datetime | None, datetime | None]


def put(db: Database, row: Row) -> None:
    kind, key, doc, marks = row
    touch_document(db, kind, key)
    db.execute(PUT, (kind, key, doc))
    if marks is None:
        return
    db.execute("DELETE FROM index_entries WHERE kind = ? AND key = ?", (kind, key))
    for name, value, at in marks:
        db.execute("INSERT OR IGNORE INTO index_entries (kind, name, value, at, key) VALUES (?, ?, ?, ?, ?)", (kind, name, value, at, key))


def drop(db: Database, kind: str, key: str) -> None:
    touch_document(db, kind, key)
    db.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))
    db.execute("DELETE FROM index_entries WHERE kind = ? AND key = ?", (kind, key))


def exchange_seen(db: Database, gone: Sequence[Named], rows: Sequence[Row], seen: Sequence[Document], new: Sequence[Document]) -> None:
    """The same for what was thought out for what was `seen`, and that nothing `new` is there; raises ConflictError."""
    if any(_now(db, each) != each for each in seen) or any(_now(db, each) is not None for each in new):
        raise ConflictError("a document has changed meanwhile")
    exchange(db, gone, rows)


def exchange(db: Database, gone: Sequence[Named], rows: Sequence[Row]) -> None:
    for kind, key in gone:
        drop(db, kind, key)
    for row in rows:
        put(db, row)


def get(db: Database, kind: type[D], key: str) -> D | None:
    digest, name = db.vault.digest(key), kind_of(kind)
    rows = believed(db, name, ONE, (name, digest), (digest,))
    return load_document(db.vault, kind, *rows[0]) if rows else None


def every(db: Database, kind: type[D]) -> list[D]:
    """By their keys."""
    name = kind_of(kind)
    rows = believed(db, name, "SELECT key, doc FROM documents WHERE kind = ?", (name,), None)
    return sorted((load_document(db.vault, kind, *row) for row in rows), key=key_of)


def page(db: Database, kind: type[D], after: str, limit: int) -> list[D]:
    name = kind_of(kind)
    rows = believed(db, name, "SELECT key, doc FROM documents WHERE kind = ? AND key > ? ORDER BY key LIMIT ?",
                    (name, after and db.vault.digest(after), limit))
    return [load_document(db.vault, kind, *row) for row in rows]


def marked(db: Database, kind: type[D], mark: tuple[str, str], within: Range, after: D | None, limit: int, *, newest: bool) -> list[D]:
    keys = _keys(db, kind, mark, within, after, limit, newest=newest)
    name = kind_of(kind)
    rows = (row for key in keys for row in believed(db, name, ONE, (name, key), (key,)))
    return [found_by(db.vault, load_document(db.vault, kind, *row), mark) for row in rows]


def _keys(db: Database, kind: type[Struct], mark: tuple[str, str], within: Range, after: Document | None, limit: int, *,
          newest: bool) -> list[str]:
    """Out of the marks' own index alone."""
    where, values = _where(db, kind, mark, within)
    down = " DESC" if newest else ""
    if after is not None:
        at = next(each.at for each in marks_of(after) if (each.name, each.value) == mark)
        where = f"{where} AND (at, key) {'<' if newest else '>'} (?, ?)"
        values = (*values, at.timestamp(), db.vault.digest(key_of(after)))
    rows = db.execute(f"SELECT key FROM index_entries WHERE {where} ORDER BY at{down}, key{down} LIMIT ?", (*values, limit))  # noqa: S608 - own names
    return [key for (key,) in rows.fetchall()]


def count(db: Database, kind: type[Struct], mark: tuple[str, str], within: Range) -> int:
    where, values = _where(db, kind, mark, within)
    return int(db.execute(f"SELECT count(*) FROM index_entries WHERE {where}", values).fetchone()[0])  # noqa: S608 - own names


def digest_marks(db: Database) -> None:
    """The first keys exist: entries in clear are looked up by digests from now on."""
    rows = db.execute("SELECT kind, name, value, at, key FROM index_entries").fetchall()
    db.execute("DELETE FROM index_entries")
    digest = db.vault.digest
    db.executemany("INSERT INTO index_entries (kind, name, value, at, key) VALUES (?, ?, ?, ?, ?)",
                   ((kind, name, digest(value), at, digest(key)) for kind, name, value, at, key in rows))


def _where(db: Database, kind: type[Struct], mark: tuple[str, str], within: Range) -> tuple[str, tuple[object, ...]]:
    since, until = within
    where = "kind = ? AND name = ? AND value = ?" + " AND at >= ?" * (since is not None) + " AND at < ?" * (until is not None)
    return where, (kind_of(kind), mark[0], db.vault.digest(mark[1]), *(each.timestamp() for each in within if each is not None))


def _now(db: Database, document: Document) -> Document | None:
    """What stands now where a document stood."""
    return get(db, type(document), key_of(document))
