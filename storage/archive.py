"""Full-text search in messages: contentless FTS5 tables, searched from the newest message back.

Everything is indexed twice. The recent tables are small, so that frequent words are found quickly. Rare words are then searched in
the volumes: these are large and few, so that another million conversations adds no table. Messages are indexed after their commit,
in chunks, when the writer is idle.
"""

import sqlite3
from collections.abc import Iterable

from hub.conversations.journal import SpeechRecognised, StoredEvent, Transcribed
from hub.conversations.message import Author, Message
from storage.codec import load_record
from storage.vault import Database

RECENT, VOLUME = 100_000, 10_000_000
"""Messages in one table."""
KEPT = 2
"""Recent tables, so that one of them is always full."""
SAMPLE = RECENT // 4
"""What is not found in so many recent messages is rare: the volumes, which hold everything, are searched at once."""
MERGED = 64
"""Pages of segments merged with each chunk, in a millisecond or two.

FTS5's own merging does nothing for many chunks and then blocks for 40 ms.
"""


def worth_finding(record: StoredEvent) -> str:
    """The searchable text, or "". The robot's own texts come from articles and would only hide what people said."""
    match record.entry:
        case Message(author=Author.CITIZEN | Author.OPERATOR, text=text) | SpeechRecognised(text=text):
            return text
        case Transcribed(lines=lines):
            return "\n".join(line.text for line in lines)
        case _:
            return ""


def unindexed(db: Database, limit: int) -> list[StoredEvent]:
    """The next unindexed records of the journal, without repeated texts of the robot."""
    return [load_record(db.vault, *row) for row in db.execute(
        "SELECT id, conversation, doc FROM journal "
        "WHERE id > (SELECT upto FROM search_progress) AND phrase IS NULL ORDER BY id LIMIT ?", (limit,))]


def keep_to(db: sqlite3.Connection, edition: str) -> None:
    """Start again if the word forms are produced differently now: removal needs the same words as insertion."""
    known = db.execute("SELECT edition FROM search_progress").fetchone()[0]
    if known == edition:
        return
    db.execute("BEGIN IMMEDIATE")
    if known:
        forget(db)
    db.execute("UPDATE search_progress SET edition = ?", (edition,))
    db.execute("COMMIT")


def forget(db: sqlite3.Connection) -> None:
    """Start again with the journal's first record."""
    for kind, part in db.execute("SELECT kind, part FROM archive").fetchall():
        db.execute(f"DROP TABLE {_table(kind, part)}")
    db.execute("DELETE FROM archive")
    db.execute("UPDATE search_progress SET upto = 0")


def index(db: sqlite3.Connection, upto: int, texts: list[tuple[int, str]]) -> None:
    """Add messages (record id, prepared text) and store the position in the journal."""
    if texts:
        _add(db, "volume", VOLUME, texts)
        newest = _add(db, "recent", RECENT, texts)
        for (old,) in db.execute("SELECT part FROM archive WHERE kind = 'recent' AND part <= ?", (newest - KEPT,)).fetchall():
            db.execute(f"DROP TABLE {_table('recent', old)}")
            db.execute("DELETE FROM archive WHERE kind = 'recent' AND part = ?", (old,))
    db.execute("UPDATE search_progress SET upto = ?", (upto,))


def remove(db: sqlite3.Connection, texts: Iterable[tuple[int, str]]) -> None:
    """Remove messages by the exact indexed text: every version of FTS5 supports this for a contentless table."""
    upto = db.execute("SELECT upto FROM search_progress").fetchone()[0]
    for record, text in texts:
        if record <= upto:
            for kind, part in db.execute("SELECT kind, max(part) FROM archive WHERE first <= ? GROUP BY kind", (record,)).fetchall():
                table = _table(kind, part)
                db.execute(f"INSERT INTO {table}({table}, rowid, text) VALUES ('delete', ?, ?)", (record, text))  # noqa: S608 - own name


def wipe(db: sqlite3.Connection) -> None:
    """Merge everything, so that nothing remains of removed words. It takes minutes for millions of messages."""
    for kind, part in db.execute("SELECT kind, part FROM archive").fetchall():
        db.execute(f"INSERT INTO {_table(kind, part)}({_table(kind, part)}) VALUES ('optimize')")  # noqa: S608 - own name


def _add(db: sqlite3.Connection, kind: str, most: int, texts: list[tuple[int, str]]) -> int:
    """Add to the newest table of a kind, or open the next when it is full; its number."""
    part, size = db.execute("SELECT part, size FROM archive WHERE kind = ? ORDER BY part DESC LIMIT 1", (kind,)).fetchone() or (0, most)
    if size >= most:
        if part:
            _tell(db, kind, part, "merge", -MERGED)  # a negative number begins to merge all segments into one (FTS5, 6.8)
        part += 1
        db.execute(f"CREATE VIRTUAL TABLE {_table(kind, part)} USING fts5(text, content='', detail=full)")
        _tell(db, kind, part, "automerge", 0)
        _tell(db, kind, part, "usermerge", 2)
        db.execute("INSERT INTO archive (kind, part, first) VALUES (?, ?, ?)", (kind, part, texts[0][0]))
    db.executemany(f"INSERT INTO {_table(kind, part)}(rowid, text) VALUES (?, ?)", texts)  # noqa: S608 - own name
    db.execute("UPDATE archive SET size = size + ? WHERE kind = ? AND part = ?", (len(texts), kind, part))
    # A search reads every segment: two of a size are merged as soon as they exist, and a full table completely.
    for each in (part - 1, part):
        if each:
            _tell(db, kind, each, "merge", max(MERGED, len(texts)))
    return int(part)


def _tell(db: sqlite3.Connection, kind: str, part: int, command: str, number: int) -> None:
    """One of FTS5's own commands (its documentation, chapter 6)."""
    db.execute(f"INSERT INTO {_table(kind, part)}({_table(kind, part)}, rank) VALUES (?, ?)", (command, number))  # noqa: S608 - own name


def _table(kind: str, part: int) -> str:
    return f"archive_{kind}_{part:04d}"


def find(db: sqlite3.Connection, query: str, before: int, limit: int) -> list[int]:
    """Record ids of messages that match an FTS5 query, newest first, older than `before` (0: all)."""
    if not query:
        return []
    db.execute("BEGIN")  # one view of all tables: a recent one may be dropped meanwhile
    try:
        return _find(db, query, before or 1 << 62, limit)
    finally:
        db.execute("COMMIT")


def _find(db: sqlite3.Connection, query: str, before: int, limit: int) -> list[int]:
    found: list[int] = []
    rare = False
    parts = db.execute("SELECT kind, part, first, size FROM archive ORDER BY kind, part DESC").fetchall()  # "recent" < "volume"
    for kind, part, first, size in parts:
        if first >= before or (rare and kind == "recent"):
            continue
        table = _table(kind, part)
        found += (row[0] for row in db.execute(
            f"SELECT rowid FROM {table} WHERE {table} MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",  # noqa: S608 - own name
            (query, before, limit - len(found))))
        if len(found) >= limit:
            break
        before = first
        rare = not found and size >= SAMPLE
    return found
