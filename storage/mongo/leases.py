"""Leases on MongoDB. Only the server's clock ($$NOW) decides about expiry, so that the hubs' clocks need not agree."""

import re
from contextlib import suppress
from typing import cast

from pymongo.errors import DuplicateKeyError

from hub.kernel.errors import UnavailableStoreError
from hub.kernel.leases import Lease
from storage.mongo.schema import UP, Database, Row, Session, opened

SEEN: Row = {"owner": 1, "term": 1, "left_s": {"$divide": [{"$subtract": ["$until", "$$NOW"]}, 1000]}}


async def lease(db: Database, name: str, owner: str, for_s: float) -> Lease:
    """One operation on one document: of concurrent requests one succeeds, and the others change nothing."""
    mine: Row = {"$eq": ["$owner", {"$literal": owner}]}
    free: Row = {"$or": [mine, {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}]}
    taken: Row = {
        "owner": {"$literal": owner}, "term": {"$add": [{"$ifNull": ["$term", 0]}, {"$cond": [mine, 0, 1]}]},
        "until": {"$add": ["$$NOW", round(for_s * 1000)]}}
    update = [{"$set": {field: {"$cond": [free, value, f"${field}"]} for field, value in taken.items()}}]
    now = await db.leases.find_one_and_update({"_id": name}, update, SEEN, upsert=True, return_document=True)
    return _lease(cast("Row", now))  # there is one: it is made where there was none


async def leases(db: Database, prefix: str) -> list[Lease]:
    there: Row = {"_id": {"$regex": f"^{re.escape(prefix)}"}, "$expr": {"$gt": ["$until", "$$NOW"]}}
    return [_lease(row) async for row in db.leases.find(there, SEEN, sort=[("_id", UP)])]


async def release(db: Database, name: str, owner: str) -> None:
    await db.leases.update_one({"_id": name, "owner": owner}, [{"$set": {"until": "$$NOW"}}])


async def close_off(db: Database, lease: Lease, session: Session) -> None:
    """From now on only transactions of this lease commit, and they run in this session.

    A hub that died during a transaction would keep its rows locked for a minute (transactionLifetimeLimitSeconds): its session is
    ended. Each user may do that to their own sessions, and all hubs of a centre share a user.
    """
    before = await db.fences.find_one({"_id": lease.name})
    if before is not None and before["term"] < lease.term:
        await db.client.admin.command("killSessions", [before["session"]])
    ours: Row = {"owner": lease.owner, "term": lease.term, "session": session.session_id}
    with suppress(DuplicateKeyError):  # somebody has a later lease: still_held tells
        await db.fences.update_one({"_id": lease.name, "term": {"$lt": lease.term}}, {"$set": ours}, upsert=True)


async def still_held(db: Database, lease: Lease, session: Session) -> None:
    """Within a transaction: it conflicts with the takeover by another lease. Raises UnavailableStoreError."""
    held = {"_id": lease.name, "owner": lease.owner, "term": lease.term}
    touched = await db.fences.update_one(held, {"$inc": {"used": 1}}, session=session)
    if not touched.matched_count:
        message = f"{lease.name}: another hub leads now"
        raise UnavailableStoreError(message)


def _lease(row: Row) -> Lease:
    return Lease(row["_id"], row["owner"], row["term"], row["left_s"])


def any_held(uri: str, name: str) -> bool:
    """Whether any lease is active, for operations that need all hubs stopped. Raises UnavailableStoreError."""
    with opened(uri) as client:
        return client[name].leases.find_one({"$expr": {"$gt": ["$until", "$$NOW"]}}) is not None
