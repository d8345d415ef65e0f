"""The SQL of a batch of changes: heads, then records, debts and deeds. Pure: it makes statements and runs none."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from hub.conversation import Closed, Conversation, InQueue, WithOperator
from hub.ports import Change, Done
from storage.codec import dump
from storage.phrases import Phrase, Phrases

Row = tuple[int, int, int, int | None, bytes]
Statement = tuple[str, Sequence[object]]


class Step(NamedTuple):
    """A change with its rows of the journal (id, conversation, prev, phrase, document), encoded in the caller's thread."""

    change: Change
    rows: list[Row]
    phrases: list[Phrase]
    done: Done


def step_of(change: Change, phrases: Phrases, done: Done) -> Step:
    """A change made ready for the writer."""
    rows: list[Row] = []
    new: list[Phrase] = []
    prev = change.expects
    for record in change.records:
        phrase, document = phrases.document(record, new)
        rows.append((record.id, change.conversation, prev, phrase, document))
        prev = record.id
    return Step(change, rows, new, phrases.when_stored(new, done) if new else done)


def statements(steps: Sequence[Step]) -> list[Statement]:
    """What stores the steps, in order. The schema's trigger refuses a record whose conversation has moved on."""
    heads = [_head(step.change.head, new=step.change.expects == 0) for step in steps if step.change.head is not None]
    rows = list(chain.from_iterable(chain.from_iterable(step.rows for step in steps)))
    phrases = list(chain.from_iterable(step.phrases for step in steps if step.phrases))
    owed = list(chain.from_iterable(step.change.owed for step in steps))
    settled = list(chain.from_iterable(step.change.settled for step in steps))
    deeds = [dump(deed) for step in steps for deed in step.change.deeds]
    return [
        *heads,
        *_insert("phrases (id, text)", 2, list(chain.from_iterable(phrases)), or_ignore=True),
        *_insert("journal (id, conversation, prev, phrase, doc)", 5, rows),
        *_insert("outbox (id)", 1, owed),
        *settling(settled),
        *_insert("audit (doc)", 1, deeds),
    ]


def settling(records: Sequence[int]) -> list[Statement]:
    """The reactions to these records have happened."""
    return [(f"DELETE FROM outbox WHERE id IN ({','.join('?' * len(records))})", records)] if records else []  # noqa: S608 - question marks only


def _head(head: Conversation, *, new: bool) -> Statement:
    """Give a conversation its new document, or open it, unless another one with its address is open."""
    columns = _columns(head)
    if not new:
        return "UPDATE conversations SET closed = ?, queue = ?, since = ?, operator = ?, doc = ? WHERE id = ?", (*columns, head.id)
    return (
        ("INSERT INTO conversations (closed, queue, since, operator, doc, id, number, address) "
         "SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE (address = ? AND NOT closed) OR id = ?)"),
        (*columns, head.id, head.number, str(head.address), str(head.address), head.id))


def _columns(head: Conversation) -> tuple[bool, str | None, float | None, str | None, bytes]:
    """closed, queue, since, operator and the document."""
    match head.holder:
        case InQueue(queue=queue, since=since):
            return False, queue, since.timestamp(), None, dump(head)
        case WithOperator(operator=operator, waiting_since=since):
            return False, None, since.timestamp(), operator, dump(head)
        case holder:
            return isinstance(holder, Closed), None, None, None, dump(head)


def _insert(columns: str, width: int, values: Sequence[object], *, or_ignore: bool = False) -> list[Statement]:
    """One statement for all rows; the connection keeps it prepared."""
    if not values:
        return []
    row = f"({','.join('?' * width)})"
    return [(f"INSERT {'OR IGNORE ' if or_ignore else ''}INTO {columns} VALUES {','.join([row] * (len(values) // width))}", values)]  # noqa: S608 - own names
