"""A consistent copy of a MongoDB as a file of SQLite, while others write: a backup, and the way back to one machine.

Rows go over as they are: what is sealed stays sealed, by the same data keys, at the same places.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import closing
from itertools import islice

from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession

from storage.migrate import migrate
from storage.mongo_schema import Database, Row

CHUNK = 1000
TABLES = ("keys", "conversations", "journal", "documents", "marks", "audit")


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
            _insert(copy, "conversations (id, number, address, closed, queue, since, operator, due, doc, erased)", (
                (r["_id"], r["number"], r["address"], not r["open"], *(r.get(each) for each in ("queue", "since", "operator", "due")),
                 r["doc"], None if r["kept"] else 0.0) for r in rows))
        case "journal":
            _insert(copy, "journal (id, conversation, prev, doc)", (
                (r["_id"], r["conversation"], _before(last, r), r["doc"]) for r in rows))
            _insert(copy, "outbox (id)", ((r["_id"],) for r in rows if r.get("owed")))
        case "documents":
            _insert(copy, "documents (kind, key, doc)", ((*_named(r["_id"]), r["doc"]) for r in rows))
        case "marks":
            _insert(copy, "marks (kind, name, value, at, key)", ((r["kind"], r["name"], r["value"], r["at"], r["key"]) for r in rows))
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
