"""Documents and their index entries on MongoDB. Writes run inside the writer's transaction."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from pymongo.errors import DuplicateKeyError

from hub.kernel.document import Document
from hub.kernel.errors import ConflictError
from hub.kernel.ports import D
from storage.codec import Row, dump_document, found_by, key_of, kind_of, load_document, marks_of
from storage.ledger import document_place
from storage.mongo.ledger import believed, change
from storage.mongo.schema import Database, Work, once_more
from storage.mongo.schema import Row as Found
from storage.vault import Vault

Named = tuple[str, str]
"""Kind and key, as a row has them."""
Range = tuple[datetime | None, datetime | None]
CHANGED = "a document has changed meanwhile"


def _id(kind: str, key: str) -> str:
    """No kind has a slash in its name."""
    return f"{kind}/{key}"


async def put(db: Database, vault: Vault, row: Row, work: Work) -> None:
    kind, key, doc, marks = row
    session = work.session
    new = {"$set": {"doc": bytes(doc)}, "$inc": {"version": 1}}
    try:
        if work.touched is None:
            await db.documents.update_one({"_id": _id(kind, key)}, new, upsert=True, session=session)
        else:
            before = await db.documents.find_one_and_update({"_id": _id(kind, key)}, new, {"doc": 1}, upsert=True, session=session)
            change(work.touched, vault, kind, key, document_place(kind, key), before, bytes(doc))
    except DuplicateKeyError as error:
        raise once_more("another hub put the same document") from error
    if marks is None:
        return
    await db.marks.delete_many({"kind": kind, "key": key}, session=session)
    if marks:
        rows = [{"kind": kind, "name": name, "value": value, "at": at, "key": key} for name, value, at in dict.fromkeys(marks)]
        await db.marks.insert_many(rows, session=session)


async def drop(db: Database, vault: Vault, named: Named, work: Work) -> None:
    kind, key = named
    before = await db.documents.find_one_and_delete({"_id": _id(kind, key)}, {"doc": 1}, session=work.session)
    change(work.touched, vault, kind, key, document_place(kind, key), before, None)
    await db.marks.delete_many({"kind": kind, "key": key}, session=work.session)


async def exchange(db: Database, vault: Vault, gone: Sequence[Named], rows: Sequence[Row], work: Work) -> None:
    for named in gone:
        await drop(db, vault, named, work)
    for row in rows:
        await put(db, vault, row, work)


async def guard(db: Database, vault: Vault, seen: Sequence[Document], new: Sequence[Document], work: Work) -> None:
    """Raises ConflictError where a document of `seen` has changed, or one of `new` exists.

    Documents only read are written, too: otherwise two transactions could each change what the other has read.
    """
    for document in seen:
        kind, key = kind_of(document), vault.digest(key_of(document))
        row = await db.documents.find_one({"_id": _id(kind, key)}, session=work.session)
        if row is None or load_document(vault, type(document), key, row["doc"]) != document:
            raise ConflictError(CHANGED)
        await db.documents.update_one({"_id": row["_id"]}, {"$inc": {"version": 1}}, session=work.session)
    for document in new:
        kind, key, doc, _ = dump_document(vault, document)
        try:
            await db.documents.insert_one({"_id": _id(kind, key), "doc": bytes(doc), "version": 0}, session=work.session)
        except DuplicateKeyError as error:
            raise ConflictError(CHANGED) from error
        change(work.touched, vault, kind, key, document_place(kind, key), None, bytes(doc))


async def get(db: Database, vault: Vault, kind: type[D], key: str) -> D | None:
    digest = vault.digest(key)
    name = kind_of(kind)
    rows = await believed(db, vault, name, {"_id": _id(name, digest)}, asked=digest)
    return load_document(vault, kind, digest, rows[0]["doc"]) if rows else None


async def page(db: Database, vault: Vault, kind: type[D], after: str, limit: int) -> list[D]:
    """Those behind a key; without a limit (0) all."""
    name = kind_of(kind)
    within = {"$gt": _id(name, after and vault.digest(after)), "$lt": f"{name}0"}  # "0" follows "/"
    rows = await believed(db, vault, name, {"_id": within}, whole=not (after or limit), limit=limit)
    return [_loaded(vault, kind, row) for row in rows]


def _loaded(vault: Vault, kind: type[D], row: Found) -> D:
    return load_document(vault, kind, row["_id"].partition("/")[2], row["doc"])


async def marked(db: Database, vault: Vault, kind: type[D], mark: tuple[str, str], within: Range, after: D | None, limit: int, *,
                 newest: bool) -> list[D]:
    """Keys out of the marks' own index, then the documents, in their order."""
    query, down = _query(vault, kind, mark, within), -1 if newest else 1
    if after is not None:
        at = next(each.at for each in marks_of(after) if (each.name, each.value) == mark).timestamp()
        beyond = "$lt" if newest else "$gt"
        query["$or"] = [{"at": {beyond: at}}, {"at": at, "key": {beyond: vault.digest(key_of(after))}}]
    marks = db.marks.find(query, {"key": 1}, sort=[("at", down), ("key", down)], limit=limit)
    keys = [_id(kind_of(kind), row["key"]) async for row in marks]
    rows = {row["_id"]: row for row in await believed(db, vault, kind_of(kind), {"_id": {"$in": keys}})} if keys else {}
    return [found_by(vault, _loaded(vault, kind, rows[key]), mark) for key in keys if key in rows]


async def count(db: Database, vault: Vault, kind: type[Struct], mark: tuple[str, str], within: Range) -> int:
    return int(await db.marks.count_documents(_query(vault, kind, mark, within)))


def _query(vault: Vault, kind: type[Struct], mark: tuple[str, str], within: Range) -> Found:
    query: Found = {"kind": kind_of(kind), "name": mark[0], "value": vault.digest(mark[1])}
    bounds = {sign: at.timestamp() for sign, at in zip(("$gte", "$lt"), within, strict=True) if at is not None}
    return query | {"at": bounds} if bounds else query
