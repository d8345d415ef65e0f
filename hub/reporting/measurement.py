"""Measurements of contacts, promises and transfers, by the table of figures. Pure.

A figure is the number of measurements with its column, so the list behind it has that length (CH-13, MC-02).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import FROM, Address
from hub.reporting.columns import COUNTED
from hub.reporting.contact_history import PromiseOutcome, Result, ServiceContact, Transfer
from hub.reporting.figure import Counting, Event, Place

AGAIN = timedelta(days=7)
"""A citizen who returns with the same subject within this time was not helped the first time."""
NOTHING: Mapping[str, float] = {}
Counts = dict[str, float]


class Plan(NamedTuple):
    """What all events of one case add: 1, numbers, durations."""

    ones: Counts
    numbers: tuple[tuple[str, Callable[[Any, Any], float]], ...]
    lengths: tuple[tuple[str, Callable[[Any, Any], timedelta]], ...]


class Counter:
    """Counting for one place: the table as plain tuples, one row for each case, since each commit counts."""

    __slots__ = ("_callback", "_called", "_going", "_open", "_owed", "_returned", "_served", "_settled", "_taken", "_talked", "_unanswered")

    def __init__(self, place: Place) -> None:
        self._unanswered = _plan(place, Event.ASKED, Event.UNANSWERED)
        self._going = _plan(place, Event.ASKED, Event.ANSWERED)
        self._talked = _plan(place, Event.ASKED, Event.ANSWERED, Event.TALKED)
        self._called = _plan(place, Event.CALLBACK)
        self._callback = _plan(place, Event.CALLBACK, Event.CALLBACK_ANSWERED)
        self._owed = _plan(place, Event.PROMISE, Event.PROMISE_OPEN)
        self._settled = _plan(place, Event.PROMISE, Event.PROMISE_ENDED)
        self._open = _plan(place, Event.TRANSFER, Event.TRANSFER_OPEN)
        self._taken = _plan(place, Event.TRANSFER, Event.TRANSFER_TAKEN)
        self._served = _plan(place, Event.SERVED)
        self._returned = _plan(place, Event.SERVED, Event.SERVED_AGAIN)

    def contact(self, contact: ServiceContact, now: datetime) -> Counts:
        if contact.callback:
            plan = self._called if contact.answered is None else self._callback
        elif contact.answered is None:
            plan = self._unanswered
        else:
            plan = self._going if contact.ended is None else self._talked
        return _counted(plan, contact, now)

    def promise(self, promise: PromiseOutcome, now: datetime) -> Counts:
        return _counted(self._owed if promise.ended is None else self._settled, promise, now)

    def transfer(self, transfer: Transfer) -> Counts:
        return _counted(self._open if transfer.taken is None else self._taken, transfer, transfer.taken)

    def served(self, *, again: bool) -> Counts:
        return _counted(self._returned if again else self._served, None, None)


def _plan(place: Place, *events: Event) -> Plan:
    found = [(figure.name, figure.source) for figure in COUNTED[place]
             if isinstance(figure.source, Counting) and figure.source.event in events]
    return Plan({name: 1 for name, one in found if one.number is None and one.length is None},
                tuple((name, one.number) for name, one in found if one.number is not None),
                tuple((name, one.length) for name, one in found if one.length is not None))


def _counted(plan: Plan, one: Any, about: Any) -> Counts:  # noqa: ANN401 - the events say what they are
    ones, numbers, lengths = plan
    counts = ones.copy()
    for name, number in numbers:
        if found := number(one, about):
            counts[name] = +found  # True becomes 1
    for name, length in lengths:
        counts[name] = length(one, about).total_seconds()
    return counts


PERIOD = Counter(Place.PERIOD)


def tally(counts: Mapping[str, float], to: Counts) -> None:
    """Add the counts."""
    for name, value in counts.items():
        to[name] = to.get(name, 0) + value


class Measurement(Struct, frozen=True, gc=False):
    """One counted item, at the beginning of its contact or promise. `counts` are its columns and durations."""

    conversation: int
    at: datetime
    line: str
    counts: Mapping[str, float]
    channel: str = ""
    topic: str = ""
    operator: str = ""
    way: str = ""
    """From line to line, for a transfer."""
    language: str = ""
    """ISO 639, of a contact."""


class Visit(Struct, frozen=True, gc=False):
    """A closed contact with its citizen: the basis of first-contact resolution."""

    fact: Measurement
    person: str
    ended: datetime
    served: bool
    """Answered and closed with a topic."""


def of_contact(contact: ServiceContact, channel: str, now: datetime, language: str) -> Measurement:
    counts = PERIOD.contact(contact, now)
    return Measurement(contact.conversation, contact.asked, contact.queue, counts, channel, contact.topic, contact.operator,
                       language=language)


def handings(contact: ServiceContact, channel: str, units: Mapping[str, str]) -> Iterator[Measurement]:
    """Its transfers between lines of different `units`; each belongs to the receiving line, or to that of the sender from here."""
    for each in contact.handings:
        sender = FROM + Address(channel, "").sender if each.sender == FROM else each.sender
        if unit_of(sender, units) != unit_of(each.receiver, units):
            line = sender if each.receiver.startswith(FROM) else each.receiver
            yield Measurement(contact.conversation, contact.asked, line, PERIOD.transfer(each), channel, contact.topic,
                              contact.operator, f"{sender}>{each.receiver}")


def unit_of(place: str, units: Mapping[str, str]) -> str:
    """The unit of a line, or the code of another deployment's centre."""
    return place.removeprefix(FROM) if place.startswith(FROM) else units.get(place, "")


def of_pledge(pledge: PromiseOutcome, channel: str, now: datetime) -> Measurement:
    return Measurement(pledge.conversation, pledge.given, pledge.queue, PERIOD.promise(pledge, now), channel)


SERVED, SEEN_AGAIN = (PERIOD.served(again=again) for again in (False, True))


def visit(contact: ServiceContact, fact: Measurement, person: str) -> Visit | None:
    """None for outbound calls and unfinished contacts."""
    if contact.callback or contact.ended is None:
        return None
    served = contact.answered is not None and contact.result is Result.CLOSED and contact.topic != ""
    return Visit(replace(fact, counts=NOTHING), person, contact.ended, served)


def returns(visits: Sequence[Visit], later: Iterable[Visit], same: Mapping[str, str]) -> Iterator[Measurement]:
    """First-contact resolution: for each served visit, whether the same person came again within seven days with the same topic.

    A return is a later contact closed with this topic within seven days after the first one began: this is final seven days later.
    `later` are all visits of these days, including `visits`; `same` gives the person of an address, where a person has several.
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
