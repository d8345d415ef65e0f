"""The ledger on MongoDB: each transaction that changes a row changes the root, so that of two concurrent hubs one retries."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError
from pymongo.synchronous.client_session import ClientSession
from pymongo.synchronous.database import Database as SyncDatabase

from hub.kernel.errors import SealedError
from storage.ledger import (
    HEADS,
    KIND,
    LISTED,
    RECORDS,
    ROOT,
    List,
    Root,
    Touched,
    check_witness,
    document_place,
    head_place,
    number_of,
    record_place,
)
from storage.mongo.schema import DOWN, Database, Row, Session
from storage.recount import Row as Counted
from storage.vault import Vault

ROOT_ID = f"{KIND}/{ROOT}"
TRIES = 5
"""Rows and root are read one after the other: after a concurrent change they are read again."""
End = tuple[int, bytes]
"""Number and hash of the audit's last record."""


async def advance(db: Database, vault: Vault, touched: Touched, end: End | None, session: Session) -> tuple[int, bytes | None]:
    """Write the ledger for what a transaction has changed: its generation, and the root's document where it is another. Raises SealedError.

    `end` is where the audit stood before, as far as it is known.
    """
    row = await db.documents.find_one({"_id": ROOT_ID}, session=session)
    root = vault.ledger.root(_doc(row), vault.ledger.floor)
    if not touched:
        return root.generation, None
    lists: dict[str, List] = {}
    for kind in touched.lists:
        doc = None if vault.ledger.knows(root, kind) else _doc(await db.documents.find_one({"_id": f"{KIND}/{kind}"}, session=session))
        lists[kind] = vault.ledger.list(root, kind, lambda doc=doc: doc)  # type: ignore[misc]  # the default binds the loop's value
    after, written = vault.ledger.following(root, touched, lists.__getitem__)
    document = bytes(vault.ledger.sealed(after, end or (root.number, root.hash)))
    for key, content in (*written.items(), (ROOT, document)):
        await db.documents.update_one({"_id": f"{KIND}/{key}"}, {"$set": {"doc": bytes(content)}}, upsert=True, session=session)
    return after.generation, document


def claim(db: SyncDatabase[Row], session: ClientSession) -> None:
    """Write the root at the beginning of a transaction: otherwise a hub that stores continuously would always win."""
    db.documents.update_one({"_id": ROOT_ID}, {"$inc": {"version": 1}}, session=session)


def advance_sync(db: SyncDatabase[Row], vault: Vault, touched: Touched, session: ClientSession) -> None:
    """The same for a command."""
    root = vault.ledger.root(_doc(db.documents.find_one({"_id": ROOT_ID}, session=session)), vault.ledger.floor)
    if touched:
        _write(db, vault, root, touched, session)


def begin(db: SyncDatabase[Row], vault: Vault) -> None:
    """The first ledger of an empty database, unless another hub has begun it in the same moment."""
    document = vault.ledger.sealed(vault.ledger.following(Root(), Touched(), lambda _: {})[0], (0, b""))
    with suppress(DuplicateKeyError):
        db.documents.insert_one({"_id": ROOT_ID, "doc": bytes(document), "version": 0})


def create(db: SyncDatabase[Row], vault: Vault, counted: Touched) -> None:
    """The first ledger, of rows that were counted while nobody else works on them."""
    _write(db, vault, Root(), counted, None)


def replace_sum(db: SyncDatabase[Row], vault: Vault) -> None:
    """Count the records anew: those that came out of a file are sealed anew on their way. Nobody else may work on them."""
    root = vault.ledger.root(_doc(db.documents.find_one({"_id": ROOT_ID})))
    touched = Touched()
    touched.sums[RECORDS] = tags(vault, db.journal.find({}, {"conversation": 1, "doc": 1})) - number_of(root.sums.get(RECORDS, b""))
    _write(db, vault, root, touched, None)


def list_of(db: SyncDatabase[Row], vault: Vault, kind: str, session: ClientSession) -> List:
    root = vault.ledger.root(_doc(db.documents.find_one({"_id": ROOT_ID}, session=session)), vault.ledger.floor)
    return vault.ledger.list(root, kind, lambda: _doc(db.documents.find_one({"_id": f"{KIND}/{kind}"}, session=session)))


def _write(db: SyncDatabase[Row], vault: Vault, root: Root, touched: Touched, session: ClientSession | None) -> None:
    def stored(kind: str) -> List:
        return vault.ledger.list(root, kind, lambda: _doc(db.documents.find_one({"_id": f"{KIND}/{kind}"}, session=session)))
    after, written = vault.ledger.following(root, touched, stored)
    last = db.audit.find_one({}, {"hash": 1}, sort=[("_id", DOWN)], session=session)
    document = vault.ledger.sealed(after, (int(last["_id"]), last["hash"]) if last else (0, b""))
    for key, content in (*written.items(), (ROOT, document)):
        db.documents.update_one({"_id": f"{KIND}/{key}"}, {"$set": {"doc": bytes(content)}}, upsert=True, session=session)


