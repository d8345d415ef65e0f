"""The SQL of documents that are put and dropped, inside whoever's transaction it is. Rows are those of codec.dump_document."""

import sqlite3
from collections.abc import Sequence

Row = tuple[str, str, bytearray]
Named = tuple[str, str]
"""Kind and key, as a row has them."""


def exchange(db: sqlite3.Connection, gone: Sequence[Named], rows: Sequence[Row]) -> None:
    for kind, key in gone:
        drop(db, kind, key)
    for row in rows:
        put(db, row)


def put(db: sqlite3.Connection, row: Row) -> None:
    db.execute("INSERT INTO documents (kind, key, doc) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc", row)


def drop(db: sqlite3.Connection, kind: str, key: str) -> None:
    db.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))
