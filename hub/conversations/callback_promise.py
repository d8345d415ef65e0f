"""The promise of an answer within a day (SL-05), the retries of the callback, and how its time runs out. Pure.

Everything is an instant in UTC, so neither a restart nor a change of the clocks moves a deadline.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import Address

DAY = timedelta(seconds=86_400)
"""«в течение суток»: 24 hours from when it was promised, since the service knows no days off (D5)."""

ALARMS = (50, 80, 95, 100)
"""Per cent of the time at which an alarm is raised; the last one is the breach itself."""

REQUEUE_AT_PCT, ESCALATE_AT_PCT = 80, 95
"""Per cent of the time at which a promise goes back into its queue, and to the head of that queue."""

RETRY_PAUSE = timedelta(minutes=30)
"""The retry of a callback: an attempt that failed is left alone for so long before anybody is offered the next one."""

MAX_ATTEMPTS = 3
"""Unanswered attempts (the first call and its retries) after which the citizen counts as not reached, which is not done (D5)."""


class Outcome(StrEnum):
    """How an attempt to bring the answer ended without it."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    SPOKE = "spoke"
    """He was reached, but the answer could not be given yet: that discharges nothing (D5)."""


class Attempt(Struct, frozen=True, gc=False):
    """`by` is a login."""

    at: datetime
    by: str
    outcome: Outcome


class CallbackPromise(Struct, frozen=True, omit_defaults=True):
    """What is owed to the citizen: the answer, brought to `address` before `due`. `by` is a login, or "" for the hub."""

    given: datetime
    due: datetime
    address: Address
    why: str
    by: str = ""
    waiting_since: datetime | None = None
    """When the citizen began to wait for a person, if he did before it was promised."""
    attempts: tuple[Attempt, ...] = ()
    alarmed: int = 0
    """Per cent of the last alarm that was raised; stored, so that a restart raises none of them again."""


def promise(now: datetime, address: Address, why: str, by: str = "", waiting_since: datetime | None = None) -> CallbackPromise:
    """A promise given now."""
    return CallbackPromise(now, now + DAY, address, why, by, waiting_since)


def tried(owed: CallbackPromise, attempt: Attempt) -> CallbackPromise:
    """The promise after an attempt that did not bring the answer."""
    return replace(owed, attempts=(*owed.attempts, attempt))


def not_reached(owed: CallbackPromise) -> bool:
    """Whether the last three attempts were not answered. The answer is owed all the same."""
    last = owed.attempts[-MAX_ATTEMPTS:]
    return len(last) == MAX_ATTEMPTS and all(attempt.outcome is not Outcome.SPOKE for attempt in last)


def overdue(owed: CallbackPromise, now: datetime) -> bool:
    """Whether the day is over: at the very deadline it is not yet."""
    return now > owed.due


def at_risk(owed: CallbackPromise) -> bool:
    """Whether so much of the day is over that its answer goes back into its queue."""
    return owed.alarmed >= REQUEUE_AT_PCT


def instant(owed: CallbackPromise, percent: int) -> datetime:
    """When so many per cent of the time are over."""
    return owed.given + (owed.due - owed.given) * percent / 100


def alarms(owed: CallbackPromise, now: datetime) -> tuple[int, ...]:
    """The alarms to raise now, in per cent; those raised before are not among them."""
    return tuple(percent for percent in ALARMS if percent > owed.alarmed and instant(owed, percent) <= now)


def next_alarm(owed: CallbackPromise) -> datetime | None:
    """When the first alarm is due that was not raised yet."""
    return next((instant(owed, percent) for percent in ALARMS if percent > owed.alarmed), None)


def returns_at(owed: CallbackPromise, kept_since: datetime) -> datetime | None:
    """When a promise that somebody has kept back since a moment goes into its queue by itself.

    None for a citizen who was not reached: it stays in the list, and people decide what to try next.
    """
    return None if not_reached(owed) else max(instant(owed, REQUEUE_AT_PCT), kept_since + RETRY_PAUSE)


def stands_since(owed: CallbackPromise, now: datetime) -> datetime:
    """The clock by which a promise stands in its queue: as one who has just come, or, when time is short, before all others."""
    return owed.given if now >= instant(owed, ESCALATE_AT_PCT) else now
