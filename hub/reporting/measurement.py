"""What is counted of each contact, promise and hand-over, by the table of figures. Pure.

A figure is the number of measurements that have its column, so the list behind it is as long as the figure says (CH-13, MC-02).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from hub.reporting.columns import COUNTED
from hub.reporting.contact_history import PromiseOutcome, Result, ServiceContact, Transfer
from hub.reporting.figure import Counting, Event, Place

AGAIN = timedelta(days=7)
"""Whoever comes back for the same within so long was not helped the first time."""
NOTHING: Mapping[str, float] = {}
Counts = dict[str, float]


class Counter:
    """How the figures of one place are counted: the table as plain tuples, since each commit counts."""

    __slots__ = ("_lengths", "_numbers", "_ones")

    def __init__(self, place: Place) -> None:
        found: dict[Event, list[tuple[str, Counting]]] = {event: [] for event in Event}
        for figure in COUNTED[place]:
            if isinstance(figure.source, Counting):
                found[figure.source.event].append((figure.name, figure.source))
        self._ones = {event: tuple(name for name, one in each if not (one.number or one.length)) for event, each in found.items()}
        self._numbers = {event: tuple((name, one.number) for name, one in each if one.number) for event, each in found.items()}
        self._lengths = {event: tuple((name, one.length) for name, one in each if one.length) for event, each in found.items()}

    def contact(self, contact: ServiceContact, wait: timedelta) -> Counts:
        counts: Counts = {}
        if contact.callback:
            self._count(Event.CALLBACK, contact, wait, counts)
            if contact.answered is not None:
                self._count(Event.CALLBACK_ANSWERED, contact, wait, counts)
            return counts
        self._count(Event.ASKED, contact, wait, counts)
        if contact.answered is None:
            self._count(Event.UNANSWERED, contact, wait, counts)
            return counts
        self._count(Event.ANSWERED, contact, wait, counts)
        if contact.ended is not None:
            self._count(Event.TALKED, contact, wait, counts)
        return counts

    def promise(self, promise: PromiseOutcome, now: datetime) -> Counts:
        counts: Counts = {}
        self._count(Event.PROMISE, promise, now, counts)
        self._count(Event.PROMISE_OPEN if promise.ended is None else Event.PROMISE_ENDED, promise, now, counts)
        return counts

    def transfer(self, transfer: Transfer) -> Counts:
        counts: Counts = {}
        self._count(Event.TRANSFER, transfer, transfer.taken, counts)
        self._count(Event.TRANSFER_OPEN if transfer.taken is None else Event.TRANSFER_TAKEN, transfer, transfer.taken, counts)
        return counts

    def served(self, *, again: bool) -> Counts:
        counts: Counts = {}
        self._count(Event.SERVED, None, None, counts)
        if again:
            self._count(Event.SERVED_AGAIN, None, None, counts)
        return counts

    def _count(self, event: Event, one: Any, about: Any, to: Counts) -> None:  # noqa: ANN401 - the event says what they are
        for name in self._ones[event]:
            to[name] = 1
        for name, number in self._numbers[event]:
            if found := number(one, about):
                to[name] = +found  # True is written as 1
        for name, length in self._lengths[event]:
            to[name] = length(one, about).total_seconds()


PERIOD = Counter(Place.PERIOD)


def tally(counts: Mapping[str, float], to: Counts) -> None:
    """Add what was counted."""
    for name, value in counts.items():
        to[name] = to.get(name, 0) + value


class Measurement(Struct, frozen=True, gc=False):
    """Something that is counted, when its contact was asked for or its promise given. `counts` are its columns and its seconds."""

    conversation: int
    at: datetime
    line: str
    counts: Mapping[str, float]
    channel: str = ""
    topic: str = ""
    operator: str = ""
    way: str = ""
    """From which line to which, of a hand-over."""


class Visit(Struct, frozen=True, gc=False):
    """A contact that was closed, and whose it was: what first-contact resolution is counted from."""

    fact: Measurement
    person: str
    ended: datetime
    served: bool
    """Answered and closed on a topic."""


def of_contact(contact: ServiceContact, channel: str, now: datetime) -> Measurement:
    counts = PERIOD.contact(contact, contact.wait(now))
    return Measurement(contact.conversation, contact.asked, contact.queue, counts, channel, contact.topic, contact.operator)


def handings(contact: ServiceContact, channel: str, units: Mapping[str, str]) -> Iterator[Measurement]:
    """Its hand-overs between lines of different `units`; each belongs to the line that was to take it."""
    for each in contact.handings:
        if units.get(each.sender, "") != units.get(each.receiver, ""):
            yield Measurement(contact.conversation, contact.asked, each.receiver, PERIOD.transfer(each), channel, contact.topic,
                              contact.operator, f"{each.sender}>{each.receiver}")


def of_pledge(pledge: PromiseOutcome, channel: str, now: datetime) -> Measurement:
    return Measurement(pledge.conversation, pledge.given, pledge.queue, PERIOD.promise(pledge, now), channel)


SERVED, SEEN_AGAIN = (PERIOD.served(again=again) for again in (False, True))


def visit(contact: ServiceContact, fact: Measurement, person: str) -> Visit | None:
    """None for what nobody asked for, or is not over."""
    if contact.callback or contact.ended is None:
        return None
    served = contact.answered is not None and contact.result is Result.CLOSED and contact.topic != ""
    return Visit(replace(fact, counts=NOTHING), person, contact.ended, served)


def returns(visits: Sequence[Visit], later: Iterable[Visit], same: Mapping[str, str]) -> Iterator[Measurement]:
    """First-contact resolution: of each visit that was served within seven days, whether the same person came again on the same topic.

    That is a contact that was asked for after it and is over on this topic within seven days from when the first one was asked for:
    so much is certain seven days later, and stays so. `later` are all visits of these days, those of `visits` among them; `same` says
    whose an address is, where somebody has several.
    """
    again: dict[tuple[str, str], list[Visit]] = {}
    for each in later:
        again.setdefault((same.get(each.person, each.person), each.fact.topic), []).append(each)
    for one in visits:
        if one.served and one.ended <= one.fact.at + AGAIN:
            first, person = one.fact, same.get(one.person, one.person)
            back = any(first.at < each.fact.at and each.ended <= first.at + AGAIN for each in again[person, first.topic])
            counts = SEEN_AGAIN if back else SERVED
            yield Measurement(first.conversation, first.at, first.line, counts, first.channel, first.topic, first.operator)
