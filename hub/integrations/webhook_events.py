"""What other systems are told of what happens here, and who is told (IN-01). Pure.

Events follow from the audit: whatever is done with a case is a deed, numbered without gaps and committed together with the change. So
nothing is kept twice, an event's id is the number of its deed, and a subscription is a place in that row.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from hub.cases.case import Case, CaseKind, Label
from hub.cases.state import CaseState
from hub.cases.transitions import TRANSITIONS
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import OknoError
from hub.kernel.indexes import IndexEntry

TYPES = {f"case_{act}": f"ru.okno.case.{transition.event}" for act, transition in TRANSITIONS.items()} | {
    "case_topic": "ru.okno.case.refiled", "case_addition": "ru.okno.case.added"}
"""Deeds to types of events. What is not here is nobody's business outside."""
TEST = "ru.okno.test"
"""The type of what is told on demand alone, to see whether it arrives; it has no data."""
FIRST_PAUSE, LAST_PAUSE = timedelta(seconds=2), timedelta(hours=1)
TRIES = 12
"""Answers that say «not now» to one event before it becomes a dead letter: about two hours. Who does not answer at all is waited for."""


class CaseEvent(Struct, frozen=True):
    """The data of an event: no word and no address of anybody (152-ФЗ ст. 5 ч. 5). As of when it is told, but for `state`."""

    number: str
    kind: CaseKind
    label: Label
    state: CaseState
    topic: str
    line: str
    registered: datetime
    due: datetime


class Event(Struct, frozen=True):
    """`number` is that of its deed; of a test it is a moment in milliseconds, and there are no data."""

    number: int
    type: str
    subject: str
    at: datetime
    data: CaseEvent | None


class Subscription(Document, frozen=True, omit_defaults=True, tag="subscription"):
    """Who is told of what. `upto` is the number of the last deed that it has been told of, or that is none of its business."""

    key: str
    title: str
    url: str
    secret: str
    """By which what is sent is signed («whsec_…»)."""
    types: tuple[str, ...]
    """Beginnings of types: «ru.okno.case.» is all of cases."""
    by: str
    at: datetime
    upto: int
    ended: str = ""
    """Why it is over; "" while it goes on."""

    def wants(self, type_: str) -> bool:
        return any(type_.startswith(each) for each in self.types)


class EventState(StrEnum):
    WAITING = "waiting"
    """It is tried again, and those behind it wait."""
    TAKEN = "taken"
    FAILED = "failed"
    """It was set aside, so that the next could go on."""


class DeliveryAttempt(Document, frozen=True, omit_defaults=True, tag="dead_letter"):
    """An event that a subscription is told, and what became of that. What failed was kept before the others were: hence its tag."""

    key: str
    """subscription/number"""
    subscription: str
    number: int
    what: str
    """Its type."""
    subject: str
    at: datetime
    """When it happened."""
    why: str = ""
    """Why the last try failed."""
    state: EventState = EventState.FAILED
    tries: int = TRIES
    """Of all times that it was told."""
    last: datetime | None = None
    """When it was tried last."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry(TOLD, self.subscription, self.at)
        yield IndexEntry(MARKS[self.state], self.subscription, self.at)


TOLD = "told"
"""The mark of all."""
MARKS = {EventState.FAILED: "subscription", EventState.WAITING: "waiting", EventState.TAKEN: "taken"}


class WebhookTransport(Protocol):
    """Brings events to where a subscription wants them."""

    async def bring(self, subscription: Subscription, event: Event) -> None:
        """Raises UnavailableError where nobody answers, NotNowError, UndeliverableError for what is refused, and GoneError."""

    def check(self, url: str) -> str:
        """Why nothing can be brought to an address; "" when it can be tried."""

    async def close(self) -> None: ...


class NotNowError(OknoError):
    """It was answered, and not taken: try again, but not for ever."""


class GoneError(OknoError):
    """Whoever was there wants nothing any more."""


def event_of(number: int, audit_entry: AuditEntry, case: Case) -> Event:
    """What is told of a deed. The state is that of the case after it."""
    state = next((each.state for each in reversed(case.steps) if each.at <= audit_entry.at), case.steps[0].state)
    return Event(number, TYPES[audit_entry.what], case.number, audit_entry.at, CaseEvent(
        case.number, case.kind, case.ruling.label, state, case.topic, case.home, case.registered, case.due))


def test_of(subscription: Subscription, at: datetime) -> Event:
    """Something to be told that has not happened."""
    return Event(int(at.timestamp() * 1000), TEST, subscription.key, at, None)


def pause(failures: int) -> timedelta:
    """Before the next try; twice as long each time, an hour at most."""
    return min(FIRST_PAUSE * (1 << min(failures - 1, 20)), LAST_PAUSE)
