"""Where a sealed store may lie: in a file, or on a server, and what whoever gets at it without keys can see and do there."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, Protocol

import bson
from pymongo import MongoClient

from bots.russian import Russian
from hub.conversations.ports import Store
from storage.mongo.rotation import recounted as server_recounted
from storage.mongo.rotation import server_opened
from storage.mongo.store import MongoStore
from storage.recount import Recount
from storage.rotation import Sealed, file_opened
from storage.rotation import recounted as file_recounted
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

    def rows(self) -> dict[str, bytes]:
        """Documents, heads and records, by their table and key: «documents/case/…», «conversations/10», «journal/11»."""

    def put(self, row: str, doc: bytes) -> None:
        """A row as somebody else writes it; of a document also one that is not there."""

    def drop(self, row: str) -> None: ...

    def recounted(self, vault: Vault) -> Recount: ...


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

    def rows(self) -> dict[str, bytes]:
        with closing(sqlite3.connect(self._path)) as db:
            found = {f"documents/{kind}/{key}": doc for kind, key, doc in db.execute("SELECT kind, key, doc FROM documents")}
            for table in ("conversations", "journal"):
                found |= {f"{table}/{number}": doc for number, doc in db.execute(f"SELECT id, doc FROM {table}")}
        return found

    def put(self, row: str, doc: bytes) -> None:
        table, _, key = row.partition("/")
        with closing(sqlite3.connect(self._path)) as db, db:
            if table == "documents":
                db.execute("INSERT OR REPLACE INTO documents (kind, key, doc) VALUES (?, ?, ?)", (*key.split("/"), doc))
            else:
                db.execute(f"UPDATE {table} SET doc = ? WHERE id = ?", (doc, int(key)))

    def drop(self, row: str) -> None:
        table, _, key = row.partition("/")
        with closing(sqlite3.connect(self._path)) as db, db:
            where = "kind || '/' || key" if table == "documents" else "CAST(id AS TEXT)"
            db.execute(f"DELETE FROM {table} WHERE {where} = ?", (key,))

    def recounted(self, vault: Vault) -> Recount:
        return file_recounted(self._path, vault, lambda *_: None)


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

    def rows(self) -> dict[str, bytes]:
        return self.ask(lambda db: {f"{name}/{row['_id']}": row["doc"] for name in ("documents", "conversations", "journal")
                                    for row in db[name].find()})

    def put(self, row: str, doc: bytes) -> None:
        table, _, key = row.partition("/")
        which = {"_id": key if table == "documents" else int(key)}
        self.ask(lambda db: db[table].update_one(which, {"$set": {"doc": doc}}, upsert=table == "documents"))

    def drop(self, row: str) -> None:
        table, _, key = row.partition("/")
        self.ask(lambda db: db[table].delete_one({"_id": key if table == "documents" else int(key)}))

    def recounted(self, vault: Vault) -> Recount:
        return server_recounted(self._uri, self._name, vault, lambda *_: None)

    def ask(self, what: Callable[[Any], Any]) -> Any:
        with MongoClient[dict[str, Any]](self._uri) as client:
            return what(client[self._name])
