"""Leases on MongoDB. Whether one is over says the server's clock ($$NOW) alone, so that those of the hubs need not agree."""

import re
from typing import cast

from hub.errors import UnavailableStoreError
from hub.leases import Lease
from storage.mongo_schema import UP, Database, Row, Session

SEEN: Row = {"owner": 1, "term": 1, "left_s": {"$divide": [{"$subtract": ["$until", "$$NOW"]}, 1000]}}


async def lease(db: Database, name: str, owner: str, for_s: float) -> Lease:
    """One operation on one document: of those who ask at once one is first, and what the others ask changes nothing."""
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


async def still_held(db: Database, lease: Lease, session: Session) -> None:
    """Touch a lease within a transaction, which then cannot commit beside a taking of it by another. Raises UnavailableStoreError."""
    held = {"_id": lease.name, "owner": lease.owner, "term": lease.term}
    touched = await db.leases.update_one(held, {"$inc": {"used": 1}}, session=session)
    if not touched.matched_count:
        message = f"{lease.name}: another hub leads now"
        raise UnavailableStoreError(message)


def _lease(row: Row) -> Lease:
    return Lease(row["_id"], row["owner"], row["term"], row["left_s"])
