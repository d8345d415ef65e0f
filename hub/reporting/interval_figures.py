"""What a day came to, out of the journal and nothing else: every sum can be counted again by reading it (CH-13, MC-02). Pure.

What comes of a promise is a callback, and is kept apart from what citizens asked for in every figure (D2).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from hub.conversations.journal import PromiseEnd
from hub.conversations.talk_clocks import ANSWER, DECISION
from hub.reporting.contact_history import DelayCause, PromiseOutcome, Result, ServiceContact


class Breach(Struct, frozen=True):
    """A citizen who waited for longer than 20 s; each is listed (SL-03)."""

    conversation: int
    asked: datetime
    wait_s: float
    result: Result
    cause: DelayCause
    queue: str


class Sums(Struct, frozen=True):
    """Contacts by when they were asked for, promises by when they were given. offered = answered + left + promised + waiting."""

    offered: int
    answered: int
    in_time: int
    """Answered within 20 s."""
    left: int
    left_early: int
    """Of these, those who left within 20 s."""
    promised: int
    """Got a promise instead of an operator; never counted as answered (D2)."""
    waiting: int
    transfers: int
    passed: int
    """Of these, those from centre to centre (RT-01)."""
    wait_s: float
    """Sum of the waits of those who were answered."""
    talk_s: float
    hold_s: float
    """Of `talk_s`, what citizens waited in the middle of talks: on hold, or while the operator asked somebody."""
    talks_ended: int
    talks_in_time: int
    """Ended within 10 minutes from the first operator's connection (SL-04)."""
    callbacks: int
    callbacks_answered: int
    callbacks_talk_s: float
    given: int
    """given = kept + kept_late + withdrawn + open."""
    kept: int
    kept_late: int
    withdrawn: int
    open: int
    overdue: int
    """Of the open ones, those whose day is over."""


class Interval(Sums, frozen=True):
    start: datetime
    breaches: tuple[Breach, ...]


def service_level(of: Sums) -> float | None:
    """The strict share: in_time / (offered − waiting). Who left or got a promise was not answered in 20 s (D2)."""
    decided = of.offered - of.waiting
    return of.in_time / decided if decided else None


def mean_wait_s(of: Sums) -> float | None:
    """The mean speed of answer in seconds: wait_s / answered (ISO 18295-1: ASA)."""
    return of.wait_s / of.answered if of.answered else None


def starts(begins: datetime, ends: datetime, length: timedelta) -> list[datetime]:
    """When the intervals of a time begin; the last one may be shorter."""
    return [begins + length * number for number in range(-((begins - ends) // length))]


def intervals(contacts: Iterable[ServiceContact], pledges: Iterable[PromiseOutcome], begin: Sequence[datetime],
              now: datetime) -> list[Interval]:
    """The figures of the intervals that begin then, empty ones, too; nothing of what is counted began before the first."""
    asked: list[list[ServiceContact]] = [[] for _ in begin]
    given: list[list[PromiseOutcome]] = [[] for _ in begin]
    for contact in contacts:
        asked[bisect_right(begin, contact.asked) - 1].append(contact)
    for pledge in pledges:
        given[bisect_right(begin, pledge.given) - 1].append(pledge)
    return [_interval(*each, now) for each in zip(begin, asked, given, strict=True)]


def _interval(start: datetime, contacts: list[ServiceContact], pledges: list[PromiseOutcome], now: datetime) -> Interval:
    asked = [c for c in contacts if not c.callback]
    back = [c for c in contacts if c.callback]
    answered = [c for c in asked if c.answered]
    left = [c for c in asked if c.result is Result.LEFT]
    over = [c for c in answered if c.ended]
    kept = [p for p in pledges if p.how is PromiseEnd.KEPT]
    late = sum(p.ended is not None and p.ended > p.due for p in kept)
    still = [p for p in pledges if p.ended is None]
    return Interval(
        start=start, offered=len(asked), answered=len(answered), in_time=sum(c.wait(now) <= ANSWER for c in answered),
        left=len(left), left_early=sum(c.wait(now) <= ANSWER for c in left),
        promised=sum(c.result is Result.PROMISED and c.answered is None for c in asked),
        waiting=sum(c.result is Result.WAITING for c in asked), transfers=sum(c.transfers for c in asked),
        passed=sum(c.passed for c in asked),
        wait_s=sum(c.wait(now).total_seconds() for c in answered), talk_s=_talk_s(asked),
        hold_s=sum((c.hold for c in asked), timedelta(0)).total_seconds(),
        talks_ended=len(over), talks_in_time=sum(c.ended - c.answered <= DECISION for c in over if c.ended and c.answered),
        breaches=tuple(sorted(_breaches(asked, now), key=lambda breach: (breach.asked, breach.conversation))),
        callbacks=len(back), callbacks_answered=sum(c.answered is not None for c in back), callbacks_talk_s=_talk_s(back),
        given=len(pledges), kept=len(kept) - late, kept_late=late,
        withdrawn=sum(p.how is PromiseEnd.WITHDRAWN for p in pledges), open=len(still), overdue=sum(now > p.due for p in still))


def _talk_s(contacts: Iterable[ServiceContact]) -> float:
    return sum((c.talk for c in contacts), timedelta(0)).total_seconds()


def _breaches(contacts: Iterable[ServiceContact], now: datetime) -> Iterator[Breach]:
    for contact in contacts:
        if (wait := contact.wait(now)) > ANSWER:
            yield Breach(contact.conversation, contact.asked, wait.total_seconds(), contact.result, contact.cause, contact.queue)
