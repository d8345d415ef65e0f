"""The anonymous rest of an erased conversation (152-ФЗ ст. 5 ч. 7, ст. 21). Pure.

Kept is the basis of statistics, reconciliation and the audit: events, times, lines, operators, and the robot's success. Texts,
names, numbers, addresses and places are removed.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, Conversation
from hub.conversations.journal import (
    Alarmed,
    Attempted,
    Carried,
    ConversationEvent,
    Corrected,
    Deleted,
    Erased,
    ErasureCause,
    HandedOver,
    Offered,
    OfferEnded,
    Placed,
    PromiseEnded,
    PromiseGiven,
    PutOnHold,
    RuleActed,
    SpeechRecognised,
    StoredEvent,
    Tagged,
    Telephoned,
    Thought,
    Transcribed,
    Verified,
    WrappedUp,
)
from hub.conversations.message import Message
from hub.organisation.territory import Place

_CODE = re.compile(r"[a-z_]+")
"""A reason from our own list, not a free text."""


class Erasure(Struct, frozen=True, omit_defaults=True):
    """Order to erase a conversation, pending or done: without personal data. `by` is as in the journal."""

    conversation: int
    at: datetime
    cause: ErasureCause
    by: str = ""

    @property
    def entry(self) -> Erased:
        return Erased(self.at, self.cause, self.by)


def redacted(entry: ConversationEvent) -> ConversationEvent:  # noqa: C901, PLR0911, PLR0912 - one screen shows what stays of each
    """The rest of an entry."""
    match entry:
        case Message(author=author, at=at, by=by, internal=internal, source=source):
            return Message(author, "", at, by=by, internal=internal, source=source)
        case SpeechRecognised():
            return replace(entry, text="")
        case Transcribed():
            return replace(entry, lines=())
        case Thought():
            return replace(entry, events="")
        case Placed():
            return replace(entry, place=Place())
        case Carried():
            return replace(entry, why="")
        case Corrected():
            return replace(entry, text="")
        case Deleted():
            return replace(entry, file="")
        case Telephoned():
            return replace(entry, call="")  # the exchange identifies the call by it
        case Tagged():
            return replace(entry, name="")
        case RuleActed():
            return replace(entry, text="")
        case HandedOver(why=why) | PromiseGiven(why=why):
            return entry if _CODE.fullmatch(why) else replace(entry, why="")
        case Offered() | OfferEnded() | PutOnHold() | WrappedUp() | Attempted() | Alarmed() | PromiseEnded() | Erased() | Verified():
            return entry
        case _:
            assert_never(entry)


def all_redacted(records: Iterable[StoredEvent]) -> Iterator[StoredEvent]:
    """The rests of the records that change."""
    for record in records:
        entry = redacted(record.entry)
        if entry != record.entry:
            yield StoredEvent(record.id, record.conversation, entry)


def redacted_head(head: Conversation, at: datetime) -> Conversation:
    """The rest of a head: channel, line and operators, without the address. An open one is closed."""
    holder = head.holder if isinstance(head.holder, Closed) else Closed(at, head.topic, "")
    return replace(head, address=Address(head.address.channel, ""), citizen=Citizen(), place=None, promise=None,
                   holder=replace(holder, kept=None), line=head.queue, subject="", erased=at, verification=None, merged=None, tags=())
