"""Reading SQL of the SQLite store. Each function takes a read-only connection and is one consistent view."""

import sqlite3
from collections.abc import Callable, Sequence
from itertools import islice

from hub.conversations.address import Address
from hub.conversations.conversation import FIRST, Conversation, Position
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import SearchHit
from hub.kernel.audit_entry import AuditEntry
from storage.archive import worth_finding
from storage.codec import (
    ASIDE,
    MESSAGE,
    THOUGHT,
    at,
    is_held,
    load_audit_entry,
    load_conversation,
    load_key,
    load_record,
    waits,
    was_served,
)
from storage.vault import Database

HEADS = "conversations JOIN last_events ON last_events.conversation = conversations.id"
HEAD = f"SELECT id, doc, last FROM {HEADS}"  # noqa: S608 - own names
IDS = "SELECT id FROM conversations WHERE address"
MOVED = (f"phrase IS NULL AND substr(doc, 1, 2) NOT IN (x'006d', x'0074') "  # as storage/vault.py marks what was said and thought
         f"AND substr(doc, 1, {len(MESSAGE)}) != ? AND substr(doc, 1, {len(THOUGHT)}) != ?")
MOVES = f"SELECT id, conversation, doc FROM journal WHERE id >= ? AND id < ? AND {MOVED} ORDER BY id"  # noqa: S608 - own names
# Literally as in the index's own condition, so that SQLite uses it.
THOUGHTS = (f"SELECT id, conversation, doc FROM journal WHERE id >= ? AND id < ? "  # noqa: S608 - own names
            f"AND (substr(doc, 1, {len(THOUGHT)}) = CAST('{THOUGHT.decode()}' AS BLOB) OR substr(doc, 1, 2) = x'0074') ORDER BY id")
ABOUT = "CASE WHEN json_valid(CAST(doc AS TEXT)) THEN json_extract(CAST(doc AS TEXT), '$.about') END"
OVER = f"{HEAD} WHERE closed AND erased IS NULL AND id > ? AND id < ? ORDER BY id LIMIT ?"
# Conversations that are not waiting, held or owed are the robot's.
UNHEARD = (f"{HEAD} WHERE NOT closed AND queue IS NULL AND operator IS NULL AND due IS NULL AND last < ? AND id > ? "
           "ORDER BY id LIMIT ?")
LOOKED_AT = 5000
"""Entries of the index of number parts that one search reads."""
NEWEST: Position = (float("inf"), 1 << 62)
# ":" follows the digits.
NUMBERED = (f"{HEAD} WHERE id IN (SELECT conversation FROM number_parts WHERE part >= ? AND part < ? LIMIT ?) "  # noqa: S608 - own names
            "ORDER BY id DESC LIMIT ?")
SERVED = f"{HEAD} WHERE served = ? AND (since, id) < (?, ?) ORDER BY since DESC, id DESC LIMIT ?"
PROMISED = f"{HEAD} WHERE due IS NOT NULL AND (due, id) > (?, ?) ORDER BY due, id LIMIT ?"


def _heads(db: Database, query: str, values: Sequence[object] = ()) -> list[Conversation]:
    return [load_conversation(db.vault, *row) for row in db.execute(query, values)]


def _records(db: Database, query: str, values: Sequence[object] = ()) -> list[StoredEvent]:
    return [load_record(db.vault, *row) for row in db.execute(query, values)]


def conversation(db: Database, number: int) -> Conversation | None:
    return next(iter(_heads(db, f"{HEAD} WHERE id = ?", (number,))), None)


def conversations(db: Database, numbers: Sequence[int]) -> list[Conversation]:
    return _heads(db, f"{HEAD} WHERE id IN ({','.join('?' * len(numbers))})", numbers)


def at_address(db: Database, address: Address) -> Conversation | None:
    found = _heads(db, f"{HEAD} WHERE address = ? ORDER BY id DESC LIMIT 1", (db.vault.address(address),))
    return at(found[0], address) if found else None


def with_addresses(db: Database, addresses: Sequence[Address], before: int, limit: int) -> list[Conversation]:
    """The ids out of the index alone: for each address itself, and the range of its threads; then the heads of the newest."""
    wanted = {(address.channel, address.value) for address in addresses}
    if not wanted:
        return []
    texts = [db.vault.address(Address(*whose)) for whose in wanted]
    one = f"{IDS} = ? UNION ALL {IDS} >= ? AND address < ?"
    # "$" follows "#", so that the range holds all that begins with the address and "#".
    values = [part for text in texts for part in (text, f"{text}#", f"{text}$")]
    ids = db.execute(f"SELECT id FROM ({' UNION ALL '.join([one] * len(texts))}) WHERE id < ? ORDER BY id DESC",  # noqa: S608
                     (*values, before or 1 << 62)).fetchall()
    # Where a value has a "#" of its own, the range may hold strangers: the document tells.
    heads = (head for (number,) in ids if (head := conversation(db, number)))
    return list(islice((head for head in heads if (head.address.channel, head.address.value) in wanted), limit))


