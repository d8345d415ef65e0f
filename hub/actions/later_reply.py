"""Replies that are sent at a moment which their author chose. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

from hub.conversations.conversation import Conversation, held_by
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry


class Stopped(StrEnum):
    """Why a reply is not sent; its text is kept for who holds the conversation."""

    NOT = ""
    CITIZEN = "citizen"
    """The citizen has written in between."""
    MOVED = "moved"
    """Its author does not hold the conversation any more."""
    REFUSED = "refused"
    """It could not be sent: a file did not pass the scan."""


class LaterReply(Document, frozen=True, omit_defaults=True, tag="later_reply"):
    """A reply of `operator`, due at `due`; `word` is its unique key in the conversation, so that it is sent once.

    `last` is the newest record when it was written: a later one may have stopped it while the hub was down.
    """

    conversation: int
    operator: str
    due: datetime
    last: int
    word: str
    text: str
    files: tuple[Attachment, ...] = ()
    stopped: Stopped = Stopped.NOT
    cc: tuple[str, ...] = ()

    def marks(self) -> Iterator[IndexEntry]:
        if not self.stopped:
            yield IndexEntry("due", at=self.due)


def sent(reply: LaterReply, since: Iterable[StoredEvent]) -> bool:
    """Whether it is among the records."""
    return any(isinstance(each.entry, Message) and (each.entry.by, each.entry.key) == (reply.operator, reply.word) for each in since)


def stops(reply: LaterReply, head: Conversation, since: Iterable[StoredEvent]) -> Stopped:
    """What has stopped it `since` it was written."""
    if not held_by(head, reply.operator) or any(isinstance(each.entry, HandedOver) for each in since):
        return Stopped.MOVED
    wrote = any(isinstance(each.entry, Message) and each.entry.author is Author.CITIZEN for each in since)
    return Stopped.CITIZEN if wrote else Stopped.NOT
