"""Snoozed conversations: the operator keeps them, and they come back automatically. Pure."""

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
"""Longest snooze: the legal term of an answer (59-ФЗ ст. 12)."""


class Snooze(Document, frozen=True, omit_defaults=True, tag="snooze"):
    """Snoozed by its `operator` until a moment, or (None) until the citizen writes; a message of the citizen always ends it.

    `last` is the newest record at that time: a later one may have ended it while the hub was down.
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
    """Raises RefusedError for a moment that is past, too far, or after the deadline of an owed answer (SL-05)."""
    if until is None:
        return
    if not now < until <= now + LONGEST:
        raise RefusedError("bad_moment", "Отложить можно на время от минуты до 30 дней.")
    if owed is not None and until > owed.due:
        raise RefusedError("owed_before", "Ответ обещан раньше: отложить дольше этого срока нельзя.")


def over(snooze: Snooze, head: Conversation, since: Iterable[StoredEvent]) -> bool:
    """Whether it has ended: another holder, the citizen left, or has written `since`."""
    holder = head.holder
    held = isinstance(holder, WithOperator) and holder.operator == snooze.operator and holder.left is None
    return not held or any(map(_wakes, since))


def _wakes(record: StoredEvent) -> bool:
    entry = record.entry
    return isinstance(entry, HandedOver) or (isinstance(entry, Message) and entry.author is Author.CITIZEN)
