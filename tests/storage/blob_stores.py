"""The shelves that files lie on, and what somebody who has the disk or the database can do to them."""

import os
from pathlib import Path
from typing import Protocol

from bson import BSON, ObjectId
from pymongo import MongoClient

from storage.blob_store import BlobStore
from storage.folder import DAY_S, FolderBlobStore
from storage.mongo.blobs import GridBlobStore
from storage.mongo.schema import Row, prepare


class Kept(Protocol):
    """A shelf, and the bytes below it."""

    def shelf(self) -> BlobStore: ...

    def raw(self) -> bytes:
        """All that lies there."""

    def left(self, file: str) -> int:
        """How many things are there of a file, and of what is half written."""

    def change_about(self, mine: str, other: str) -> None:
        """What is sealed under the one name comes under the other too, with its key."""

    def tear(self, file: str, content: bytes) -> None:
        """A file in clear has another content now."""

    def cut_off(self, content: bytes, *, days: int) -> None:
        """Somebody was cut off in writing, so many days ago."""


class OnDisk:
    def __init__(self, folder: Path) -> None:
        self._folder = folder / "files"

    def shelf(self) -> BlobStore:
        return FolderBlobStore(self._folder)

    def raw(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self._folder.rglob("*")) if path.is_file())

    def left(self, file: str) -> int:
        return len([*self._folder.glob(f"??/{file}*"), *self._folder.rglob("*.draft")])

    def change_about(self, mine: str, other: str) -> None:
        for ending in (".key", ".sealed"):
            (self._folder / other[:2] / (other + ending)).replace(self._folder / mine[:2] / (mine + ending))

    def tear(self, file: str, content: bytes) -> None:
        (self._folder / file[:2] / file).write_bytes(content)

    def cut_off(self, content: bytes, *, days: int) -> None:
        draft = self._folder / f"1.{os.urandom(4).hex()}.draft"
        draft.write_bytes(content)
        at = draft.stat().st_mtime - days * DAY_S
        os.utime(draft, (at, at))


class InMongoDB:
    def __init__(self, client: MongoClient[Row], name: str) -> None:
        self._db = client[name]
        prepare(self._db)
        for collection in self._db.list_collection_names():
            self._db[collection].delete_many({})

    def shelf(self) -> BlobStore:
        return GridBlobStore(self._db)

    def raw(self) -> bytes:
        return b"".join(BSON.encode(row) for name in ("files", "chunks", "keys", "unfinished") for row in self._db.files[name].find())

    def left(self, file: str) -> int:
        known = [row["_id"] for row in self._db.files.files.find({"filename": {"$not": {"$regex": file}}})]
        return self._db.files.chunks.count_documents({"files_id": {"$nin": known}}) + self._db.files.unfinished.count_documents({})

    def change_about(self, mine: str, other: str) -> None:
        self._db.files.files.delete_one({"filename": f"{mine}.sealed"})
        self._db.files.files.update_one({"filename": f"{other}.sealed"}, {"$set": {"filename": f"{mine}.sealed"}})

    def tear(self, file: str, content: bytes) -> None:
        entry = self._db.files.files.find_one_and_update({"filename": file}, {"$set": {"length": len(content)}})
        assert entry is not None
        self._db.files.chunks.update_one({"files_id": entry["_id"], "n": 0}, {"$set": {"data": content}}, upsert=True)

    def cut_off(self, content: bytes, *, days: int) -> None:
        number = ObjectId()
        self._db.files.chunks.insert_one({"files_id": number, "n": 0, "data": content})
        ago = {"$subtract": ["$$NOW", days * DAY_S * 1000]}
        self._db.files.unfinished.update_one({"_id": number}, [{"$set": {"at": ago, "dropped": ""}}], upsert=True)
