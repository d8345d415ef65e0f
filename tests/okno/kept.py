"""A centre's store as whoever has the file, or the server's own tools, gets at it: the same harm to either."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import bson
from gridfs import GridFSBucket
from pymongo import MongoClient

TRIGGERS = "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; DROP TRIGGER audit_is_continued;"
ADDED = b',"detail":"?"}'


class Kept(Protocol):
    settings: str
    """A line of a configuration."""

    def seals(self) -> dict[str, bytes]:
        """What lies with the seals of the audit, by name."""

    def content(self, file: str) -> bytes:
        """A sealed file as it lies there."""

    def last_about(self, text: str) -> int:
        """The number of the audit's last record that has a text in it."""

    def altered(self, number: int) -> None:
        """A record has a detail more."""

    def cut(self, number: int) -> None:
        """Nothing is left behind a record, and the store remembers nothing else."""

    def documents(self, kind: str) -> dict[str, bytes]:
        """Documents of a kind as they lie there, by their keys."""

    def write(self, kind: str, key: str, doc: bytes) -> None:
        """Another document in its place."""


class File:
    settings = ""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seals(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self._path.parent / "audit").iterdir())}

    def content(self, file: str) -> bytes:
        return (self._path.parent / "files" / file[:2] / f"{file}.sealed").read_bytes()

    def last_about(self, text: str) -> int:
        with closing(sqlite3.connect(self._path)) as db:
            return int(db.execute("SELECT max(id) FROM audit WHERE instr(CAST(doc AS TEXT), ?)", (text,)).fetchone()[0])

    def altered(self, number: int) -> None:
        self._run(f"UPDATE audit SET doc = CAST(replace(CAST(doc AS TEXT), '}}', '{ADDED.decode()}') AS BLOB) WHERE id = {number}")

    def cut(self, number: int) -> None:
        self._run(f"DELETE FROM audit WHERE id > {number}; UPDATE sqlite_sequence SET seq = {number} WHERE name = 'audit'")

    def documents(self, kind: str) -> dict[str, bytes]:
        with closing(sqlite3.connect(self._path)) as db:
            return dict(db.execute("SELECT key, doc FROM documents WHERE kind = ?", (kind,)))

    def write(self, kind: str, key: str, doc: bytes) -> None:
        with closing(sqlite3.connect(self._path)) as db, db:
            db.execute("INSERT OR REPLACE INTO documents (kind, key, doc) VALUES (?, ?, ?)", (kind, key, doc))

    def _run(self, script: str) -> None:
        with closing(sqlite3.connect(self._path)) as db:
            db.executescript(TRIGGERS + script)


class Server:
    def __init__(self, uri: str, name: str) -> None:
        self.settings = f'store = {{ kind = "mongodb", uri = "{uri}", name = "{name}" }}\n'
        self._uri, self._name = uri, name

    def seals(self) -> dict[str, bytes]:
        return {row["_id"]: row["content"] for row in self._with(lambda db: list(db.seals.find(sort=[("_id", 1)])))}

    def content(self, file: str) -> bytes:
        return bytes(self._with(lambda db: GridFSBucket(db, "files").open_download_stream_by_name(f"{file}.sealed").read()))

    def last_about(self, text: str) -> int:
        rows = self._with(lambda db: list(db.audit.find(sort=[("_id", -1)])))
        return next(int(row["_id"]) for row in rows if text.encode() in row["doc"])

    def altered(self, number: int) -> None:
        doc = self._with(lambda db: db.audit.find_one({"_id": number}))["doc"]
        self._with(lambda db: db.audit.update_one({"_id": number}, {"$set": {"doc": doc.replace(b"}", ADDED)}}))

    def cut(self, number: int) -> None:
        self._with(lambda db: db.audit.delete_many({"_id": {"$gt": number}}))
        self._with(lambda db: db.schema.update_one({"_id": "audit"}, {"$set": {"newest": number}}))

    def documents(self, kind: str) -> dict[str, bytes]:
        rows = self._with(lambda db: list(db.documents.find({"_id": {"$gt": f"{kind}/", "$lt": f"{kind}0"}})))
        return {row["_id"].partition("/")[2]: row["doc"] for row in rows}

    def write(self, kind: str, key: str, doc: bytes) -> None:
        self._with(lambda db: db.documents.update_one({"_id": f"{kind}/{key}"}, {"$set": {"doc": doc}}, upsert=True))

    def leased(self, until: datetime) -> None:
        """Another machine's hub leads."""
        self._with(lambda db: db.leases.replace_one({"_id": "hub"}, {"owner": "another", "term": 7, "until": until}, upsert=True))

    def everything(self) -> bytes:
        return bytes(self._with(lambda db: b"".join(bson.encode(row) for name in db.list_collection_names() for row in db[name].find())))

    def _with(self, ask: Callable[[Any], Any]) -> Any:
        with MongoClient[dict[str, Any]](self._uri) as client:
            return ask(client[self._name])
