"""The promise to answer within a day (SL-05), its retries and alarms. Pure.

All moments are in UTC, so neither a restart nor a clock change moves a deadline.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import Address

DAY = timedelta(seconds=86_400)
"""«в течение суток»: 24 hours from the promise, since the service has no days off (D5)."""

ALARMS = (50, 80, 95, 100)
"""Per cent of the time at which an alarm is raised; the last one is the breach."""

REQUEUE_AT_PCT, ESCALATE_AT_PCT = 80, 95
"""Per cent of the time at which a promise returns to its queue, and goes to the head of the queue."""

RETRY_PAUSE = timedelta(minutes=30)
"""Pause after a failed attempt before the callback is offered again."""

MAX_ATTEMPTS = 3
"""Unanswered attempts (the first call and its retries) after which the citizen counts as not reached, which does not fulfil the promise
(D5).
"""


class Outcome(StrEnum):
    """Outcome of an attempt that did not bring the answer."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    SPOKE = "spoke"
    """The citizen was reached, but the answer could not be given yet: this fulfils nothing (D5)."""


class Attempt(Struct, frozen=True, gc=False):
    """`by` is a login."""

    at: datetime
    by: str
    outcome: Outcome


class CallbackPromise(Struct, frozen=True, omit_defaults=True):
    """The owed answer, to be brought to `address` before `due`. `by` is a login, or "" for the hub."""

    given: datetime
    due: datetime
    address: Address
    why: str
    by: str = ""
    waiting_since: datetime | None = None
    """When the citizen began to wait for an operator, if that was before the promise."""
    attempts: tuple[Attempt, ...] = ()
    alarmed: int = 0
    """Per cent of the last alarm; stored, so that a restart does not raise it again."""


def promise(now: datetime, address: Address, why: str, by: str = "", waiting_since: datetime | None = None) -> CallbackPromise:
    """A promise given now."""
    return CallbackPromise(now, now + DAY, address, why, by, waiting_since)


def tried(owed: CallbackPromise, attempt: Attempt) -> CallbackPromise:
    """The promise after an attempt that did not bring the answer."""
    return replace(owed, attempts=(*owed.attempts, attempt))


def not_reached(owed: CallbackPromise) -> bool:
    """Whether the last three attempts were unanswered. The answer is still owed."""
    last = owed.attempts[-MAX_ATTEMPTS:]
    return len(last) == MAX_ATTEMPTS and all(attempt.outcome is not Outcome.SPOKE for attempt in last)


def overdue(owed: CallbackPromise, now: datetime) -> bool:
    """Whether the deadline has passed (exclusive)."""
    return now > owed.due


def at_risk(owed: CallbackPromise) -> bool:
    """Whether so much of its day has passed that the promise must return to its queue."""
    return owed.alarmed >= REQUEUE_AT_PCT


def instant(owed: CallbackPromise, percent: int) -> datetime:
    """The moment at which a percentage of the time has passed."""
    return owed.given + (owed.due - owed.given) * percent / 100


def alarms(owed: CallbackPromise, now: datetime) -> tuple[int, ...]:
    """The alarms to raise now, in per cent, without those raised before."""
    return tuple(percent for percent in ALARMS if percent > owed.alarmed and instant(owed, percent) <= now)


def next_alarm(owed: CallbackPromise) -> datetime | None:
    """The moment of the next alarm."""
    return next((instant(owed, percent) for percent in ALARMS if percent > owed.alarmed), None)


def returns_at(owed: CallbackPromise, kept_since: datetime) -> datetime | None:
    """When a promise that an operator has kept since a moment returns to its queue.

    None for a citizen who was not reached: it stays in the list, and people decide what to do.
    """
    return None if not_reached(owed) else max(instant(owed, REQUEUE_AT_PCT), kept_since + RETRY_PAUSE)


def stands_since(owed: CallbackPromise, now: datetime) -> datetime:
    """The clock of a promise in its queue: as if it had just arrived or, when time is short, before all others."""
    return owed.given if now >= instant(owed, ESCALATE_AT_PCT) else now