def chain(db: Database, last: int, limit: int) -> list[StoredEvent]:
    """Up to `limit` records back from `last` along `prev`, oldest first."""
    found = _records(
        db, "WITH RECURSIVE back(id, conversation, prev, phrase, doc) AS ("
        " SELECT id, conversation, prev, phrase, doc FROM journal WHERE id = ?"
        " UNION ALL SELECT j.id, j.conversation, j.prev, j.phrase, j.doc FROM back JOIN journal AS j ON j.id = back.prev LIMIT ?)"
        "SELECT back.id, conversation, back.doc, phrase, phrases.doc FROM back LEFT JOIN phrases ON phrases.id = phrase", (last, limit))
    return sorted(found, key=lambda record: record.id)


def moves(db: Database, first: int, last: int) -> list[StoredEvent]:
    """A range of the journal's own order; what was said is left out before it leaves SQLite."""
    return _records(db, MOVES, (first, last, MESSAGE, THOUGHT))


def thoughts(db: Database, first: int, last: int) -> list[StoredEvent]:
    """Out of their index alone."""
    return _records(db, THOUGHTS, (first, last))


def moves_of(db: Database, conversations: Sequence[int]) -> list[StoredEvent]:
    return _records(
        db, "WITH RECURSIVE back(id, conversation, prev, phrase, doc) AS ("  # noqa: S608 - question marks only
        " SELECT j.* FROM last_events JOIN journal AS j ON j.id = last"
        f" WHERE last_events.conversation IN ({','.join('?' * len(conversations))})"
        " UNION ALL SELECT j.* FROM back JOIN journal AS j ON j.id = back.prev)"
        f"SELECT id, conversation, doc FROM back WHERE {MOVED} ORDER BY id", (*conversations, MESSAGE, THOUGHT))


def keys(db: Database, conversation: int) -> dict[tuple[str, str], int]:
    rows = db.execute(
        "WITH RECURSIVE back(id, prev, phrase, doc) AS ("
        " SELECT j.id, j.prev, j.phrase, j.doc FROM last_events JOIN journal AS j ON j.id = last WHERE last_events.conversation = ?"
        " UNION ALL SELECT j.id, j.prev, j.phrase, j.doc FROM back JOIN journal AS j ON j.id = back.prev)"
        "SELECT id, doc FROM back WHERE phrase IS NULL", (conversation,))
    found = ((load_key(db.vault, number, conversation, doc), number) for number, doc in rows)
    return {(by, key): number for (by, key), number in found if key}


def records(db: Database, conversation: int, before: int, upto: int, limit: int) -> list[StoredEvent]:
    found_in, key = ("prev FROM journal WHERE id", before) if before else ("last FROM last_events WHERE conversation", conversation)
    row = (upto,) if upto else db.execute(f"SELECT {found_in} = ?", (key,)).fetchone()
    found = chain(db, row[0], limit) if row else []
    return [r for r in found if r.conversation == conversation]


def waiting(db: Database, queues: Sequence[str], after: Position, limit: int) -> list[Conversation]:
    return [head for head in _waiting(db, queues, after, limit) if waits(head, queues)]


def _waiting(db: Database, queues: Sequence[str], after: Position, limit: int) -> list[Conversation]:
    """Each queue's first ones by its index only, then the heads of the first of these: no queue is read to its end."""
    if not queues:
        return _heads(db, f"{HEAD} WHERE queue > ? AND (since, id) > (?, ?) ORDER BY since, id LIMIT ?", (ASIDE, *after, limit))
    one = ("SELECT * FROM (SELECT since, id AS first FROM conversations WHERE queue = ? AND (since, id) > (?, ?) "
           "ORDER BY since, id LIMIT ?)")
    values = [value for queue in queues for value in (queue, *after, limit)]
    return _heads(
        db, f"WITH firsts AS (SELECT * FROM ({' UNION ALL '.join([one] * len(queues))}) ORDER BY since, first LIMIT ?) "  # noqa: S608
        f"SELECT id, doc, last FROM firsts CROSS JOIN {HEADS} WHERE id = first ORDER BY firsts.since, first",
        (*values, limit))


