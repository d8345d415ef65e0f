"""Trace spans of a conversation: its steps with durations, from committed records. Never its contents.

    open                      the conversation
    ├── accept                a citizen's message, from the channel to the disk
    │   ├── react             until its effect is stored: the robot's turn, a hand-over
    │   ├── say               the answer, until it is stored
    │   │   ├── send          until the carrier has it
    │   │   └── receipt       until the carrier's delivery report
    │   └── hand_over         to the next holder, or the next centre
    ├── offer                 while it is offered to an operator
    ├── wait                  from the wish for an operator until one answers
    └── promise               given, or ended

A record's id contains its time, so a step that ends after a restart has its true duration. Pure.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TypedDict, cast

from msgspec import Struct

from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator, connected
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried, ConversationEvent, HandedOver, Offered, OfferEnded, PromiseEnded, PromiseGiven, StoredEvent
from hub.conversations.message import CITIZEN, Message
from hub.conversations.ports import Commit
from hub.kernel.ids import made_at
from hub.kernel.trace_context import OPENING, span_of

CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
UNTOLD = "-"
"""Replaces values that are not codes."""
TAKEN, RESCINDED = "accepted", "rescinded"


class SpanAttributes(TypedDict, total=False):
    """All attributes of spans: ids, words of the hub, codes of centres and lines. No login, address, topic or text."""

    channel: str
    conversation: int
    record: int
    files: int
    author: str
    to: str
    queue: str
    why: str
    sender: str
    receiver: str
    how: str
    state: str
    tries: int


class Span(Struct, frozen=True, gc=False):
    """One step. `id` and `parent` are of hub.kernel.trace_context; a `parent` of 0 is none."""

    name: str
    id: int
    parent: int
    began: datetime
    ended: datetime
    told: SpanAttributes = {}
    failed: bool = False


class TraceSpans:
    """Makes spans of committed records. Its only state are current offers."""

    def __init__(self) -> None:
        self._asked: dict[int, StoredEvent] = {}

    def of(self, head: Conversation, change: Commit, now: datetime) -> Iterator[Span]:
        """The spans ended by a step of a conversation that is stored `now`."""
        number, above = head.number, span_of(head.number, OPENING)
        if not change.expects:
            beyond = span_of(traced(head), OPENING) if head.address.is_remote else 0
            yield _span(OPENING, above, beyond, head.opened, now, {"channel": head.address.channel, "conversation": head.id})
        for record in change.settled:
            if not any(isinstance(each.entry, Carried) for each in change.records):
                yield _span("react", span_of(number, f"{record}/react"), span_of(number, record), made_at(record), now, {})
        for record in change.settled or [each.id for each in change.records if _comes(each.entry)][:1]:
            above = span_of(number, record)
        for each in change.records:
            yield from self._of_record(head, each, above, now)

    def _of_record(self, head: Conversation, record: StoredEvent, above: int, now: datetime) -> Iterator[Span]:
        number, entry = head.number, record.entry
        own, root = span_of(number, record.id), span_of(number, OPENING)
        match entry:
            case Message(internal=True):
                pass
            case Message() if entry.author is CITIZEN:
                yield _span("accept", own, root, entry.at, now, {
                    "channel": head.address.channel, "record": record.id, "files": len(entry.attachments)})
            case Message():
                yield _span("say", own, above, entry.at, now, {"author": entry.author, "record": record.id})
            case HandedOver():
                yield from self._handed_over(head, record, entry, above, now)
            case Offered():
                self._asked[head.id] = record
            case OfferEnded():
                yield from self._offered(head, entry.at, entry.how)
            case Carried():
                yield _span("receipt", own, span_of(number, entry.record), made_at(entry.record), entry.at,
                            {"state": entry.state, "record": entry.record}, failed=entry.state is Delivery.FAILED)
            case PromiseGiven():
                yield _span("promise", own, above, entry.at, now, {"how": "given", "why": entry.why})
            case PromiseEnded():
                yield _span("promise", own, above, entry.at, now, {"how": entry.how})
            case _:
                pass

    def _handed_over(self, head: Conversation, record: StoredEvent, entry: HandedOver, above: int, now: datetime) -> Iterator[Span]:
        number, holder = head.number, entry.holder
        told: SpanAttributes = {"to": str(holder.__struct_config__.tag), "why": entry.why}
        if isinstance(holder, InQueue | WithOperator | Promised):
            told["queue"] = holder.queue
        if head.passed and head.passed[-1].at == entry.at:
            told["sender"], told["receiver"] = head.passed[-1].sender, head.passed[-1].receiver
        yield from self._offered(head, entry.at, TAKEN if isinstance(holder, WithOperator) else RESCINDED)
        if isinstance(holder, WithOperator) and connected(holder) == holder.since:  # the first one: a transfer is no new wait
            yield _span("wait", span_of(number, f"{record.id}/wait"), span_of(number, OPENING), holder.waiting_since, entry.at,
                        {"queue": holder.queue})
        yield _span("hand_over", span_of(number, record.id), above, entry.at, now, told)

    def _offered(self, head: Conversation, at: datetime, how: str) -> Iterator[Span]:
        if (asked := self._asked.pop(head.id, None)) is not None:
            number = head.number
            yield _span("offer", span_of(number, asked.id), span_of(number, OPENING), asked.entry.at, at, {"how": how})


def traced(head: Conversation) -> str:
    """The id of its trace: a conversation of another centre continues the trace that it began in."""
    return head.address.origin[1] if head.address.is_remote else head.number


def of_sending(head: Conversation, record: StoredEvent, tries: int, now: datetime, *, sent: bool) -> Span:
    """A message that its carrier has accepted or rejected `now`."""
    number = head.number
    return _span("send", span_of(number, f"{record.id}/send"), span_of(number, record.id), made_at(record.id), now,
                 {"channel": head.address.channel, "record": record.id, "tries": tries}, failed=not sent)


def _span(name: str, own: int, parent: int, began: datetime, ended: datetime, told: SpanAttributes, *, failed: bool = False) -> Span:
    codes = cast("SpanAttributes", {key: _code(value) for key, value in told.items()})
    # Ids run ahead of the clock when many are issued at once, and calls are reported after they end.
    return Span(name, own, parent, min(began, ended), ended, codes, failed)


def _code(value: object) -> object:
    return value if isinstance(value, int) or CODE.fullmatch(str(value)) else UNTOLD


def _comes(entry: ConversationEvent) -> bool:
    return isinstance(entry, Message) and entry.author is CITIZEN
