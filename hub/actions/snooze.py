"""Conversations that their operator has put off: he goes on holding them, and they come back to him by themselves. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from hub.conversations.callback_promise import CallbackPromise
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry

LONGEST = timedelta(days=30)
"""What is put off for longer than the law gives to an answer is forgotten (59-ФЗ ст. 12)."""


class Snooze(Document, frozen=True, omit_defaults=True, tag="snooze"):
    """Put off by its `operator` until a moment, or (None) until the citizen writes; he always ends it by writing.

    `last` is the newest record that it was put off behind: what came later may have ended it while the hub was down.
    """

    conversation: int
    operator: str
    at: datetime
    last: int
    until: datetime | None = None
    why: str = ""

    def marks(self) -> Iterator[IndexEntry]:
        if self.until is not None:
            yield IndexEntry("due", at=self.until)


def allowed(until: datetime | None, owed: CallbackPromise | None, now: datetime) -> None:
    """Raises RefusedError for a moment that is over, is too far, or comes after an answer that is owed (SL-05)."""
    if until is None:
        return
    if not now < until <= now + LONGEST:
        raise RefusedError("bad_moment", "Отложить можно на время от минуты до 30 дней.")
    if owed is not None and until > owed.due:
        raise RefusedError("owed_before", "Ответ обещан раньше: отложить дольше этого срока нельзя.")


def over(snooze: Snooze, head: Conversation, since: Iterable[StoredEvent]) -> bool:
    """Whether it has ended: its operator holds it no more, the citizen has left, or has written `since`."""
    holder = head.holder
    held = isinstance(holder, WithOperator) and holder.operator == snooze.operator and holder.left is None
    return not held or any(map(_wakes, since))


def _wakes(record: StoredEvent) -> bool:
    entry = record.entry
    return isinstance(entry, HandedOver) or (isinstance(entry, Message) and entry.author is Author.CITIZEN)
