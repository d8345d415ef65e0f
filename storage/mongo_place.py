"""The place beside a store on MongoDB: in the same database, for all hubs that share it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymongo import MongoClient

from storage.mongo_erasures import ErasureCollection
from storage.mongo_schema import OPTIONS, Row, prepare, reached
from storage.mongo_shelf import CollectionDrawer, GridShelf
from storage.places import ERASURES, Place


@contextmanager
def in_mongodb(uri: str, name: str, copies: Path | None = None) -> Iterator[Place]:
    """`copies` is a folder that somebody else keeps. Raises UnavailableStoreError."""
    with MongoClient[Row](uri, **OPTIONS) as client:
        db = client[name]
        with reached():
            prepare(db)
        yield Place(GridShelf(db), CollectionDrawer(db["seals"]), ErasureCollection(db["erasures"], copies / ERASURES if copies else None))
