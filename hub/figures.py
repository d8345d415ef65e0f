"""What a day came to, out of the journal and nothing else: every sum can be counted again by reading it (CH-13, MC-02).

What comes of a promise is a callback, and is kept apart from what citizens asked for in every figure (D2).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from hub.deadlines import ANSWER, DECISION
from hub.history import Cause, Contact, Pledge, Result, history
from hub.journal import PromiseEnd, Record

QUARTER, HALF = timedelta(minutes=15), timedelta(minutes=30)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Breach(Struct, frozen=True):
    """A citizen who waited for longer than 20 s; each is listed (SL-03)."""

    conversation: int
    asked: datetime
    wait_s: float
    result: Result
    cause: Cause


class Interval(Struct, frozen=True):
    """Contacts by when they were asked for, promises by when they were given. offered = answered + left + promised + waiting."""

    start: datetime
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
    wait_s: float
    """Sum of the waits of those who were answered."""
    talk_s: float
    talks_ended: int
    talks_in_time: int
    """Ended within 10 minutes from the first operator's connection (SL-04)."""
    breaches: tuple[Breach, ...]
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


def service_level(of: Iterable[Interval]) -> float | None:
    """The strict share: in_time / (offered − waiting). Who left or got a promise was not answered in 20 s (D2)."""
    intervals = list(of)
    decided = sum(each.offered - each.waiting for each in intervals)
    return sum(each.in_time for each in intervals) / decided if decided else None


def mean_wait_s(of: Iterable[Interval]) -> float | None:
    """The mean speed of answer in seconds: wait_s / answered (ISO 18295-1: ASA)."""
    intervals = list(of)
    answered = sum(each.answered for each in intervals)
    return sum(each.wait_s for each in intervals) / answered if answered else None


def intervals(records: Iterable[Record], length: timedelta, now: datetime) -> list[Interval]:
    """The figures of each interval in which something began, oldest first; `records` in the order of their ids."""
    contacts, pledges = history(records)
    by_start: dict[datetime, tuple[list[Contact], list[Pledge]]] = {}
    for contact in contacts:
        by_start.setdefault(_start(contact.asked, length), ([], []))[0].append(contact)
    for pledge in pledges:
        by_start.setdefault(_start(pledge.given, length), ([], []))[1].append(pledge)
    return [_interval(start, *by_start[start], now) for start in sorted(by_start)]


def _start(at: datetime, length: timedelta) -> datetime:
    return EPOCH + (at - EPOCH) // length * length


def _interval(start: datetime, contacts: list[Contact], pledges: list[Pledge], now: datetime) -> Interval:
    asked = [c for c in contacts if not c.callback]
    back = [c for c in contacts if c.callback]
    answered = [c for c in asked if c.answered]
    left = [c for c in asked if c.result is Result.LEFT]
    over = [c for c in answered if c.ended]
    kept = [p for p in pledges if p.how is PromiseEnd.KEPT]
    late = sum(p.ended is not None and p.ended > p.due for p in kept)
    still = [p for p in pledges if p.ended is None]
    return Interval(
        start, offered=len(asked), answered=len(answered), in_time=sum(c.wait(now) <= ANSWER for c in answered),
        left=len(left), left_early=sum(c.wait(now) <= ANSWER for c in left),
        promised=sum(c.result is Result.PROMISED and c.answered is None for c in asked),
        waiting=sum(c.result is Result.WAITING for c in asked), transfers=sum(c.transfers for c in asked),
        wait_s=sum(c.wait(now).total_seconds() for c in answered), talk_s=_talk_s(asked),
        talks_ended=len(over), talks_in_time=sum(c.ended - c.answered <= DECISION for c in over if c.ended and c.answered),
        breaches=tuple(_breaches(asked, now)), callbacks=len(back), callbacks_answered=sum(c.answered is not None for c in back),
        callbacks_talk_s=_talk_s(back), given=len(pledges), kept=len(kept) - late, kept_late=late,
        withdrawn=sum(p.how is PromiseEnd.WITHDRAWN for p in pledges), open=len(still), overdue=sum(now > p.due for p in still))


def _talk_s(contacts: Iterable[Contact]) -> float:
    return sum((c.talk for c in contacts), timedelta(0)).total_seconds()


def _breaches(contacts: Iterable[Contact], now: datetime) -> Iterator[Breach]:
    for contact in contacts:
        if (wait := contact.wait(now)) > ANSWER:
            yield Breach(contact.conversation, contact.asked, wait.total_seconds(), contact.result, contact.cause)
