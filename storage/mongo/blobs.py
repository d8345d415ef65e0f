"""Files in GridFS, and small things in collections (docs/decisions/0087-files-in-mongodb.md).

- files.files, files.chunks  as GridFS has them; a file is named as on disk (folder.py), its data key lies wrapped in its metadata
- files.keys                 one thing for each key-encryption key that something here is sealed by
- files.unfinished           contents that are being written or deleted: so what was cut off is found without a look at all of them
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from bson import ObjectId
from gridfs import GridFSBucket, GridOut
from gridfs.errors import FileExists
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.synchronous.collection import Collection
from pymongo.synchronous.database import Database

from hub.kernel.errors import SealedError
from hub.kernel.ports import WrappedKey
from storage.blob_store import SmallBlobs, StoredBlob
from storage.mongo.schema import Row, reached

BUCKET, PAGE = "files", 1000
DAY_MS = 86_400_000
# By the server's clock, which all hubs share.
LONG_AGO: Row = {"$expr": {"$lt": ["$at", {"$subtract": ["$$NOW", DAY_MS]}]}}


class CollectionBlobs:
    """storage.blob_store.SmallBlobs."""

    def __init__(self, things: Collection[Row]) -> None:
        self._things, self.where = things, f"MongoDB, {things.full_name}"

    def names(self) -> list[str]:
        with reached():
            return [row["_id"] for row in self._things.find({}, {"_id": 1}, sort=[("_id", 1)])]

    def get(self, name: str) -> bytes | None:
        with reached():
            row = self._things.find_one({"_id": name})
        return row["content"] if row else None

    def put(self, name: str, content: bytes, *, again: bool = False) -> None:
        row = {"_id": name, "content": content}
        with reached():
            try:
                if again:
                    self._things.replace_one({"_id": name}, row, upsert=True)
                else:
                    self._things.insert_one(row)
            except DuplicateKeyError as error:
                message = f"{self.where}/{name} is there already"
                raise SealedError(message) from error

    def drop(self, name: str) -> None:
        with reached():
            self._things.delete_one({"_id": name})


class GridBlobStore:
    """storage.blob_store.BlobStore. A content is there when its entry in files.files is, which is written last and deleted first."""

    def __init__(self, db: Database[Row]) -> None:
        self._grid, self._bucket = db[BUCKET], GridFSBucket(db, BUCKET)
        self._files, self._chunks, self._unfinished = self._grid.files, self._grid.chunks, self._grid.unfinished
        self.where = f"MongoDB, {db.name}"
        self.marks: SmallBlobs = CollectionBlobs(self._grid["keys"])

    def add(self, pieces: Iterable[bytes], told: Callable[[], tuple[str, WrappedKey | None]]) -> None:
        number = ObjectId()
        with reached():
            self._begin(number)
            draft = self._bucket.open_upload_stream_with_id(number, "")
            try:
                for piece in pieces:
                    draft.write(piece)
                file, wrapped = told()
                if self.has(file) if wrapped is None else self._entry(_named(file, sealed=True)):
                    draft.abort()
                else:
                    draft.filename = _named(file, sealed=wrapped is not None)
                    draft.set("metadata", _metadata(wrapped))
                    draft.close()
            except FileExists:  # somebody was faster with the same content
                draft.abort()
            except BaseException:
                with suppress(PyMongoError):  # what cannot be removed now is swept later
                    draft.abort()
                    self._unfinished.delete_one({"_id": number})
                raise
            self._unfinished.delete_one({"_id": number})

    def has(self, file: str) -> bool:
        with reached():
            return any(self._entry(_named(file, sealed=sealed)) for sealed in (True, False))

    def open(self, file: str, *, sealed: bool) -> StoredBlob | None:
        with reached():
            entry = self._entry(_named(file, sealed=sealed))
            if entry is None:
                return None
            return StoredBlob(_Reading(GridOut(self._grid, file_document=entry)), entry["length"], _wrapped(entry["metadata"]))

    def drop(self, file: str, *, sealed: bool) -> None:
        name = _named(file, sealed=sealed)
        with reached():
            entry = self._entry(name)
            gone = {row["_id"] for row in self._unfinished.find({"dropped": name})} | ({entry["_id"]} if entry else set())
            for number in gone:
                self._begin(number, dropped=name)
                self._files.delete_one({"_id": number})
                self._chunks.delete_many({"files_id": number})
                self._unfinished.delete_one({"_id": number})

    def wrap(self, file: str, again: Callable[[WrappedKey], WrappedKey | None]) -> bool:
        with reached():
            entry = self._entry(_named(file, sealed=True))
            old = _wrapped(entry["metadata"]) if entry else None
            wrapped = again(old) if old else None
            if entry is None or wrapped is None:
                return False
            # A concurrent rewrapping, or deletion of the file, takes precedence.
            where = {"_id": entry["_id"], "metadata": entry["metadata"]}
            return self._files.update_one(where, {"$set": {"metadata": _metadata(wrapped)}}).modified_count > 0

    def all(self) -> Iterator[str]:
        last = ""
        while names := self._page(last):
            yield from dict.fromkeys(name.partition(".")[0] for name in names)
            last = names[-1].partition(".")[0] + "/"  # behind both forms of the last one

    def totals(self) -> tuple[int, int]:
        with reached():
            for row in self._files.aggregate([{"$group": {"_id": None, "count": {"$sum": 1}, "size": {"$sum": "$length"}}}]):
                return row["count"], row["size"]
        return 0, 0

    def sweep(self) -> int:
        with reached():
            left = [row["_id"] for row in self._unfinished.find(LONG_AGO)]
            for number in left:
                if self._files.find_one({"_id": number}, {"_id": 1}) is None:
                    self._chunks.delete_many({"files_id": number})
                self._unfinished.delete_one({"_id": number})
            return len(left)

    def _begin(self, number: ObjectId, **more: str) -> None:
        self._unfinished.update_one({"_id": number}, {"$currentDate": {"at": True}, "$set": {"dropped": "", **more}}, upsert=True)

    def _entry(self, name: str) -> Row | None:
        return self._files.find_one({"filename": name})

    def _page(self, after: str) -> list[str]:
        with reached():
            return [row["filename"] for row in self._files.find(
                {"filename": {"$gt": after}}, {"filename": 1}, sort=[("filename", 1)], limit=PAGE)]


class _Reading:
    """storage.blob_store.Content."""

    def __init__(self, stored: GridOut) -> None:
        self._stored = stored

    def read(self, size: int = -1, /) -> bytes:
        with reached():
            return self._stored.read(size)

    def close(self) -> None:
        self._stored.close()



def _named(file: str, *, sealed: bool) -> str:
    return f"{file}.sealed" if sealed else file


def _metadata(wrapped: WrappedKey | None) -> Row:
    return {"key": wrapped.key, "content": wrapped.content} if wrapped else {}


def _wrapped(metadata: Row) -> WrappedKey | None:
    return WrappedKey(metadata["key"], metadata["content"]) if metadata else None
