"""The audit on MongoDB as whoever verifies or exports it reads it."""

from collections.abc import Callable, Iterator

from pymongo import MongoClient

from hub.audit.hash_chain import START
from hub.audit.hash_chain import Row as Link
from storage.mongo.schema import DOWN, OPTIONS, UP, Row, reached


class MongoReading:
    """storage.audit.Reading."""

    def __init__(self, uri: str, name: str) -> None:
        with reached():
            self._client = MongoClient[Row](uri, **OPTIONS)
        self._db = self._client[name]

    def end(self) -> tuple[int, bytes]:
        with reached():
            last = self._db.audit.find_one({}, {"hash": 1}, sort=[("_id", DOWN)])
        return (int(last["_id"]), last.get("hash", b"")) if last else (0, START)

    def hash_at(self, number: int) -> bytes:
        with reached():
            found = self._db.audit.find_one({"_id": {"$lte": number}}, {"hash": 1}, sort=[("_id", DOWN)])
        return bytes(found["hash"]) if found else START

    def rows(self, upto: int) -> Callable[[int], Iterator[Link]]:
        def behind(first: int) -> Iterator[Link]:
            with reached():
                for row in self._db.audit.find({"_id": {"$gte": first, "$lte": upto}}, {"about": 0}, sort=[("_id", UP)]):
                    # A number with a fraction was put there by somebody else: it lies where another has been.
                    yield int(row["_id"]), row.get("doc"), row.get("hash")
        return behind

    def remembered(self) -> int:
        with reached():
            row = self._db.schema.find_one({"_id": "audit"})
        return int(row["newest"]) if row else 0

    def close(self) -> None:
        self._client.close()
