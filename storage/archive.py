"""Full-text search in what was said: contentless FTS5 tables, each over one stretch of the journal.

Searching the newest stretch first makes the wait independent of how much there is (newest first needs no ranking over
all). The stretches are bounded by size, not by month, so that a busy month is no slower than a quiet one. Messages are
indexed after their commit, in chunks, when the writer has nothing more urgent.
"""

import sqlite3

from hub.journal import Record
from hub.message import Author, Message
from storage.codec import load_record

STRETCH = 100_000
"""Messages in one table."""


def worth_finding(record: Record) -> str:
    """The text to be found, or "". The robot's own words come from articles and would only bury what people said."""
    entry = record.entry
    return entry.text if isinstance(entry, Message) and entry.author in {Author.CITIZEN, Author.OPERATOR} else ""


def unindexed(db: sqlite3.Connection, limit: int) -> list[Record]:
    """The next records of the journal that have not been looked at."""
    return [load_record(*row) for row in db.execute(
        "SELECT id, conversation, doc FROM journal WHERE id > (SELECT upto FROM archived) ORDER BY id LIMIT ?", (limit,))]


def index(db: sqlite3.Connection, upto: int, texts: list[tuple[int, str]]) -> None:
    """Add messages (record id, prepared text) and remember how far the journal has been looked at."""
    if texts:
        part, size = db.execute("SELECT part, size FROM archive ORDER BY part DESC LIMIT 1").fetchone() or (0, STRETCH)
        if size >= STRETCH:
            if part:
                db.execute(f"INSERT INTO archive_{part:04d}(archive_{part:04d}) VALUES ('optimize')")  # noqa: S608 - own number
            part, size = part + 1, 0
            db.execute(f"CREATE VIRTUAL TABLE archive_{part:04d} USING fts5(text, content='', detail=full)")
            db.execute("INSERT INTO archive (part, first) VALUES (?, ?)", (part, texts[0][0]))
        db.executemany(f"INSERT INTO archive_{part:04d}(rowid, text) VALUES (?, ?)", texts)  # noqa: S608 - own number
        db.execute("UPDATE archive SET size = size + ? WHERE part = ?", (len(texts), part))
    db.execute("UPDATE archived SET upto = ?", (upto,))


def find(db: sqlite3.Connection, query: str, before: int, limit: int) -> list[int]:
    """Record ids of messages that match an FTS5 query, newest first, older than `before` (0: all)."""
    found: list[int] = []
    if not query:
        return found
    before = before or 1 << 62
    for part, first in db.execute("SELECT part, first FROM archive ORDER BY part DESC").fetchall():
        if first >= before:
            continue
        found += (row[0] for row in db.execute(
            f"SELECT rowid FROM archive_{part:04d} WHERE archive_{part:04d} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",  # noqa: S608 - own number
            (query, before, limit - len(found))))
        if len(found) >= limit:
            break
    return found