async def believed(db: Database, vault: Vault, kind: str, query: Row, *, asked: str = "", whole: bool = False, limit: int = 0) -> list[Row]:
    """Rows of documents that are as the ledger has them, in their order; `asked` is a key that must be there, `whole` all of the kind.

    Raises SealedError.
    """
    if not vault.closed or kind not in LISTED:
        return [row async for row in db.documents.find(query, sort=[("_id", 1)], limit=limit)]
    rows: list[Row] = []
    for left in reversed(range(TRIES)):
        floor = vault.ledger.floor
        rows = [row async for row in db.documents.find(query, sort=[("_id", 1)], limit=limit)]
        try:
            root = vault.ledger.root(_doc(await db.documents.find_one({"_id": ROOT_ID})), floor)
            doc = None if vault.ledger.knows(root, kind) else _doc(await db.documents.find_one({"_id": f"{KIND}/{kind}"}))
            tags = vault.ledger.list(root, kind, lambda doc=doc: doc)  # type: ignore[misc]  # the default binds the loop's value
            vault.ledger.believe(kind, ((row["_id"].partition("/")[2], row["doc"]) for row in rows), tags,
                                 tags if whole else [asked] if asked else ())
        except SealedError:
            if not left:
                raise
        else:
            break
    return rows


def check(db: SyncDatabase[Row], vault: Vault) -> None:
    """That root and audit are of each other, as far as a look tells. Raises SealedError."""
    if vault.closed:
        newest = db.audit.find_one({}, {"_id": 1}, sort=[("_id", DOWN)])  # before the root, which others may move on meanwhile
        root = vault.ledger.root(_doc(db.documents.find_one({"_id": ROOT_ID})))
        hashed = db.audit.find_one({"_id": root.number})
        behind = db.audit.find({"_id": {"$gte": root.number, "$lte": newest["_id"] if newest else 0}}, {"doc": 1})
        check_witness(root, (row.get("doc", b"") for row in behind), hashed["hash"] if hashed else None)


class ServerRows:
    """storage.recount.Rows of a database in one moment: the server keeps it for five minutes (minSnapshotHistoryWindowInSeconds)."""

    def __init__(self, db: SyncDatabase[Row], session: ClientSession | None) -> None:
        self._db, self._session = db, session

    def total(self) -> int:
        return sum(self._db[name].estimated_document_count() for name in ("documents", HEADS, RECORDS))

    def ledger(self, key: str) -> bytes | None:
        return _doc(self._db.documents.find_one({"_id": f"{KIND}/{key}"}, session=self._session))

    def rows(self) -> Iterator[Counted]:
        for row in self._db.documents.find({}, {"doc": 1}, session=self._session):
            kind, _, key = str(row["_id"]).partition("/")
            if kind != KIND:
                yield Counted(kind, key, document_place(kind, key), row["doc"])
        for row in self._db[HEADS].find({}, {"doc": 1}, session=self._session):
            yield Counted(HEADS, str(row["_id"]), head_place(row["_id"]), row["doc"])
        for row in self._db[RECORDS].find({}, {"conversation": 1, "doc": 1}, session=self._session):
            number = row["_id"]
            yield Counted(RECORDS, str(number), record_place(row["conversation"], number), row["doc"], f"{RECORDS}/{number}")

    def phrases(self) -> Iterator[tuple[int, bytes]]:
        """None are kept apart."""
        return iter(())

    def audit(self, number: int) -> tuple[Iterator[bytes], bytes | None]:
        hashed = self._db.audit.find_one({"_id": number}, session=self._session)
        behind = self._db.audit.find({"_id": {"$gte": number}}, {"doc": 1}, session=self._session)
        return (row.get("doc", b"") for row in behind), hashed["hash"] if hashed else None


@contextmanager
def view(client: MongoClient[Row], name: str) -> Iterator[ServerRows]:
    with client.start_session(snapshot=True) as session:
        yield ServerRows(client[name], session)


def change(touched: Touched | None, vault: Vault, group: str, key: str, place: str, before: Mapping[str, bytes] | None,
           after: bytes | None) -> None:
    """What became of a row; `before` is the row as it was."""
    if touched is not None:
        was = vault.tag(place, before["doc"]) if before else None
        touched.change(group, key, was, None if after is None else vault.tag(place, after))


def tags(vault: Vault, rows: Iterable[Row]) -> int:
    """The sum of the tags of records."""
    return sum(number_of(vault.tag(record_place(row["conversation"], row["_id"]), row["doc"])) for row in rows)


def _doc(row: Mapping[str, bytes] | None) -> bytes | None:
    return row["doc"] if row else None
