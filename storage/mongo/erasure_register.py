"""The register of erasures in a collection: numbered from 1 without gaps, for all hubs."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from pymongo.errors import BulkWriteError
from pymongo.synchronous.collection import Collection

from hub.privacy.erased_conversation import Erasure
from storage.erasure_register import ErasureFile, led
from storage.mongo.indexes import DUPLICATE
from storage.mongo.schema import Row, reached


class ErasureCollection:
    """storage.erasure_register.DurableErasureRegister."""

    def __init__(self, lines: Collection[Row], copy: Path | None = None) -> None:
        """`copy` is a file in a folder that somebody else keeps."""
        self._lines, self._copy = lines, copy

    def add(self, erasures: Sequence[Erasure]) -> None:
        with reached():
            left = list(erasures)
            while left:
                left = left[self._added(self._lines, self._last(), left):]
        if self._copy is not None and self._copy.parent.is_dir():
            copy = ErasureFile(self._copy)
            copy.add(self.after(len(copy.after(0))))

    def after(self, number: int, limit: int | None = None) -> list[Erasure]:
        with reached():
            rows = self._lines.find({"_id": {"$gt": number}}, sort=[("_id", 1)], limit=limit or 0)
            return [msgspec.json.decode(row["line"], type=Erasure) for row in rows]

    def lead(self, erasures: Sequence[Erasure]) -> None:
        here = self.after(0)
        if here[:len(erasures)] == list(erasures):
            return
        with reached():
            draft = self._lines.database[f"{self._lines.name}.draft"]
            draft.drop()
            self._added(draft, 0, led(erasures, here))
            draft.rename(self._lines.name, dropTarget=True)

    def _last(self) -> int:
        row = self._lines.find_one(sort=[("_id", -1)])
        return row["_id"] if row else 0

    def _added(self, lines: Collection[Row], last: int, erasures: Sequence[Erasure]) -> int:
        """Number of added ones: another hub may have used a number meanwhile."""
        try:
            lines.insert_many([{"_id": at, "line": msgspec.json.encode(each)} for at, each in enumerate(erasures, last + 1)])
        except BulkWriteError as error:
            if any(each["code"] != DUPLICATE for each in error.details["writeErrors"]):
                raise
            return int(error.details["nInserted"])
        return len(erasures)