def aside(db: Database, limit: int) -> list[Conversation]:
    return _heads(db, f"{HEAD} WHERE queue = ? ORDER BY since, id LIMIT ?", (ASIDE, limit))


def held(db: Database, operator: str) -> list[Conversation]:
    found = (_heads(db, f"{HEAD} WHERE operator = ? ORDER BY id", (operator,)) if operator else
             _heads(db, f"{HEAD} WHERE operator IS NOT NULL ORDER BY operator, id"))
    return [head for head in found if is_held(head, operator)]


def promised(db: Database, after: Position, limit: int) -> list[Conversation]:
    return _heads(db, PROMISED, (*after, limit))


def recent(db: Database, before: int, limit: int) -> list[Conversation]:
    return _heads(db, f"{HEAD} WHERE id < ? ORDER BY id DESC LIMIT ?", (before or 1 << 62, limit))


def numbered(db: Database, digits: str, limit: int) -> list[Conversation]:
    """Out of the index of the parts: of a vague one, which many numbers have, some."""
    return _heads(db, NUMBERED, (digits, f"{digits}:", LOOKED_AT, limit))


def served(db: Database, operator: str, before: Position, limit: int) -> list[Conversation]:
    found = _heads(db, SERVED, (operator, *(before if before != FIRST else NEWEST), limit))
    return [head for head in found if was_served(head, operator)]


def over(db: Database, after: int, before: int, limit: int) -> list[Conversation]:
    return _heads(db, OVER, (after, before, limit))


def unheard(db: Database, since: int, after: int, limit: int) -> list[Conversation]:
    return _heads(db, UNHEARD, (since, after, limit))


def texts(db: Database, records: Sequence[int]) -> list[tuple[int, str]]:
    """What the archive may have of records: those that say something to be found."""
    one = "SELECT id, conversation, doc FROM journal WHERE id = ? AND phrase IS NULL"
    found = (record for number in records for record in _records(db, one, (number,)))
    return [(record.id, text) for record in found if (text := worth_finding(record))]


def owed(db: Database) -> list[StoredEvent]:
    return _records(
        db, "SELECT j.id, j.conversation, j.doc, j.phrase, p.doc FROM outbox JOIN journal AS j USING (id) "
        "LEFT JOIN phrases AS p ON p.id = j.phrase ORDER BY j.id")


def hits(db: Database, ids: Sequence[int]) -> list[SearchHit]:
    """The found records with their conversations, in the order of `ids`."""
    rows = db.execute(
        f"SELECT j.id, j.conversation, j.doc, conversations.id, conversations.doc, last FROM journal AS j, {HEADS} "  # noqa: S608 - own names and question marks
        f"WHERE conversations.id = j.conversation AND j.id IN ({','.join('?' * len(ids))})", ids)
    found = {row[0]: SearchHit(load_record(db.vault, *row[:3]), load_conversation(db.vault, *row[3:])) for row in rows}
    return [found[i] for i in ids]


def audit_entries(db: Database, before: int, limit: int) -> list[tuple[int, AuditEntry]]:
    rows = db.execute("SELECT id, doc FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?", (before or 1 << 62, limit))
    return [(number, load_audit_entry(doc)) for number, doc in rows]


def audit_entries_about(db: Database, about: Sequence[str], before: int, limit: int) -> list[tuple[int, AuditEntry]]:
    """Out of their index; the expression is word for word that of migrations/0006_about.sql."""
    rows = db.execute(
        f"SELECT id, doc FROM audit WHERE {ABOUT} IN ({','.join('?' * len(about))}) AND id < ? ORDER BY id DESC LIMIT ?",  # noqa: S608
        (*about, before or 1 << 62, limit))
    return [(number, load_audit_entry(doc)) for number, doc in rows]


def newest(db: Database) -> tuple[int, str]:
    last = db.execute("SELECT max(id) FROM journal").fetchone()[0]
    # A conversation's id comes out of the same source as those of its records and may be the newest of all.
    opened = db.execute("SELECT max(id) FROM conversations").fetchone()[0]
    # Not max(number): "99999" is not less than "100000" to a text column.
    row = db.execute("SELECT number FROM conversations ORDER BY id DESC LIMIT 1").fetchone()
    return max(last or 0, opened or 0), row[0] if row else ""


def backup(db: Database, target: str, progress: Callable[[float], None]) -> None:
    """A consistent copy while others write, a thousand pages at a time."""
    with sqlite3.connect(target) as copy:
        db.backup(copy, pages=1000, progress=lambda _, left, total: progress(1 - left / max(total, 1)))
    copy.close()
