"""The SQL of a batch of changes: heads by compare-and-set, then records, debts and deeds."""

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from hub.conversation import Closed, Conversation, InQueue, WithOperator
from hub.ports import Change, Done
from storage.codec import dump

Row = tuple[int, int, int, bytes]


class Step(NamedTuple):
    """A change with its rows of the journal (id, conversation, prev, document), encoded in the caller's thread."""

    change: Change
    rows: list[Row]
    done: Done


class SpoiltError(Exception):
    """Some steps of a batch come too late: `too_late` finds them, and the others are tried again without them."""

    def __init__(self, torn: set[int], moved_on: set[int]) -> None:
        """`torn` are conversations whose steps do not follow each other, `moved_on` those that stand elsewhere."""
        super().__init__()
        self.torn, self.moved_on = torn, moved_on


def rows_of(change: Change) -> list[Row]:
    rows, prev = [], change.expects
    for record in change.records:
        rows.append((record.id, change.conversation, prev, dump(record.entry)))
        prev = record.id
    return rows


def write_changes(db: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Write steps inside the open transaction, or raise SpoiltError."""
    merged, torn = _merge(step.change for step in steps)
    moved_on = _move_heads(db, merged)
    if moved_on or torn:
        raise SpoiltError(torn, set(moved_on))
    _insert(db, "journal (id, conversation, prev, doc)", 4,
            list(chain.from_iterable(chain.from_iterable(step.rows for step in steps))))
    _insert(db, "outbox (id)", 1, list(chain.from_iterable(step.change.owed for step in steps)))
    settle(db, list(chain.from_iterable(step.change.settled for step in steps)))
    _insert(db, "audit (doc)", 1, [dump(deed) for step in steps for deed in step.change.deeds])


def too_late(db: sqlite3.Connection, steps: Sequence[Step], spoilt: SpoiltError) -> list[Step]:
    """The steps that would be refused if each were committed on its own, in their order. To be called after the rollback."""
    suspects = [step for step in steps if step.change.conversation in spoilt.torn | spoilt.moved_on]
    last: dict[int, int] = {}
    refused = []
    for step in suspects:
        number = step.change.conversation
        if number not in last:
            row = db.execute("SELECT last FROM conversations WHERE id = ?", (number,)).fetchone()
            # What could not be opened, because its address is taken, does not come to stand anywhere.
            last[number] = row[0] if row else -1 if number in spoilt.moved_on else 0
        if last[number] == step.change.expects:
            last[number] = step.change.records[-1].id
        else:
            refused.append(step)
    return refused


def settle(db: sqlite3.Connection, records: Sequence[int]) -> None:
    """The reactions to these records have happened."""
    if records:
        db.execute(f"DELETE FROM outbox WHERE id IN ({','.join('?' * len(records))})", records)  # noqa: S608 - question marks only


def _merge(changes: Iterable[Change]) -> tuple[list[Change], set[int]]:
    """Several changes of one conversation in a batch become one; also gives the conversations where they do not follow each other."""
    merged: dict[int, Change] = {}
    torn: set[int] = set()
    for change in changes:
        before = merged.get(change.conversation)
        if before is None:
            merged[change.conversation] = change
        elif before.records[-1].id == change.expects:
            merged[change.conversation] = Change(
                change.conversation, before.expects, change.records, change.head or before.head)
        else:
            torn.add(change.conversation)
    return list(merged.values()), torn


def _move_heads(db: sqlite3.Connection, changes: list[Change]) -> list[int]:
    """Move every head on, and give the conversations that did not stand where the change expected them."""
    moved_on: list[int] = []
    light: list[int] = []
    for change in changes:
        last = change.records[-1].id
        if change.head is None:
            light += (change.conversation, change.expects, last)
        elif not (_open_head(db, change.head, last) if change.expects == 0 else _replace_head(db, change.head, change.expects, last)):
            moved_on.append(change.conversation)
    if not light:
        return moved_on
    places = ",".join(["(?,?,?)"] * (len(light) // 3))
    moved = db.execute(
        f"WITH moved(id, seen, last) AS (VALUES {places}) UPDATE conversations SET last = moved.last FROM moved "  # noqa: S608 - question marks only
        "WHERE conversations.id = moved.id AND conversations.last = moved.seen", light).rowcount
    if moved == len(light) // 3:
        return moved_on
    # The update has already moved the good ones: those that do not stand at their new `last` are the others.
    stand = dict(db.execute(
        f"SELECT id, last FROM conversations WHERE id IN ({','.join('?' * (len(light) // 3))})", light[::3]).fetchall())  # noqa: S608 - question marks only
    return moved_on + [c for c, last in zip(light[::3], light[2::3], strict=True) if stand.get(c) != last]


def _open_head(db: sqlite3.Connection, head: Conversation, last: int) -> bool:
    """Open a conversation, unless another one with this address is open."""
    columns = _columns(head)
    return db.execute(
        "INSERT INTO conversations (closed, queue, since, operator, doc, last, id, number, address) "
        "SELECT ?,?,?,?,?,?,?,?,? WHERE NOT EXISTS (SELECT 1 FROM conversations WHERE (address = ? AND NOT closed) OR id = ?)",
        (*columns, last, head.id, head.number, str(head.address), str(head.address), head.id)).rowcount == 1


def _replace_head(db: sqlite3.Connection, head: Conversation, expects: int, last: int) -> bool:
    return db.execute(
        "UPDATE conversations SET closed = ?, queue = ?, since = ?, operator = ?, doc = ?, last = ? WHERE id = ? AND last = ?",
        (*_columns(head), last, head.id, expects)).rowcount == 1


def _columns(head: Conversation) -> tuple[bool, str | None, float | None, str | None, bytes]:
    """closed, queue, since, operator and the document."""
    match head.holder:
        case InQueue(queue=queue, since=since):
            return False, queue, since.timestamp(), None, dump(head)
        case WithOperator(operator=operator, waiting_since=since):
            return False, None, since.timestamp(), operator, dump(head)
        case holder:
            return isinstance(holder, Closed), None, None, None, dump(head)


def _insert(db: sqlite3.Connection, columns: str, width: int, values: Sequence[object]) -> None:
    """One statement for all rows; statements are kept prepared by the connection."""
    if values:
        row = f"({','.join('?' * width)})"
        db.execute(f"INSERT INTO {columns} VALUES {','.join([row] * (len(values) // width))}", values)  # noqa: S608 - own names
