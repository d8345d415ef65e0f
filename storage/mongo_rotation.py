"""What is stored on MongoDB is sealed, or sealed anew, while hubs read and write: each row only where it is still as it was read.

What is not done yet is told by the rows themselves, so that whoever was stopped goes on. What lies in clear is sealed while all hubs are
stopped: none starts until it is done.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pymongo import DeleteOne, InsertOne, UpdateOne
from pymongo.synchronous.client_session import ClientSession
from pymongo.synchronous.collection import Collection
from pymongo.synchronous.database import Database

from storage.codec import conversation_of
from storage.mongo_keys import SEALING, MongoKeys, in_clear, open_vault
from storage.mongo_schema import UP, Row, opened, prepare
from storage.resealing import entry_kind
from storage.rotation import Sealed, Told
from storage.vault import MARK, Vault

CHUNK = 500


def lies_in_clear(uri: str, name: str) -> bool:
    """Whether hubs must be stopped before what is stored is sealed; raises UnavailableStoreError."""
    with opened(uri) as client:
        return in_clear(client[name])


@contextmanager
def server_opened(uri: str, name: str, vault: Vault) -> Iterator[Sealed]:
    """Raises UnavailableStoreError, SealedError."""
    with opened(uri) as client:
        db = client[name]
        prepare(db)
        if in_clear(db):
            db.schema.replace_one(SEALING, SEALING, upsert=True)
        open_vault(uri, client, name, vault)
        yield Sealed(MongoKeys(client, name), lambda told: _reseal(db, vault, told))


def _reseal(db: Database[Row], vault: Vault, told: Told) -> int:
    rows = (db.journal, db.conversations, db.documents)
    total = sum(each.estimated_document_count() for each in rows)
    looked = done = 0
    for collection in rows:
        for chunk in _chunks(collection):
            if collection.name == "documents":
                done += _seal_documents(db, vault, [row for row in chunk if row["doc"][:1] != MARK])
                chunk = [row for row in chunk if row["doc"][:1] == MARK]  # noqa: PLW2901 - the others lie elsewhere now
            done += _seal(collection, vault, chunk)
            looked += len(chunk)
            told(min(looked, total), total)
    db.schema.delete_one(SEALING)
    told(total, total)
    return done


def _chunks(collection: Collection[Row]) -> Iterator[list[Row]]:
    query: Row = {}
    while rows := list(collection.find(query, {"doc": 1, "words": 1}, sort=[("_id", UP)], limit=CHUNK)):
        yield rows
        query = {"_id": {"$gt": rows[-1]["_id"]}}


def _seal(collection: Collection[Row], vault: Vault, rows: Sequence[Row]) -> int:
    """How many were not sealed by the newest data key. What a hub has changed meanwhile is read again."""
    done = 0
    while older := [row for row in rows if not vault.sealed_by_newest(row["doc"])]:
        new = [UpdateOne({"_id": row["_id"], "doc": row["doc"]}, {"$set": _sealed(collection.name, vault, row)}) for row in older]
        written = collection.bulk_write(new, ordered=False)
        done += written.matched_count
        if written.matched_count == len(older):
            break
        rows = list(collection.find({"_id": {"$in": [row["_id"] for row in older]}}, {"doc": 1, "words": 1}))
    return done


def _sealed(name: str, vault: Vault, row: Row) -> Row:
    """A row's new fields; of one that lies in clear also those by which it is found."""
    doc, place = row["doc"], f"{name}/{row['_id']}"
    clear = vault.open(doc, place)
    fields: Row = {"doc": bytes(vault.seal(bytearray(clear), place, entry_kind(doc)))}
    if doc[:1] != MARK and name == "conversations":
        fields["address"] = vault.address(conversation_of(clear).address)
    if doc[:1] != MARK and "words" in row:
        fields["words"] = [vault.word(word) for word in row["words"]]
    return fields


def _seal_documents(db: Database[Row], vault: Vault, rows: Sequence[Row]) -> int:
    """What lies in clear gets another name with its seal, and so do its marks: all of it or nothing."""
    if not rows:
        return 0
    new: list[DeleteOne | InsertOne[Row]] = []
    marks: list[UpdateOne] = []
    for row in rows:
        kind, _, key = row["_id"].partition("/")
        name = f"{kind}/{vault.digest(key)}"
        new += (DeleteOne({"_id": row["_id"]}),
                InsertOne({"_id": name, "doc": bytes(vault.seal(bytearray(row["doc"]), f"documents/{name}")), "version": 0}))
        marks += [UpdateOne({"_id": mark["_id"]}, {"$set": {"key": vault.digest(key), "value": vault.digest(mark["value"])}})
                  for mark in db.marks.find({"kind": kind, "key": key})]

    def run(session: ClientSession) -> None:
        db.documents.bulk_write(new, session=session)
        if marks:
            db.marks.bulk_write(marks, session=session)
    with db.client.start_session() as session:
        session.with_transaction(run)
    return len(rows)
