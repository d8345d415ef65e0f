"""Encryption and re-encryption on MongoDB while hubs read and write: each row only where it is unchanged since it was read.

The rows themselves show what is pending, so that an interrupted run continues. Data in clear is encrypted while all hubs are
stopped: none starts until it is done.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from pymongo import DeleteOne, InsertOne, MongoClient, UpdateOne
from pymongo.synchronous.client_session import ClientSession
from pymongo.synchronous.collection import Collection
from pymongo.synchronous.database import Database

from storage.codec import conversation_of
from storage.ledger import KIND, LISTED, RECORDS, ROOT, Touched, document_place, head_place, record_place
from storage.mongo.keys import SEALING, MongoKeys, in_clear, open_vault
from storage.mongo.ledger import ServerRows, advance_sync, change, claim, create, list_of, view
from storage.mongo.schema import OPTIONS, UP, Row, opened, prepare
from storage.recount import Recount, counted, recount
from storage.reencryption import entry_kind
from storage.rotation import Sealed, Told
from storage.vault import MARK, Vault

T = TypeVar("T")
CHUNK = 500
FIELDS = {"doc": 1, "words": 1, "conversation": 1}


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
        keys = MongoKeys(client, name)
        yield Sealed(keys, lambda told: _reseal(db, vault, told), lambda told: _close(db, keys, vault, told))


def recounted(uri: str, name: str, vault: Vault, told: Told) -> Recount:
    """All rows of a database against its ledger, also while hubs write. Raises UnavailableStoreError, SealedError."""
    with opened(uri) as client:
        vault.read(MongoKeys(client, name), lambda: MongoKeys(MongoClient(uri, **OPTIONS), name))
        with view(client, name) as rows:
            return recount(vault, rows, told)


def _close(db: Database[Row], keys: MongoKeys, vault: Vault, told: Told) -> None:
    """From now on accept only rows bound to their place. No hub may run.

    The ledger exists before the key that says so: an interrupted run creates it again. Raises SealedError.
    """
    create(db, vault, counted(vault, ServerRows(db, None), told))
    vault.close(keys)


def _reseal(db: Database[Row], vault: Vault, told: Told) -> int:
    rows = (db.journal, db.conversations, db.documents)
    total = sum(each.estimated_document_count() for each in rows)
    looked = done = 0
    for collection in rows:
        for chunk in _chunks(collection):
            looked += len(chunk)
            if collection.name == "documents":
                done += _seal_documents(db, vault, [row for row in chunk if row["doc"][:1] != MARK])
                chunk = [row for row in chunk if row["doc"][:1] == MARK and not _of_ledger(row)]  # noqa: PLW2901 - the others lie elsewhere now
            done += _seal_counted(db, collection, vault, chunk) if vault.closed else _seal(collection, vault, chunk)
            told(min(looked, total), total)
    if vault.closed:
        _in_transaction(db, lambda session: _seal_lists(db, vault, session))
    db.schema.delete_one(SEALING)
    told(total, total)
    return done


def _of_ledger(row: Row) -> bool:
    return str(row["_id"]).startswith(f"{KIND}/")


def _chunks(collection: Collection[Row]) -> Iterator[list[Row]]:
    query: Row = {}
    while rows := list(collection.find(query, FIELDS, sort=[("_id", UP)], limit=CHUNK)):
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
        rows = list(collection.find({"_id": {"$in": [row["_id"] for row in older]}}, FIELDS))
    return done


def _seal_counted(db: Database[Row], collection: Collection[Row], vault: Vault, rows: Sequence[Row]) -> int:
    """The same where a ledger is kept, which is written with them: what runs into a hub's transaction is tried again."""
    numbers = [row["_id"] for row in rows if not vault.sealed_by_newest(row["doc"])]

    def run(session: ClientSession) -> int:
        claim(db, session)
        touched, new = Touched(), list[UpdateOne]()
        for row in collection.find({"_id": {"$in": numbers}}, FIELDS, session=session):
            if not vault.sealed_by_newest(row["doc"]):
                group, key, place = _where(collection.name, row)
                if group in LISTED:
                    vault.ledger.believe(group, [(key, row["doc"])], list_of(db, vault, group, session))
                fields = _sealed(collection.name, vault, row)
                change(touched, vault, group, key, place, row, fields["doc"])
                new.append(UpdateOne({"_id": row["_id"]}, {"$set": fields}))
        if new:
            collection.bulk_write(new, session=session)
            advance_sync(db, vault, touched, session)
        return len(new)
    return _in_transaction(db, run) if numbers else 0


def _seal_lists(db: Database[Row], vault: Vault, session: ClientSession) -> None:
    """Encrypt the ledger's own lists; its root is encrypted again with each transaction."""
    claim(db, session)
    touched = Touched()
    for row in db.documents.find({"_id": {"$gt": f"{KIND}/", "$lt": f"{KIND}0"}}, session=session):
        kind = str(row["_id"]).partition("/")[2]
        if kind != ROOT and not vault.sealed_by_newest(row["doc"]):
            touched.lists[kind] = {}
    advance_sync(db, vault, touched, session)


def _in_transaction(db: Database[Row], run: Callable[[ClientSession], T]) -> T:
    with db.client.start_session() as session:
        return session.with_transaction(run)


def _where(name: str, row: Row) -> tuple[str, str, str]:
    """Group, key and place of a row."""
    if name == "documents":
        kind, _, key = str(row["_id"]).partition("/")
        return kind, key, document_place(kind, key)
    number = int(row["_id"])
    return name, str(number), record_place(int(row["conversation"]), number) if name == RECORDS else head_place(number)


def _sealed(name: str, vault: Vault, row: Row) -> Row:
    """A row's new fields; of one that lies in clear also those by which it is found."""
    doc, (_, _, place) = row["doc"], _where(name, row)
    clear = vault.open(doc, place, f"{name}/{row['_id']}")
    fields: Row = {"doc": bytes(vault.seal(bytearray(clear), place, entry_kind(doc)))}
    if doc[:1] != MARK and name == "conversations":
        fields["address"] = vault.address(conversation_of(clear).address)
    if doc[:1] != MARK and "words" in row:
        fields["words"] = [vault.word(word) for word in row["words"]]
    return fields


def _seal_documents(db: Database[Row], vault: Vault, rows: Sequence[Row]) -> int:
    """What lies in clear gets another name with its seal, and so do its marks: all of it or nothing. Raises SealedError where none may."""
    if not rows:
        return 0
    if vault.closed:
        vault.open(rows[0]["doc"], f"documents/{rows[0]['_id']}")
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
    _in_transaction(db, run)
    return len(rows)
