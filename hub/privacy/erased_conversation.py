"""What is left of a conversation when what is personal is taken out of it (152-ФЗ ст. 5 ч. 7, ст. 21). Pure.

Kept is what figures, reconciliation and the audit stand on: that something happened, when, in which line, to which operator, and
how the robot fared. Words, names, numbers, addresses and places go.
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
    SpeechRecognised,
    StoredEvent,
    Telephoned,
    Thought,
    Transcribed,
    Verified,
)
from hub.conversations.message import Message
from hub.organisation.territory import Place

_CODE = re.compile(r"[a-z_]+")
"""A reason out of our own list, and none in somebody's words."""


class Erasure(Struct, frozen=True, omit_defaults=True):
    """That a conversation is to be erased, or was: without anything of the person. `by` is as in the journal."""

    conversation: int
    at: datetime
    cause: ErasureCause
    by: str = ""

    @property
    def entry(self) -> Erased:
        return Erased(self.at, self.cause, self.by)


def redacted(entry: ConversationEvent) -> ConversationEvent:  # noqa: C901, PLR0911 - one screen shows what stays of each
    """What stays of an entry."""
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
            return replace(entry, call="")  # the exchange knows by it whose call it was
        case HandedOver(why=why) | PromiseGiven(why=why):
            return entry if _CODE.fullmatch(why) else replace(entry, why="")
        case Offered() | OfferEnded() | PutOnHold() | Attempted() | Alarmed() | PromiseEnded() | Erased() | Verified():
            return entry
        case _:
            assert_never(entry)


def all_redacted(records: Iterable[StoredEvent]) -> Iterator[StoredEvent]:
    """Of the records that change, what stays."""
    for record in records:
        entry = redacted(record.entry)
        if entry != record.entry:
            yield StoredEvent(record.id, record.conversation, entry)


def redacted_head(head: Conversation, at: datetime) -> Conversation:
    """What stays of a head: its channel, line and people, and nobody's address. One that is open is closed with it."""
    holder = head.holder if isinstance(head.holder, Closed) else Closed(at, head.topic, "")
    return replace(head, address=Address(head.address.channel, ""), citizen=Citizen(), place=None, promise=None,
                   holder=replace(holder, kept=None), line=head.queue, erased=at, verification=None, merged=None)
