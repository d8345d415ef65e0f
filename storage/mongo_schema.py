"""Collections and indexes of the store on MongoDB: made at the start where they are not there, and never dropped."""

from contextlib import suppress
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure, PyMongoError
from pymongo.synchronous.database import Database as SyncDatabase

from hub.errors import UnavailableStoreError

Row = dict[str, Any]
Database = AsyncDatabase[Row]
Session = AsyncClientSession
EDITION = 1
"""Goes up with each change that an older Okno could not read."""
UP, DOWN = ASCENDING, DESCENDING
TEXT = {"$type": "string"}
OPTIONS: Row = {
    # A step is on the disks of most members when it is reported, so that no election takes it back.
    "w": "majority", "journal": True, "readConcernLevel": "majority", "retryWrites": True, "retryReads": True,
    "serverSelectionTimeoutMS": 15_000, "tz_aware": True, "appname": "okno"}


def unreachable(error: PyMongoError) -> UnavailableStoreError:
    """What whoever uses a store is told instead of the driver's own errors."""
    return UnavailableStoreError(f"MongoDB: {error}")


def once_more(why: str) -> OperationFailure:
    """What has the whole transaction tried again: another hub was faster, and that is no fault of the work."""
    error = OperationFailure(why)
    error._add_error_label("TransientTransactionError")  # noqa: SLF001 - the label by which with_transaction tries again
    return error


def _index(name: str, *keys: tuple[str, int], only: Row | None = None, unique: bool = False) -> IndexModel:
    more: Row = {"partialFilterExpression": only} if only else {}
    return IndexModel(list(keys), name=name, unique=unique, **more)


INDEXES = {
    "conversations": [
        _index("by_number", ("number", UP), unique=True),
        _index("by_address", ("address", UP), ("_id", DOWN)),
        # Nobody has two open conversations at one address, whichever hub he comes to.
        _index("one_open", ("address", UP), only={"open": True}, unique=True),
        _index("in_line", ("queue", UP), ("since", UP), ("_id", UP), only={"queue": TEXT}),
        _index("in_any_line", ("since", UP), ("_id", UP), only={"queue": {"$gt": ""}}),
        _index("held", ("operator", UP), ("_id", UP), only={"operator": TEXT}),
        _index("promised", ("due", UP), ("_id", UP), only={"due": {"$exists": True}}),
        _index("over", ("_id", UP), ("open", UP), only={"kept": True}),
        _index("idle", ("idle", UP), ("_id", UP), only={"idle": True}),
    ],
    "journal": [
        _index("of_conversation", ("conversation", UP), ("_id", UP)),
        _index("by_kind", ("kind", UP), ("_id", UP)),
        _index("owed", ("owed", UP), ("_id", UP), only={"owed": True}),
        _index("words", ("words", UP), ("_id", DOWN), only={"words": {"$exists": True}}),
    ],
    "documents": [],
    "marks": [
        _index("in_order", ("kind", UP), ("name", UP), ("value", UP), ("at", UP), ("key", UP), unique=True),
        _index("of_document", ("kind", UP), ("key", UP)),
    ],
    "audit": [_index("about", ("about", UP), ("_id", DOWN))],
    "keys": [],
    "leases": [],
}


def prepare(db: SyncDatabase[Row]) -> None:
    """Have all collections and indexes there; raises UnavailableStoreError for the database of a newer Okno.

    Collections are made beforehand: a transaction that had to make one would fail beside another that does the same.
    """
    found = db.schema.find_one_and_update({"_id": "edition"}, {"$max": {"edition": EDITION}}, upsert=True, return_document=True)
    edition = found["edition"] if found else EDITION
    if edition > EDITION:
        message = f"the database was written by a newer Okno (edition {edition}, this one knows {EDITION}): update Okno"
        raise UnavailableStoreError(message)
    there = set(db.list_collection_names())
    for name, indexes in INDEXES.items():
        if name not in there:
            with suppress(CollectionInvalid):  # another hub starts at the same time
                db.create_collection(name)
        if indexes:
            db[name].create_indexes(indexes)
    last = db.audit.find_one({}, {"_id": 1}, sort=[("_id", DOWN)])
    db.schema.update_one({"_id": "audit"}, {"$max": {"newest": last["_id"] if last else 0}}, upsert=True)
