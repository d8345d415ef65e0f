"""Reads of conversations, their records and the audit, each by an index (schema.py)."""

from collections.abc import Sequence
from itertools import islice

from hub.audit.hash_chain import START
from hub.conversations.address import Address
from hub.conversations.conversation import FIRST, Conversation, Position
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import SearchHit
from hub.kernel.audit_entry import AuditEntry
from storage.codec import ASIDE, at, is_held, load_audit_entry, load_conversation, load_key, load_record, waits, was_served
from storage.mongo.schema import Database, Row, Session
from storage.text_analyzer import TextAnalyzer
from storage.vault import Vault

SAID, THOUGHT, MOVED = "said", "thought", "moved"
"""Kinds of records."""
UP, DOWN = 1, -1
NEWEST = 1 << 62
MOST_WORDS = 30
"""Words of a query that count, so that a pasted page does not search a thousand lists."""


def _head(vault: Vault, row: Row) -> Conversation:
    """BSON's own integers are no int to msgspec."""
    return load_conversation(vault, int(row["_id"]), row["doc"], int(row["last"]))


def _record(vault: Vault, row: Row) -> StoredEvent:
    return load_record(vault, int(row["_id"]), int(row["conversation"]), row["doc"])


async def _heads(db: Database, vault: Vault, query: Row, order: Sequence[tuple[str, int]], limit: int = 0) -> list[Conversation]:
    return [_head(vault, row) async for row in db.conversations.find(query, sort=list(order), limit=limit)]


async def _records(db: Database, vault: Vault, query: Row, order: int = UP, limit: int = 0) -> list[StoredEvent]:
    return [_record(vault, row) async for row in db.journal.find(query, {"words": 0}, sort=[("_id", order)], limit=limit)]


async def conversations(db: Database, vault: Vault, numbers: Sequence[int]) -> list[Conversation]:
    return await _heads(db, vault, {"_id": {"$in": list(numbers)}}, ())


async def at_address(db: Database, vault: Vault, address: Address) -> Conversation | None:
    found = await _heads(db, vault, {"address": vault.address(address)}, [("_id", DOWN)], 1)
    return at(found[0], address) if found else None


async def with_addresses(db: Database, vault: Vault, addresses: Sequence[Address], before: int, limit: int) -> list[Conversation]:
    """Of each address itself, and of the range of its threads: "$" follows "#"."""
    wanted = {(address.channel, address.value) for address in addresses}
    if not wanted:
        return []
    texts = [vault.address(Address(*whose)) for whose in wanted]
    either = [each for text in texts for each in ({"address": text}, {"address": {"$gte": f"{text}#", "$lt": f"{text}$"}})]
    found: list[Conversation] = []
    async for row in db.conversations.find({"$or": either, "_id": {"$lt": before or NEWEST}}, sort=[("_id", DOWN)]):
        # Where a value has a "#" of its own, the range may hold strangers: the document tells.
        head = _head(vault, row)
        if (head.address.channel, head.address.value) in wanted:
            found.append(head)
            if len(found) == limit:
                break
    return found


async def records(db: Database, vault: Vault, conversation: int, before: int, limit: int) -> list[StoredEvent]:
    """Older than `before` (0: all), oldest first."""
    return (await _records(db, vault, {"conversation": conversation, "_id": {"$lt": before or NEWEST}}, DOWN, limit))[::-1]


async def waiting(db: Database, vault: Vault, queues: Sequence[str], after: Position, limit: int) -> list[Conversation]:
    named: Row = {"queue": {"$in": list(queues)} if queues else {"$gt": ASIDE}}
    found = await _heads(db, vault, named | _behind("since", after), [("since", UP), ("_id", UP)], limit)
    return [head for head in found if waits(head, queues)]


def _behind(field: str, position: Position) -> Row:
    """Documents behind a position in the order of a field and the id."""
    at, number = position
    return {"$or": [{field: {"$gt": at}}, {field: at, "_id": {"$gt": number}}], field: {"$exists": True, "$gte": at}}


async def aside(db: Database, vault: Vault, limit: int) -> list[Conversation]:
    return await _heads(db, vault, {"queue": ASIDE}, [("since", UP), ("_id", UP)], limit)


async def held(db: Database, vault: Vault, operator: str) -> list[Conversation]:
    found = await _heads(db, vault, {"operator": operator or {"$gt": ""}}, [("operator", UP), ("_id", UP)])
    return [head for head in found if is_held(head, operator)]


