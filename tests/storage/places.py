"""Where a sealed store may lie: in a file, or on a server, and what whoever gets at it without keys can see and do there."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, Protocol

import bson
from pymongo import MongoClient

from bots.russian import Russian
from hub.ports import Store
from storage.mongo import MongoStore
from storage.mongo_rotation import server_opened
from storage.rotation import Sealed, file_opened
from storage.sqlite import SqliteStore
from storage.vault import Vault


class Place(Protocol):
    phrases: int
    """How many rows of their own what the robot says again and again has."""

    def store(self, russian: Russian, vault: Vault) -> Store: ...

    def sealed(self, vault: Vault) -> AbstractContextManager[Sealed]: ...

    def content(self) -> bytes:
        """All that lies there."""

    def docs(self) -> dict[int, bytes]:
        """Of the journal, by their numbers."""

    def write(self, number: int, doc: bytes) -> None:
        """Another one in its place."""


class InFile:
    phrases = 1

    def __init__(self, path: Path) -> None:
        self._path = path

    def store(self, russian: Russian, vault: Vault) -> Store:
        return SqliteStore(self._path, russian, vault, archive_delay_s=0)

    def sealed(self, vault: Vault) -> AbstractContextManager[Sealed]:
        return file_opened(self._path, vault)

    def content(self) -> bytes:
        return b"".join(file.read_bytes() for file in self._path.parent.glob(f"{self._path.name}*"))

    def docs(self) -> dict[int, bytes]:
        with closing(sqlite3.connect(self._path)) as db:
            return dict(db.execute("SELECT id, doc FROM journal"))

    def write(self, number: int, doc: bytes) -> None:
        with closing(sqlite3.connect(self._path)) as db, db:
            db.execute("UPDATE journal SET doc = ? WHERE id = ?", (doc, number))


class OnServer:
    phrases = 0

    def __init__(self, uri: str, name: str) -> None:
        self._uri, self._name = uri, name

    def store(self, russian: Russian, vault: Vault) -> Store:
        return MongoStore(self._uri, self._name, russian, vault)

    def sealed(self, vault: Vault) -> AbstractContextManager[Sealed]:
        return server_opened(self._uri, self._name, vault)

    def content(self) -> bytes:
        return self.ask(lambda db: b"".join(bson.encode(row) for name in db.list_collection_names() for row in db[name].find()))

    def docs(self) -> dict[int, bytes]:
        return self.ask(lambda db: {row["_id"]: row["doc"] for row in db.journal.find()})

    def write(self, number: int, doc: bytes) -> None:
        self.ask(lambda db: db.journal.update_one({"_id": number}, {"$set": {"doc": doc}}))

    def ask(self, what: Callable[[Any], Any]) -> Any:
        with MongoClient[dict[str, Any]](self._uri) as client:
            return what(client[self._name])
