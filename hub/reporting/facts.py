"""What is counted of each contact, promise and hand-over: one place for the figures of periods and for the lists behind them. Pure.

A figure is the number of facts that have its column, so the list behind it is as long as the figure says (CH-13, MC-02).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, convert
from msgspec.structs import replace

from hub.conversations.journal import PromiseEnd
from hub.conversations.talk_clocks import ANSWER, DECISION
from hub.reporting.contact_history import PromiseOutcome, Result, ServiceContact

AGAIN = timedelta(days=7)
"""Whoever comes back for the same within so long was not helped the first time."""


class PeriodColumn(StrEnum):
    """Columns that count facts."""

    OFFERED = "offered"
    ANSWERED = "answered"
    IN_TIME = "in_time"
    BREACHES = "breaches"
    LEFT = "left"
    LEFT_EARLY = "left_early"
    PROMISED = "promised"
    WAITING = "waiting"
    TALKS_ENDED = "talks_ended"
    TALKS_IN_TIME = "talks_in_time"
    TALKS_LONG = "talks_long"
    TRANSFERRED = "transferred"
    PASSED = "passed_on"
    CALLBACKS = "callbacks"
    CALLBACKS_ANSWERED = "callbacks_answered"
    GIVEN = "given"
    KEPT = "kept"
    KEPT_LATE = "kept_late"
    WITHDRAWN = "withdrawn"
    OPEN = "open"
    OVERDUE = "overdue"
    HANDED = "handed"
    HANDED_TAKEN = "handed_taken"
    HANDED_OPEN = "handed_open"
    DECIDED = "decided"
    RETURNED = "returned"


NOTHING: Mapping[str, float] = {}
SERVED: Mapping[str, float] = {PeriodColumn.DECIDED: 1}
SEEN_AGAIN: Mapping[str, float] = {PeriodColumn.DECIDED: 1, PeriodColumn.RETURNED: 1}


class PeriodSums(Struct, frozen=True):
    """What was asked for, promised and handed over in a time. Each name of `PeriodColumn` is a number of facts; `_s` are sums of seconds.

    offered = answered + left + promised + waiting; given = kept + kept_late + withdrawn + open.
    """

    offered: int = 0
    answered: int = 0
    in_time: int = 0
    """Answered within 20 s (SL-03)."""
    breaches: int = 0
    """Waited for longer than 20 s, answered or not."""
    left: int = 0
    left_early: int = 0
    promised: int = 0
    waiting: int = 0
    talks_ended: int = 0
    talks_in_time: int = 0
    """Ended within 10 minutes from the first operator's connection (SL-04)."""
    talks_long: int = 0
    """talks_ended = talks_in_time + talks_long."""
    transferred: int = 0
    """Contacts that went to another line or colleague, however often."""
    passed_on: int = 0
    """Of these, to another centre."""
    callbacks: int = 0
    callbacks_answered: int = 0
    given: int = 0
    kept: int = 0
    kept_late: int = 0
    withdrawn: int = 0
    open: int = 0
    overdue: int = 0
    handed: int = 0
    """Hand-overs between units (MC-06)."""
    handed_taken: int = 0
    handed_open: int = 0
    """Nobody there has had it, yet or at all: handed = handed_taken + handed_open."""
    decided: int = 0
    """Contacts closed on a topic whose seven days are over."""
    returned: int = 0
    """Of these, those whose citizen came again on the same topic."""
    wait_s: float = 0
    """Waits of those who were answered."""
    talk_s: float = 0
    handled_s: float = 0
    """Of `talk_s`, talks of contacts that are over."""
    hold_s: float = 0
    handed_s: float = 0
    """From each hand-over between units that was taken until it was."""


def tally(counts: Mapping[str, float], to: dict[str, float]) -> None:
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
    counts = _called(contact) if contact.callback else _asked(contact, contact.wait(now))
    return Measurement(contact.conversation, contact.asked, contact.queue, counts, channel, contact.topic, contact.operator)


def _called(contact: ServiceContact) -> dict[str, float]:
    counts: dict[str, float] = {PeriodColumn.CALLBACKS: 1}
    return counts | {PeriodColumn.CALLBACKS_ANSWERED: 1} if contact.answered else counts


def _asked(contact: ServiceContact, wait: timedelta) -> dict[str, float]:
    counts: dict[str, float] = {PeriodColumn.OFFERED: 1}
    if wait > ANSWER:
        counts[PeriodColumn.BREACHES] = 1
    if contact.answered is None:
        counts[{Result.LEFT: PeriodColumn.LEFT, Result.PROMISED: PeriodColumn.PROMISED}.get(contact.result, PeriodColumn.WAITING)] = 1
        if contact.result is Result.LEFT and wait <= ANSWER:
            counts[PeriodColumn.LEFT_EARLY] = 1
    else:
        talk_s = contact.talk.total_seconds()
        counts |= {PeriodColumn.ANSWERED: 1, "wait_s": wait.total_seconds(), "talk_s": talk_s, "hold_s": contact.hold.total_seconds()}
        if wait <= ANSWER:
            counts[PeriodColumn.IN_TIME] = 1
        if contact.ended is not None:
            counts |= {PeriodColumn.TALKS_ENDED: 1, "handled_s": talk_s}
            counts[PeriodColumn.TALKS_IN_TIME if contact.ended - contact.answered <= DECISION else PeriodColumn.TALKS_LONG] = 1
    if contact.transfers:
        counts[PeriodColumn.TRANSFERRED] = 1
    if contact.passed:
        counts[PeriodColumn.PASSED] = 1
    return counts


def handings(contact: ServiceContact, channel: str, units: Mapping[str, str]) -> Iterator[Measurement]:
    """Its hand-overs between lines of different `units`; each belongs to the line that was to take it."""
    for each in contact.handings:
        if units.get(each.sender, "") != units.get(each.receiver, ""):
            counts: dict[str, float] = {PeriodColumn.HANDED: 1}
            if each.taken is None:
                counts[PeriodColumn.HANDED_OPEN] = 1
            else:
                counts |= {PeriodColumn.HANDED_TAKEN: 1, "handed_s": (each.taken - each.at).total_seconds()}
            yield Measurement(contact.conversation, contact.asked, each.receiver, counts, channel, contact.topic, contact.operator,
                       f"{each.sender}>{each.receiver}")


def of_pledge(pledge: PromiseOutcome, channel: str, now: datetime) -> Measurement:
    counts: dict[str, float] = {PeriodColumn.GIVEN: 1}
    if pledge.ended is None:
        counts[PeriodColumn.OPEN] = 1
        if now > pledge.due:
            counts[PeriodColumn.OVERDUE] = 1
    elif pledge.how is PromiseEnd.KEPT:
        counts[PeriodColumn.KEPT_LATE if pledge.ended > pledge.due else PeriodColumn.KEPT] = 1
    else:
        counts[PeriodColumn.WITHDRAWN] = 1
    return Measurement(pledge.conversation, pledge.given, pledge.queue, counts, channel)


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


def sums(counts: Mapping[str, float]) -> PeriodSums:
    """Out of counts by their names; seconds to a thousandth, so that the order of summing shows nowhere."""
    return convert({str(name): round(value, 3) if name.endswith("_s") else int(value) for name, value in counts.items()}, PeriodSums)
