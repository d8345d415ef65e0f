"""SQL of a batch of changes: heads, records and pending reactions. Pure: it builds statements and runs none."""

from collections.abc import Sequence
from functools import cache

from hub.conversations.conversation import Closed, Conversation, InQueue, SetAside, WithOperator
from hub.conversations.message import BOT, Message
from hub.conversations.ports import Commit, OnCommitted
from hub.kernel.errors import StoreError
from storage import file_ledger
from storage.codec import ASIDE, dump, dump_conversation, dump_entry, dump_phrase, dump_time
from storage.ledger import number_of, record_place
from storage.phrases import NONE, Phrases, document_of
from storage.vault import Database, Vault

Statement = tuple[str, Sequence[object]]
COLUMNS = 5
"""Values of a journal row."""
MOST_ROWS = 256
"""Rows in one statement. The connection keeps a prepared statement for each number of rows: longer ones would only use memory."""


class Batch:
    """Changes that commit together. Each is encoded in its caller's thread, so that the writer only runs SQL."""

    __slots__ = ("_changed", "_heads", "_owed", "_phrases", "_rows", "_settled", "_tags", "audit_entries", "changes", "known")

    def __init__(self, known: Phrases) -> None:
        """`known` are the robot's texts already on disk."""
        self.known = known
        self.changes: list[tuple[Commit, OnCommitted]] = []
        """The changes with their callbacks: needed to try each one alone."""
        # Values row by row, as the statements take them.
        self._heads: list[Statement] = []
        self._rows: list[object] = []
        self._phrases: list[object] = []
        self._owed: list[int] = []
        self._settled: list[int] = []
        self._changed: list[int] = []
        """Conversations whose heads are written."""
        self._tags: list[int] = []
        """Of the records that are added, where a ledger is kept."""
        self.audit_entries: list[bytearray] = []
        """Documents for the audit; the writer continues the chain."""

    def __len__(self) -> int:
        return len(self.changes)

    def add(self, change: Commit, done: OnCommitted) -> None:
        """A change that cannot be encoded (a lone surrogate is no text) adds nothing, and `done` gets the error in order."""
        rows, vault = self._rows, self.known.vault
        size = len(rows)
        new: dict[int, Message] = {}
        prev, conversation = change.expects, change.conversation
        try:
            head = None if change.head is None else _head(vault, change.head, new=prev == 0)
            for record in change.records:
                entry = record.entry
                phrase = self.known.number(conversation, entry, new) if isinstance(entry, Message) and entry.author is BOT else NONE
                doc = dump_time(vault, record, phrase) if phrase else dump_entry(vault, record)
                rows += (record.id, conversation, prev, phrase, doc)
                if vault.closed:
                    self._tags.append(number_of(vault.tag(record_place(conversation, record.id, phrase), doc)))
                prev = record.id
            if change.audit_entries:  # the last of what can fail: all of them or none
                self.audit_entries += [dump(audit_entry) for audit_entry in change.audit_entries]
        except UnicodeEncodeError as error:
            self._cut(size)
            refusal = StoreError(str(error))
            self.changes.append((change, lambda _: done(refusal)))
            return
        if head is not None:
            self._heads.append(head)
            self._changed.append(conversation)
        if new:
            for number, message in new.items():
                self._phrases += (number, dump_phrase(self.known.vault, number, document_of(message)))
            done = self.known.when_stored(new, done)
        if change.owed:
            self._owed += change.owed
        if change.settled:
            self._settled += change.settled
        self.changes.append((change, done))

    def _cut(self, size: int) -> None:
        """Take out all rows behind so many values, and their tags."""
        if self._tags:
            del self._tags[len(self._tags) - (len(self._rows) - size) // COLUMNS:]
        del self._rows[size:]

    def join(self, later: "Batch") -> None:
        """Commit the next batch together with this one."""
        for part in ("changes", "_heads", "_rows", "_phrases", "_owed", "_settled", "_changed", "_tags", "audit_entries"):
            getattr(self, part).extend(getattr(later, part))

    def halves(self) -> "tuple[Batch, Batch]":
        middle = len(self.changes) // 2
        return self._of(self.changes[:middle]), self._of(self.changes[middle:])

    def _of(self, changes: Sequence[tuple[Commit, OnCommitted]]) -> "Batch":
        batch = Batch(self.known)
        for change, done in changes:
            batch.add(change, done)
        return batch

    def note(self, db: Database) -> None:
        """Report the changes of the statements to the ledger."""
        file_ledger.append(db, sum(self._tags))
        for at in range(0, len(self._changed), MOST_ROWS):
            file_ledger.touch_heads(db, self._changed[at:at + MOST_ROWS])

    def statements(self) -> list[Statement]:
        """The statements, in order. The schema's trigger refuses a record whose conversation has a newer head."""
        return [
            *self._heads,
            *_insert("OR IGNORE INTO phrases (id, doc)", "(?,?)", self._phrases),
            # 0, not None, is no phrase: sqlite3 looks for an adapter of None, too.
            *_insert("INTO journal (id, conversation, prev, phrase, doc)", "(?,?,?,nullif(?,0),?)", self._rows),
            *_insert("INTO outbox (id)", "(?)", self._owed),
            *settling(self._settled),
        ]


def settling(records: Sequence[int]) -> list[Statement]:
    """Reactions to these records are done."""
    return [(f"DELETE FROM outbox WHERE id IN ({','.join('?' * len(records))})", records)] if records else []  # noqa: S608 - question marks only


def _head(vault: Vault, head: Conversation, *, new: bool) -> Statement:
    """Give a conversation its new document, or open it, unless another one with its address is open."""
    values = columns(vault, head)
    if not new:
        return ("UPDATE conversations SET closed = ?, queue = ?, since = ?, operator = ?, due = ?, served = ?, doc = ? WHERE id = ?",
                (*values, head.id))
    address = vault.address(head.address)
    return (
        ("INSERT INTO conversations (closed, queue, since, operator, due, served, doc, id, number, address) "
         "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE (address = ? AND NOT closed) OR id = ?)"),
        (*values, head.id, head.number, address, address, head.id))


Columns = tuple[bool, str | None, float | None, str | None, float | None, str | None, bytearray]


def columns(vault: Vault, head: Conversation) -> Columns:
    """closed, queue, since, operator, due, served and the document."""
    due = head.promise.due.timestamp() if head.promise else None
    match head.holder:
        case InQueue(queue=queue, since=since):
            return False, queue, since.timestamp(), None, due, None, dump_conversation(vault, head)
        case WithOperator(operator=operator, waiting_since=since):
            return False, None, since.timestamp(), operator, due, None, dump_conversation(vault, head)
        case SetAside(since=since):
            return False, ASIDE, since.timestamp(), None, due, None, dump_conversation(vault, head)
        case Closed(at=at) if head.served_by and head.erased is None:
            return True, None, at.timestamp(), None, due, head.served_by, dump_conversation(vault, head)
        case holder:
            return isinstance(holder, Closed), None, None, None, due, None, dump_conversation(vault, head)


def _insert(into: str, row: str, values: Sequence[object]) -> list[Statement]:
    """As few statements as the rows fit into."""
    if not values:
        return []
    width = row.count("?")
    most = MOST_ROWS * width
    if len(values) <= most:
        return [(_inserting(into, row, len(values) // width), values)]
    return [one for at in range(0, len(values), most) for one in _insert(into, row, values[at:at + most])]


@cache
def _inserting(into: str, row: str, rows: int) -> str:
    return f"INSERT {into} VALUES {','.join([row] * rows)}"  # noqa: S608 - own names
