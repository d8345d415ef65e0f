"""Copy of a whole store from SQLite into MongoDB, and back: for migrations and backups.

Rows are copied as they are: sealed ones stay sealed, by the same data keys, at the same places. Only the robot's repeated texts,
which SQLite stores once, are expanded, and the search index is rebuilt.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from pymongo import AsyncMongoClient, InsertOne, ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession

from hub.kernel.audit_entry import AuditEntry
from storage import audit
from storage.codec import load_record
from storage.migrate import migrate
from storage.mongo.reads import chain
from storage.mongo.schema import Database, Row
from storage.mongo.steps import COLUMNS, number_parts, row_of
from storage.sqlite import connect
from storage.text_analyzer import TextAnalyzer
from storage.vault import Vault

CHUNK = 1000
OVERLAP = 10_000
"""Records examined again in a repeated copy: of concurrent ones a later id may have been stored first."""
TABLES = ("keys", "conversations", "journal", "documents", "marks", "audit")
IN_FILE = {"marks": "index_entries"}
"""Tables that SQLite names otherwise: a collection keeps its name, since hubs of an older version may run beside new ones."""
GROWING, CHANGING = ("journal", "audit"), ("documents", "marks")
"""Append-only tables; and tables with changing rows, which are copied completely each time."""
JOURNAL = ("SELECT j.id, j.conversation, j.doc, j.phrase, p.doc, outbox.id FROM journal AS j LEFT JOIN phrases AS p ON p.id = j.phrase "
           "LEFT JOIN outbox ON outbox.id = j.id")
ROWS = {
    "keys": "SELECT id, made, key, content FROM keys",
    "conversations": ("SELECT id, number, address, last, closed, erased, doc, queue, since, operator, due, served FROM conversations "
                      "JOIN last_events ON last_events.conversation = id"),
    "journal": f"{JOURNAL} WHERE j.id > ? ORDER BY j.id",
    "documents": "SELECT kind, key, doc FROM documents",
    "marks": "SELECT kind, name, value, at, key FROM index_entries",
    "audit": "SELECT id, doc, hash FROM audit WHERE id > ? ORDER BY id",
}


async def copied(client: AsyncMongoClient[Row], db: Database, target: str, progress: Callable[[float], None]) -> None:
    """All reads are of one moment: the server keeps it for five minutes (minSnapshotHistoryWindowInSeconds)."""
    with closing(sqlite3.connect(target, isolation_level=None, check_same_thread=False)) as copy:
        migrate(copy)
        total = sum([await db[name].estimated_document_count() for name in TABLES])
        done, last = 0, dict[int, int]()
        copy.execute("BEGIN")
        async with client.start_session(snapshot=True) as session:
            for name in TABLES:
                async for rows in _chunks(db, name, session):
                    await asyncio.to_thread(_store, copy, name, rows, last)
                    done += len(rows)
                    progress(min(done / max(total, 1), 1.0))
        copy.execute("COMMIT")


async def _chunks(db: Database, name: str, session: AsyncClientSession) -> AsyncIterator[list[Row]]:
    rows: list[Row] = []
    async for row in db[name].find({}, {"words": 0}, sort=[("_id", 1)], batch_size=CHUNK, session=session):
        rows.append(row)
        if len(rows) == CHUNK:
            yield rows
            rows = []
    if rows:
        yield rows


def _store(copy: sqlite3.Connection, name: str, rows: list[Row], last: dict[int, int]) -> None:
    """`last` is the newest record of each conversation until now."""
    match name:
        case "keys":
            _insert(copy, "keys (id, made, key, content)", ((r["_id"], r["made"], r["key"], r["content"]) for r in rows))
        case "conversations":
            _insert(copy, "conversations (id, number, address, closed, queue, since, operator, due, served, doc, erased)", (
                (r["_id"], r["number"], r["address"], not r["open"], *(r.get(each) for each in COLUMNS),
                 r["doc"], None if r["kept"] else 0.0) for r in rows))
        case "journal":
            _insert(copy, "journal (id, conversation, prev, doc)", (
                (r["_id"], r["conversation"], _before(last, r), r["doc"]) for r in rows))
            _insert(copy, "outbox (id)", ((r["_id"],) for r in rows if r.get("owed")))
        case "documents":
            _insert(copy, "documents (kind, key, doc)", ((*_named(r["_id"]), r["doc"]) for r in rows))
        case "marks":
            _insert(copy, "index_entries (kind, name, value, at, key)", (
                (r["kind"], r["name"], r["value"], r["at"], r["key"]) for r in rows))
        case "audit":
            _insert(copy, "audit (id, doc, hash)", ((r["_id"], r["doc"], r["hash"]) for r in rows))


def _before(last: dict[int, int], row: Row) -> int:
    before = last.get(row["conversation"], 0)
    last[row["conversation"]] = row["_id"]
    return before


def _named(name: str) -> tuple[str, str]:
    kind, _, key = name.partition("/")
    return kind, key


def _insert(copy: sqlite3.Connection, into: str, rows: Iterable[tuple[object, ...]]) -> None:
    rows = iter(rows)
    while some := list(islice(rows, CHUNK)):
        copy.executemany(f"INSERT INTO {into} VALUES ({','.join('?' * len(some[0]))})", some)  # noqa: S608 - own names


Totals = dict[str, object]
"""What both stores must have alike after a migration: counts, sums of ids, and the audit's end, whose hash covers all of it."""


