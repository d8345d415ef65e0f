"""Rewrites a database into new files, so that nothing is left of former contents. Hubs must not run."""

from datetime import datetime

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.synchronous.database import Database
from tqdm import tqdm

from hub.kernel.errors import UnavailableStoreError
from storage.mongo.indexes import INDEXES
from storage.mongo.schema import Row, opened, prepare

NEW = "new_"
"""How a collection is called until it takes the other's place."""


def wiped(uri: str, name: str) -> datetime | None:
    """Since when the servers' own log of changes still holds them, where this user may know. Raises UnavailableStoreError."""
    with opened(uri) as client:
        db = client[name]
        prepare(db)
        for collection in tqdm(INDEXES, unit="collection", desc="wipe", disable=None):
            _renew(db, collection)
        return _logged_since(client)


def _renew(db: Database[Row], name: str) -> None:
    if db.command("collStats", name).get("sharded"):
        message = f"{name} is sharded: have the members of its shards synchronised anew, one after the other, which writes all their files"
        raise UnavailableStoreError(message)
    draft = db[NEW + name]
    draft.drop()
    db[name].aggregate([{"$out": draft.name}])
    if INDEXES[name]:
        draft.create_indexes(INDEXES[name])
    draft.rename(name, dropTarget=True)


def _logged_since(client: MongoClient[Row]) -> datetime | None:
    try:
        first = client.local["oplog.rs"].find_one(sort=[("$natural", 1)])
    except PyMongoError:
        return None
    at: datetime | None = first["ts"].as_datetime() if first else None
    return at
