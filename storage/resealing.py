"""What is stored is sealed, or sealed anew, while others read and write: a few rows in each transaction."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storage import archive, documents
from storage.codec import MESSAGE, THOUGHT, conversation_of
from storage.vault import DOCUMENT, MARK, SAID, Database, SqliteKeys
from storage.vault import THOUGHT as THOUGHT_MARK

CHUNK = 1000


def unlock(db: Database, again: Callable[[], sqlite3.Connection]) -> None:
    """Have the vault of a connection opened. Where there are keys for the first time, all is sealed at once that is looked up by digests.

    In one transaction, so that nothing is ever found by both. Raises SealedError.
    """
    db.execute("PRAGMA secure_delete = ON")  # what is sealed shall not stay in clear in free pages
    with _writing(db):
        if db.vault.unlock(SqliteKeys(db), lambda: SqliteKeys(again())):
            _seal_heads(db)
            _seal_documents(db)
            documents.digest_marks(db)
            archive.forget(db)
    db.execute("PRAGMA secure_delete = OFF")


def reseal(db: Database, told: Callable[[int, int], None]) -> int:
    """Have the journal and all else sealed by the newest data key, a transaction for each thousand rows; how many rows were not.

    `told` hears how far it is: rows looked at, and all.
    """
    total = sum(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("journal", "phrases", "conversations", "documents"))  # noqa: S608
    looked = done = 0
    db.execute("PRAGMA secure_delete = ON")
    for table in ("journal", "phrases", "conversations"):
        after = -1
        while rows := _chunk(db, table, after):
            with _writing(db):
                done += _seal_rows(db, table, after, rows[-1])
            after, looked = rows[-1], looked + len(rows)
            told(looked, total)
    with _writing(db):
        done += _seal_documents(db)
    told(total, total)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return done


def _chunk(db: Database, table: str, after: int) -> list[int]:
    return [row[0] for row in db.execute(f"SELECT id FROM {table} WHERE id > ? ORDER BY id LIMIT ?", (after, CHUNK))]  # noqa: S608 - own names


def _seal_rows(db: Database, table: str, after: int, upto: int) -> int:
    """Read again inside the transaction: a head may have changed meanwhile."""
    phrase = "phrase" if table == "journal" else "NULL"
    rows = db.execute(f"SELECT id, doc FROM {table} WHERE id > ? AND id <= ? AND {phrase} IS NULL", (after, upto)).fetchall()  # noqa: S608
    vault = db.vault
    sealed = [(vault.seal(bytearray(vault.open(doc, f"{table}/{number}")), f"{table}/{number}", entry_kind(doc)), number)
              for number, doc in rows if not vault.sealed_by_newest(doc)]
    db.executemany(f"UPDATE {table} SET doc = ? WHERE id = ?", sealed)  # noqa: S608 - own names
    return len(sealed)


def _seal_heads(db: Database) -> None:
    """With their addresses, which are in clear until then."""
    vault = db.vault
    for number, doc in db.execute("SELECT id, doc FROM conversations").fetchall():
        clear = vault.open(doc, f"conversations/{number}")
        db.execute("UPDATE conversations SET address = ?, doc = ? WHERE id = ?",
                   (vault.address(conversation_of(clear).address), vault.seal(bytearray(clear), f"conversations/{number}"), number))


def _seal_documents(db: Database) -> int:
    vault, done = db.vault, 0
    for kind, key, doc in db.execute("SELECT kind, key, doc FROM documents").fetchall():
        if vault.sealed_by_newest(doc):
            continue
        clear = bytearray(vault.open(doc, f"documents/{kind}/{key}"))
        new = key if doc[:1] == MARK else vault.digest(key)
        db.execute("UPDATE documents SET key = ?, doc = ? WHERE kind = ? AND key = ?",
                   (new, vault.seal(clear, f"documents/{kind}/{new}"), kind, key))
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