async def brought(source: Path, db: Database, words: TextAnalyzer, vault: Vault, progress: Callable[[float], None]) -> None:
    """Copy a SQLite file into a database; a repeated copy only adds new rows and replaces changed ones.

    A hub may write into the file meanwhile: its changes come with the next copy. `vault` is unlocked by this file.
    """
    with closing(connect(source, vault, read_only=True)) as file:
        total, done = sum(file.execute(f"SELECT count(*) FROM {IN_FILE.get(name, name)}").fetchone()[0] for name in TABLES), 0  # noqa: S608 - own names
        erased = {row["_id"] async for row in db.conversations.find({"kept": False}, {"_id": 1})}
        for name in CHANGING:
            await db[name].delete_many({})
        for name in TABLES:
            newest = await db[name].find_one(sort=[("_id", -1)], skip=OVERLAP * (name == "journal")) if name in GROWING else None
            rows = file.execute(ROWS[name], (newest["_id"],) if newest else (0,) if name in GROWING else ())
            while some := await asyncio.to_thread(rows.fetchmany, CHUNK):
                await db[name].bulk_write(await asyncio.to_thread(_all_made, name, some, vault, words), ordered=False)
                done += len(some)
                progress(min(done / max(total, 1), 1.0))
        # What was erased since has changed among the records that were brought before.
        for (number,) in file.execute("SELECT id FROM conversations WHERE erased IS NOT NULL").fetchall():
            if number not in erased:
                for row in file.execute(f"{JOURNAL} WHERE j.conversation = ?", (number,)).fetchall():
                    made = _made("journal", row, vault, words)
                    await db.journal.replace_one(_place("journal", made), made)
        owed = [number for (number,) in file.execute("SELECT id FROM outbox").fetchall()]
        await db.journal.update_many({"owed": True, "_id": {"$nin": owed}}, {"$unset": {"owed": ""}})
        progress(1.0)


def _all_made(name: str, rows: Sequence[tuple[Any, ...]], vault: Vault, words: TextAnalyzer) -> list[InsertOne[Row] | ReplaceOne[Row]]:
    made = (_made(name, row, vault, words) for row in rows)
    return [InsertOne(row) if name in CHANGING else ReplaceOne(_place(name, row), row, upsert=True) for row in made]


def _place(name: str, row: Row) -> Row:
    """By the conversation, too, where it says on which shard a row is: what is not there yet could not be put otherwise."""
    return {"_id": row["_id"], "conversation": row["conversation"]} if name == "journal" else {"_id": row["_id"]}


def _made(name: str, row: tuple[Any, ...], vault: Vault, words: TextAnalyzer) -> Row:
    """A row as MongoDB has it."""
    match name:
        case "conversations":
            number, named, address, last, closed, erased, doc, *columns = row
            there = {column: value for column, value in zip(COLUMNS, columns, strict=True) if value is not None}
            idle: Row = {"idle": True} if not (closed or there.keys() - {"since"}) else {}
            return {"_id": number, "number": named, "address": address, "last": last, "open": not closed, "kept": erased is None,
                    "parts": number_parts(named), "doc": doc, **there, **idle}
        case "journal":
            owed: Row = {"owed": True} if row[-1] else {}
            return row_of(vault, words, load_record(vault, *row[:-1])) | owed
        case "documents":
            return {"_id": f"{row[0]}/{row[1]}", "doc": row[2], "version": 0}
        case "marks":
            return dict(zip(("kind", "name", "value", "at", "key"), row, strict=True))
        case "audit":
            return {"_id": row[0], "about": _about(row[1]), "doc": row[1], "hash": row[2]}
        case _:
            return dict(zip(("_id", "made", "key", "content"), row, strict=True))


def _about(doc: bytes) -> str:
    """The subject of a record; "" for an unreadable one: tampering is detected by its hash."""
    try:
        return msgspec.json.decode(doc, type=AuditEntry).about
    except msgspec.DecodeError:
        return ""


def totals_of_file(path: Path) -> Totals:
    with closing(connect(path, read_only=True)) as file:
        def one(query: str) -> tuple[int, ...]:
            return tuple(value or 0 for value in file.execute(query).fetchone())
        return {"conversations": one("SELECT count(*), sum(last) FROM last_events"),
                "records": one("SELECT count(*), sum(id) FROM journal"),
                "owed": one("SELECT count(*) FROM outbox")[0], "documents": one("SELECT count(*) FROM documents")[0],
                "marks": one("SELECT count(*) FROM index_entries")[0], "audit": audit.end(file)}


async def totals_of_database(db: Database) -> Totals:
    async def summed(name: str, field: str) -> tuple[int, int]:
        pipeline = [{"$group": {"_id": None, "count": {"$sum": 1}, "sum": {"$sum": field}}}]
        async for row in await db[name].aggregate(pipeline):
            return row["count"], row["sum"]
        return 0, 0
    return {"conversations": await summed("conversations", "$last"), "records": await summed("journal", "$_id"),
            "owed": await db.journal.count_documents({"owed": True}), "documents": await db.documents.count_documents({}),
            "marks": await db.marks.count_documents({}), "audit": await chain(db)}
