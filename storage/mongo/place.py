"""The place beside a store on MongoDB: in the same database, for all hubs that share it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymongo import MongoClient

from storage.mongo.blobs import CollectionBlobs, GridBlobStore
from storage.mongo.erasure_register import ErasureCollection
from storage.mongo.schema import OPTIONS, Row, prepare, reached
from storage.places import ERASURES, Place


@contextmanager
def in_mongodb(uri: str, name: str, copies: Path | None = None) -> Iterator[Place]:
    """`copies` is a folder that somebody else keeps. Raises UnavailableStoreError."""
    with MongoClient[Row](uri, **OPTIONS) as client:
        db = client[name]
        with reached():
            prepare(db)
        register = ErasureCollection(db["erasures"], copies / ERASURES if copies else None)
        yield Place(GridBlobStore(db), CollectionBlobs(db["seals"]), register)
