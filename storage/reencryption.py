"""Encryption and re-encryption of a database while others read and write: a few rows in each transaction."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storage import archive, documents, file_ledger
from storage.codec import MESSAGE, THOUGHT, conversation_of, open_row
from storage.ledger import HEADS, KIND, LISTED, RECORDS, ROOT, Root, Touched, document_place, head_place, record_place
from storage.recount import counted
from storage.vault import DOCUMENT, MARK, SAID, Database, SqliteKeys, Vault
from storage.vault import THOUGHT as THOUGHT_MARK

CHUNK = 1000
TABLES = ("journal", "phrases", "conversations")


def unlock(db: Database, again: Callable[[], sqlite3.Connection]) -> None:
    """Have the vault of a connection opened. Where there are keys for the first time, all is sealed at once that is looked up by digests.

    In one transaction, so that nothing is ever found by both. Raises SealedError.
    """
    db.execute("PRAGMA secure_delete = ON")  # what is sealed shall not stay in clear in free pages
    with _writing(db):
        if db.vault.unlock(SqliteKeys(db), lambda: SqliteKeys(again()), lambda: _empty(db)):
            if db.vault.closed:
                file_ledger.create(db, Touched())
            _seal_heads(db)
            _seal_documents(db)
            documents.digest_marks(db)
            archive.forget(db)
    db.execute("PRAGMA secure_delete = OFF")


def reseal(db: Database, told: Callable[[int, int], None]) -> int:
    """Re-encrypt the journal and the rest with the newest data key, a thousand rows a transaction; returns the number of changed rows.

    `told` gets the progress: rows examined, and all.
    """
    total = sum(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES)  # noqa: S608 - own names
    total += db.execute("SELECT count(*) FROM documents WHERE kind != ?", (KIND,)).fetchone()[0]
    looked = done = 0
    db.execute("PRAGMA secure_delete = ON")
    for table in TABLES:
        after = -1
        while rows := _chunk(db, table, after):
            with file_ledger.writing(db):
                done += _seal_rows(db, table, after, rows[-1])
            after, looked = rows[-1], looked + len(rows)
            told(looked, total)
    with file_ledger.writing(db):
        done += _seal_documents(db)
    told(total, total)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return done


def close(db: Database, told: Callable[[int, int], None]) -> None:
    """From now on accept only rows bound to their place. No hub may run. Raises SealedError for an unbound row."""
    with _writing(db):
        rows = counted(db.vault, file_ledger.FileRows(db), told)
        db.vault.close(SqliteKeys(db))
        file_ledger.create(db, rows)


def _empty(db: Database) -> bool:
    return not any(db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in (*TABLES, "documents"))  # noqa: S608 - own names


def _chunk(db: Database, table: str, after: int) -> list[int]:
    return [row[0] for row in db.execute(f"SELECT id FROM {table} WHERE id > ? ORDER BY id LIMIT ?", (after, CHUNK))]  # noqa: S608 - own names


def _seal_rows(db: Database, table: str, after: int, upto: int) -> int:
    """Read again inside the transaction: a head may have changed meanwhile."""
    columns = "conversation, phrase" if table == RECORDS else "NULL, NULL"
    rows = db.execute(f"SELECT id, doc, {columns} FROM {table} WHERE id > ? AND id <= ?", (after, upto)).fetchall()  # noqa: S608 - own names
    older = [row for row in rows if not db.vault.sealed_by_newest(row[1])]
    numbers = [row[0] for row in older]
    if table == RECORDS:
        file_ledger.touch_records(db, numbers)
    elif table == HEADS:
        file_ledger.touch_heads(db, numbers)
    db.executemany(f"UPDATE {table} SET doc = ? WHERE id = ?", [(_sealed(db.vault, table, *row), row[0]) for row in older])  # noqa: S608 - own names
    return len(older)


def _sealed(vault: Vault, table: str, number: int, doc: bytes, conversation: int | None, phrase: int | None) -> bytearray:
    if conversation is None:
        place = f"{table}/{number}"
        return vault.seal(bytearray(vault.open(doc, place)), place)
    kind = SAID if phrase else entry_kind(doc)
    return vault.seal(bytearray(open_row(vault, number, conversation, doc, phrase)), record_place(conversation, number, phrase), kind)


def _seal_heads(db: Database) -> None:
    """With their addresses, which are in clear until then."""
    vault = db.vault
    for number, doc in db.execute("SELECT id, doc FROM conversations").fetchall():
        clear = vault.open(doc, head_place(number))
        db.execute("UPDATE conversations SET address = ?, doc = ? WHERE id = ?",
                   (vault.address(conversation_of(clear).address), vault.seal(bytearray(clear), head_place(number)), number))


def _seal_documents(db: Database) -> int:
    """Encrypt documents again; an outdated version of a document must not become valid by that. Raises SealedError."""
    vault, done = db.vault, 0
    root = file_ledger.read_root(db, vault.ledger.floor) if vault.closed else Root()
    for kind, key, doc in db.execute("SELECT kind, key, doc FROM documents").fetchall():
        if vault.sealed_by_newest(doc):
            continue
        if kind == KIND:
            if db.touched is not None and key != ROOT:
                db.touched.lists.setdefault(key, {})
            continue
        if kind in LISTED and vault.closed:
            vault.ledger.believe(kind, [(key, doc)], file_ledger.read_list(db, root, kind))
        clear = bytearray(vault.open(doc, document_place(kind, key)))
        new = key if doc[:1] == MARK else vault.digest(key)
        file_ledger.touch_document(db, kind, key)
        db.execute("UPDATE documents SET key = ?, doc = ? WHERE kind = ? AND key = ?",
                   (new, vault.seal(clear, document_place(kind, new)), kind, key))
        done += 1
    return done


def entry_kind(doc: bytes) -> bytes:
    """What a row of the journal is, told by its beginning."""
    if doc[:1] == MARK:
        return doc[1:2]
    return SAID if doc.startswith(MESSAGE) else THOUGHT_MARK if doc.startswith(THOUGHT) else DOCUMENT


@contextmanager
def _writing(db: Database) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")
