"""SQL of an erasure: one job of the writer, so that it is atomic, and no text is left in free pages."""

from collections.abc import Callable, Sequence

from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Commit
from storage import archive, documents
from storage.changes import MOST_ROWS, Batch
from storage.codec import Row, dump_entry
from storage.documents import Named
from storage.file_ledger import touch_records
from storage.phrases import Phrases
from storage.vault import Database, Vault


def erasing(vault: Vault, change: Commit, left: Sequence[StoredEvent], words: Sequence[tuple[int, str]],
            put: Sequence[Row], gone: Sequence[Named]) -> Callable[[Database], None]:
    """`words` are the indexed words of the records, produced in the same way as on insertion."""
    batch = Batch(Phrases(vault))
    batch.add(change, lambda _: None)
    statements = batch.statements()
    rows = [(dump_entry(vault, record), record.id) for record in left]

    def run(db: Database) -> None:
        db.execute("PRAGMA secure_delete = ON")  # freed space is overwritten
        try:
            batch.note(db)
            for at in range(0, len(rows), MOST_ROWS):
                touch_records(db, [number for _, number in rows[at:at + MOST_ROWS]])
            for statement in statements:
                db.execute(*statement)
            db.executemany("UPDATE journal SET phrase = NULL, doc = ? WHERE id = ?", rows)
            db.execute("DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))", (str([number for _, number in rows]),))
            if (head := change.head) is not None and head.erased is not None:
                db.execute("UPDATE conversations SET address = ?, erased = ? WHERE id = ?",
                           (vault.address(head.address), head.erased.timestamp(), head.id))
            archive.remove(db, words)
            documents.exchange(db, gone, put)
        finally:
            db.execute("PRAGMA secure_delete = OFF")
    return run