async def promised(db: Database, vault: Vault, after: Position, limit: int) -> list[Conversation]:
    return await _heads(db, vault, _behind("due", after), [("due", UP), ("_id", UP)], limit)


async def recent(db: Database, vault: Vault, before: int, limit: int) -> list[Conversation]:
    return await _heads(db, vault, {"_id": {"$lt": before or NEWEST}}, [("_id", DOWN)], limit)


async def numbered(db: Database, vault: Vault, digits: str, limit: int) -> list[Conversation]:
    return await _heads(db, vault, {"parts": {"$elemMatch": {"$gte": digits, "$lt": f"{digits}:"}}}, [("_id", DOWN)], limit)


async def served(db: Database, vault: Vault, operator: str, before: Position, limit: int) -> list[Conversation]:
    at, number = before
    earlier: Row = {"$or": [{"since": {"$lt": at}}, {"since": at, "_id": {"$lt": number}}]} if before != FIRST else {}
    found = await _heads(db, vault, {"served": operator, **earlier}, [("since", DOWN), ("_id", DOWN)], limit)
    return [head for head in found if was_served(head, operator)]


async def over(db: Database, vault: Vault, after: int, before: int, limit: int) -> list[Conversation]:
    return await _heads(db, vault, {"_id": {"$gt": after, "$lt": before}, "open": False, "kept": True}, [("_id", UP)], limit)


async def unheard(db: Database, vault: Vault, since: int, after: int, limit: int) -> list[Conversation]:
    return await _heads(db, vault, {"idle": True, "_id": {"$gt": after}, "last": {"$lt": since}}, [("_id", UP)], limit)


async def of_kind(db: Database, vault: Vault, kind: str, first: int, last: int) -> list[StoredEvent]:
    """A range of the journal's own order."""
    return await _records(db, vault, {"kind": kind, "_id": {"$gte": first, "$lt": last}})


async def moves_of(db: Database, vault: Vault, conversations: Sequence[int]) -> list[StoredEvent]:
    return await _records(db, vault, {"conversation": {"$in": list(conversations)}, "kind": MOVED})


async def keys(db: Database, vault: Vault, conversation: int) -> dict[tuple[str, str], int]:
    rows = db.journal.find({"conversation": conversation}, {"doc": 1})
    found = [(load_key(vault, int(row["_id"]), conversation, row["doc"]), int(row["_id"])) async for row in rows]
    return {(by, key): number for (by, key), number in found if key}


async def owed(db: Database, vault: Vault) -> list[StoredEvent]:
    return await _records(db, vault, {"owed": True})


async def hits(db: Database, vault: Vault, words: TextAnalyzer, text: str, before: int, limit: int) -> list[SearchHit]:
    """Records that hold each word in any of its forms, newest first, with their conversations."""
    each = list(islice(dict.fromkeys(words.words(text)), MOST_WORDS))
    if not each:
        return []
    query: Row = {"$and": [{"words": {"$in": list(words.forms(word))}} for word in each], "_id": {"$lt": before or NEWEST}}
    found = await _records(db, vault, query, DOWN, limit)
    heads = {head.id: head for head in await conversations(db, vault, list({record.conversation for record in found}))}
    return [SearchHit(record, heads[record.conversation]) for record in found]


async def audit_entries(db: Database, query: Row, before: int, limit: int) -> list[tuple[int, AuditEntry]]:
    found = db.audit.find({**query, "_id": {"$lt": before or NEWEST}}, sort=[("_id", DOWN)], limit=limit)
    return [(int(row["_id"]), load_audit_entry(row["doc"])) async for row in found]


async def chain(db: Database, session: Session | None = None) -> tuple[int, bytes]:
    """The audit's last record: its number and hash."""
    last = await db.audit.find_one({}, {"hash": 1}, sort=[("_id", DOWN)], session=session)
    return (int(last["_id"]), last["hash"]) if last else (0, START)


async def newest(db: Database) -> tuple[int, str]:
    record = await db.journal.find_one({}, {"_id": 1}, sort=[("_id", DOWN)])
    # A conversation's id comes out of the same source as those of its records and may be the newest of all.
    opened = await db.conversations.find_one({}, {"number": 1}, sort=[("_id", DOWN)])
    return max(int(row["_id"]) for row in (record, opened, {"_id": 0}) if row), opened["number"] if opened else ""
