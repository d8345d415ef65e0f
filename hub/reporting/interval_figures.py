"""Figures of a day from the journal alone, so that every sum can be verified (CH-13, MC-02). Pure.

A promise results in a callback, which is kept apart from citizens' contacts in every figure (D2).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, defstruct

from hub.conversations.talk_clocks import ANSWER
from hub.reporting.columns import fields, values
from hub.reporting.contact_history import DelayCause, PromiseOutcome, Result, ServiceContact
from hub.reporting.figure import Place
from hub.reporting.measurement import Counter, Counts, tally

DAY = Counter(Place.DAY)
BREACHES = "breaches"
LATE = frozenset({BREACHES, "calls_late"})
"""Figures whose contacts are listed one by one."""
COUNTED = tuple(each for each in fields(Place.DAY, counted=True) if each[0] != BREACHES)
"""The sums of a day; breaches are listed one by one."""
Sums: Any = defstruct("Sums", COUNTED, frozen=True)


class Breach(Struct, frozen=True):
    """A wait of more than 20 s, in the line or since the answer of the call; each is listed (SL-03, SL-08)."""

    conversation: int
    asked: datetime
    wait_s: float
    result: Result
    cause: DelayCause
    queue: str
    call_wait_s: float | None = None
    """From the answer of the call; None for text."""

    @property
    def in_line(self) -> bool:
        """Whether it waited so long in the line."""
        return self.wait_s > ANSWER.total_seconds()


class Interval(Sums, frozen=True):  # type: ignore[call-arg,misc]  # its fields are those of the table
    """Contacts by their beginning, promises by the time they were given."""

    start: datetime
    breaches: tuple[Breach, ...]


def counts(interval: Interval) -> dict[str, int | float]:
    """Its sums by name."""
    return {name: getattr(interval, name) for name, _ in COUNTED} | {BREACHES: sum(each.in_line for each in interval.breaches)}


def starts(begins: datetime, ends: datetime, length: timedelta) -> list[datetime]:
    """Beginnings of the intervals of a period; the last interval may be shorter."""
    return [begins + length * number for number in range(-((begins - ends) // length))]


def intervals(contacts: Iterable[ServiceContact], pledges: Iterable[PromiseOutcome], begin: Sequence[datetime],
              now: datetime) -> list[Interval]:
    """The figures of the intervals, including empty ones; nothing begins before the first."""
    return [_interval(*each) for each in zip(begin, *_counted(contacts, pledges, begin, now), strict=True)]


def with_whole(contacts: Iterable[ServiceContact], pledges: Iterable[PromiseOutcome], begin: Sequence[datetime],
               now: datetime) -> tuple[list[Interval], Interval]:
    """The same and their total, counted once."""
    sums, late = _counted(contacts, pledges, begin, now)
    whole: Counts = {}
    for each in sums:
        tally(each, whole)
    return ([_interval(*each) for each in zip(begin, sums, late, strict=True)],
            _interval(begin[0], whole, [one for each in late for one in each]))


def _counted(contacts: Iterable[ServiceContact], pledges: Iterable[PromiseOutcome], begin: Sequence[datetime],
             now: datetime) -> tuple[list[Counts], list[list[Breach]]]:
    sums: list[Counts] = [{} for _ in begin]
    late: list[list[Breach]] = [[] for _ in begin]
    for contact in contacts:
        at = bisect_right(begin, contact.asked) - 1
        tally(counted := DAY.contact(contact, now), sums[at])
        if not LATE.isdisjoint(counted):
            late[at].append(breach(contact, now))
    for pledge in pledges:
        tally(DAY.promise(pledge, now), sums[bisect_right(begin, pledge.given) - 1])
    return sums, late


def _interval(start: datetime, sums: Mapping[str, float], late: list[Breach]) -> Interval:
    found = values(Place.DAY, sums)
    return Interval(start=start, breaches=tuple(sorted(late, key=lambda one: (one.asked, one.conversation))),
                    **{name: found[name] for name, _ in COUNTED})


def breach(contact: ServiceContact, now: datetime) -> Breach:
    call_wait = None if contact.called is None else contact.call_wait(now).total_seconds()
    return Breach(contact.conversation, contact.asked, contact.wait(now).total_seconds(), contact.result, contact.cause(now), contact.queue,
                  call_wait)
