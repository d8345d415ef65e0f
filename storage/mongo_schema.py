"""Collections and indexes of the store on MongoDB: made at the start where they are not there, and never dropped."""

import time
from contextlib import suppress
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, MongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, DuplicateKeyError, OperationFailure, PyMongoError
from pymongo.synchronous.database import Database as SyncDatabase

from hub.errors import UnavailableStoreError
from hub.ports import Wrapped

Row = dict[str, Any]
Database = AsyncDatabase[Row]
Session = AsyncClientSession
EDITION = 1
"""Goes up with each change that an older Okno could not read."""
UP, DOWN = ASCENDING, DESCENDING
TEXT = {"$type": "string"}


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
    "files.files": [
        _index("by_name", ("filename", UP), unique=True),
        _index("filename_1_uploadDate_1", ("filename", UP), ("uploadDate", UP)),  # GridFS wants it, and would make it
    ],
    "files.chunks": [_index("of_file", ("files_id", UP), ("n", UP), unique=True)],
    "files.keys": [],
    "files.unfinished": [],
    "seals": [],
    "erasures": [],
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


class MongoKeys:
    """Data keys in a collection. Closing them closes the client."""

    def __init__(self, client: MongoClient[Row], name: str) -> None:
        self._client, self._keys = client, client[name]["keys"]

    def all(self) -> list[tuple[int, float, Wrapped]]:
        return [(row["_id"], row["made"], Wrapped(row["key"], row["content"])) for row in self._keys.find(sort=[("_id", UP)])]

    def add(self, number: int | None, since: float, wrapped: Wrapped) -> None:
        """Of two hubs that add the same number at once the second adds nothing."""
        rows = self.all()
        if any(each == number if number is not None else each and made >= since for each, made, _ in rows):
            return
        new = max((each for each, _, _ in rows), default=0) + 1 if number is None else number
        with suppress(DuplicateKeyError):
            self._keys.insert_one({"_id": new, "made": time.time(), "key": wrapped.key, "content": wrapped.content})

    def replace(self, number: int, wrapped: Wrapped) -> None:
        self._keys.update_one({"_id": number}, {"$set": {"key": wrapped.key, "content": wrapped.content}})

    def close(self) -> None:
        self._client.close()
