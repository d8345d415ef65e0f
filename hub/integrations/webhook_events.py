"""Webhook events and subscriptions (IN-01). Pure.

Events are derived from the audit: every action on a case is an audit entry, numbered without gaps and committed with the change. So
nothing is stored twice, an event's id is the number of its entry, and a subscription is a position in the log.
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
"""Audit actions to event types. Others are not published."""
TEST = "ru.okno.test"
"""Type of a test event, sent on request; it has no data."""
FIRST_PAUSE, LAST_PAUSE = timedelta(seconds=2), timedelta(hours=1)
TRIES = 12
"""Answers «not now» to one event before it becomes a dead letter: about two hours. An unreachable subscriber is retried without limit."""


class CaseEvent(Struct, frozen=True):
    """The data of an event: no texts and no addresses (152-ФЗ ст. 5 ч. 5). Current at the time of delivery, except `state`."""

    number: str
    kind: CaseKind
    label: Label
    state: CaseState
    topic: str
    line: str
    registered: datetime
    due: datetime


class Event(Struct, frozen=True):
    """`number` is that of its audit entry; for a test event a time in milliseconds, and there is no data."""

    number: int
    type: str
    subject: str
    at: datetime
    data: CaseEvent | None


class Subscription(Document, frozen=True, omit_defaults=True, tag="subscription"):
    """A subscription. `upto` is the number of the last delivered or irrelevant entry."""

    key: str
    title: str
    url: str
    secret: str
    """Key of the signatures («whsec_…»)."""
    types: tuple[str, ...]
    """Prefixes of types: «ru.okno.case.» is all of cases."""
    by: str
    at: datetime
    upto: int
    ended: str = ""
    """Why it has ended; "" while it is active."""

    def wants(self, type_: str) -> bool:
        return any(type_.startswith(each) for each in self.types)


class EventState(StrEnum):
    WAITING = "waiting"
    """It is retried, and later ones wait."""
    TAKEN = "taken"
    FAILED = "failed"
    """It was set aside, so that the next could follow."""


class DeliveryAttempt(Document, frozen=True, omit_defaults=True, tag="dead_letter"):
    """Result of an event for a subscription. Originally only failures were stored: hence the tag."""

    key: str
    """subscription/number"""
    subscription: str
    number: int
    what: str
    """Its type."""
    subject: str
    at: datetime
    """Time of the event."""
    why: str = ""
    """Last error."""
    state: EventState = EventState.FAILED
    tries: int = TRIES
    """Total number of attempts."""
    last: datetime | None = None
    """Time of the last attempt."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry(TOLD, self.subscription, self.at)
        yield IndexEntry(MARKS[self.state], self.subscription, self.at)


TOLD = "told"
"""The index entry of all."""
MARKS = {EventState.FAILED: "subscription", EventState.WAITING: "waiting", EventState.TAKEN: "taken"}


class WebhookTransport(Protocol):
    """Transport of events to a subscriber."""

    async def bring(self, subscription: Subscription, event: Event) -> None:
        """Raises UnavailableError where nobody answers, NotNowError, UndeliverableError for a refusal, and GoneError."""

    def check(self, url: str) -> str:
        """Why an address is unusable; "" when it can be tried."""

    async def close(self) -> None: ...


class NotNowError(OknoError):
    """Answered, but not accepted: retry a limited number of times."""


class GoneError(OknoError):
    """The subscriber wants no more events."""


def event_of(number: int, audit_entry: AuditEntry, case: Case) -> Event:
    """The event of an audit entry. The state is that of the case after it."""
    state = next((each.state for each in reversed(case.steps) if each.at <= audit_entry.at), case.steps[0].state)
    return Event(number, TYPES[audit_entry.what], case.number, audit_entry.at, CaseEvent(
        case.number, case.kind, case.ruling.label, state, case.topic, case.home, case.registered, case.due))


def test_of(subscription: Subscription, at: datetime) -> Event:
    """A test event."""
    return Event(int(at.timestamp() * 1000), TEST, subscription.key, at, None)


def pause(failures: int) -> timedelta:
    """Pause before the next attempt: doubled each time, at most an hour."""
    return min(FIRST_PAUSE * (1 << min(failures - 1, 20)), LAST_PAUSE)
