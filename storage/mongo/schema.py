"""The store's database on MongoDB: connection, and preparation at each start."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from gridfs.errors import CorruptGridFile
from pymongo import MongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure, PyMongoError
from pymongo.synchronous.database import Database as SyncDatabase

from hub.kernel.errors import SealedError, UnavailableStoreError
from storage.ledger import Touched
from storage.mongo.indexes import DOWN, INDEXES, UP, amiss, drop_former, mend

__all__ = [
    "DOWN", "EDITION", "OPTIONS", "SEALED_EDITION", "UP", "Database", "Row",
    "Session", "Work", "once_more", "opened", "prepare", "reached", "unreachable"]

Row = dict[str, Any]
Database = AsyncDatabase[Row]
Session = AsyncClientSession
class Work(NamedTuple):
    """A transaction under way; `touched` is what it has changed, where a ledger is kept."""

    session: Session
    touched: Touched | None


EDITION, SEALED_EDITION = 1, 2
"""Go up with each change that an older Okno could not read: of all databases, and of those that are sealed."""
log = logging.getLogger(__name__)

OPTIONS: Row = {
    # A step is on the disks of most members when it is reported, so that no election takes it back.
    "w": "majority", "journal": True, "readConcernLevel": "majority", "retryWrites": True, "retryReads": True,
    "serverSelectionTimeoutMS": 15_000, "tz_aware": True, "appname": "okno"}


def unreachable(error: PyMongoError) -> UnavailableStoreError:
    """Replaces the driver's errors for users of the store."""
    return UnavailableStoreError(f"MongoDB: {error}")


@contextmanager
def reached() -> Iterator[None]:
    """What the driver raises told in our own errors. Raises UnavailableStoreError, and SealedError for a file that was cut off."""
    try:
        yield
    except CorruptGridFile as error:
        message = f"it was cut off: {error}"
        raise SealedError(message) from error
    except PyMongoError as error:
        raise unreachable(error) from error


@contextmanager
def opened(uri: str) -> Iterator[MongoClient[Row]]:
    """A client for a command or a start, and not for the hub's own work. Raises UnavailableStoreError."""
    with reached(), MongoClient[Row](uri, **OPTIONS) as client:
        yield client


def once_more(why: str) -> OperationFailure:
    """What has the whole transaction tried again: another hub was faster, and that is no fault of the work."""
    error = OperationFailure(why)
    error._add_error_label("TransientTransactionError")  # noqa: SLF001 - the label by which with_transaction tries again
    return error


def prepare(db: SyncDatabase[Row]) -> None:
    """Create all collections and indexes; raises UnavailableStoreError for the database of a newer Okno.

    Collections are created in advance: a transaction that creates one would fail beside another that does the same. Existing ones
    are not written: a hub that died in a transaction keeps its rows locked, until the leader ends its session.
    """
    found = db.schema.find_one_and_update({"_id": "edition"}, {"$max": {"edition": EDITION}}, upsert=True, return_document=True)
    edition = found["edition"] if found else EDITION
    if edition > SEALED_EDITION:
        message = f"the database was written by a newer Okno (edition {edition}, this one knows {SEALED_EDITION}): update Okno"
        raise UnavailableStoreError(message)
    there = set(db.list_collection_names())
    for name in INDEXES.keys() - there:
        with suppress(CollectionInvalid):  # another hub starts at the same time
            db.create_collection(name)
    for flaw in amiss(db):
        if flaw.collection in there:
            log.warning("%s", flaw)
        mend(db, flaw)
    drop_former(db)
    last = db.audit.find_one({}, {"_id": 1}, sort=[("_id", DOWN)])
    newest = last["_id"] if last else 0
    if db.schema.find_one({"_id": "audit", "newest": {"$gte": newest}}) is None:
        db.schema.update_one({"_id": "audit"}, {"$max": {"newest": newest}}, upsert=True)
