"""Figures are the journal counted: whatever happened, the sums come out even."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.conversations.assignment_reason import AssignmentReason, AssignmentRule
from hub.conversations.callback_promise import DAY
from hub.conversations.conversation import Closed, Holder, InQueue, Promised, WithBot, WithOperator
from hub.conversations.journal import (
    ConversationEvent,
    HandedOver,
    Offered,
    OfferEnd,
    OfferEnded,
    PromiseEnd,
    PromiseEnded,
    PromiseGiven,
    PutOnHold,
    StoredEvent,
)
from hub.conversations.message import Author, Message
from hub.reporting.columns import values
from hub.reporting.contact_history import ContactProjection, DelayCause, Result
from hub.reporting.figure import Place
from hub.reporting.interval_figures import Interval, Sums, counts, intervals, starts

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
QUARTER, HALF = timedelta(minutes=15), timedelta(minutes=30)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def offered(begins: datetime, until: datetime) -> Offered:
    return Offered(begins, "anna", until, AssignmentReason(AssignmentRule.IDLE, 0, 0, 0, 0))


def queued(seconds: float, since: float | None = None, queue: str = "general") -> HandedOver:
    return HandedOver(at(seconds), InQueue(queue, at(seconds if since is None else since)), "asked")


def answered(seconds: float, since: float = 0, operator: str = "anna") -> HandedOver:
    return HandedOver(at(seconds), WithOperator(operator, at(seconds), "general", at(since)), "accepted", operator)


def held(seconds: float, *, on: bool) -> PutOnHold:
    return PutOnHold(at(seconds), "anna", on)


def closed(seconds: float) -> HandedOver:
    return HandedOver(at(seconds), Closed(at(seconds), "other", "anna"), "closed", "anna")


def promised(seconds: float) -> tuple[ConversationEvent, ...]:
    return PromiseGiven(at(seconds), at(seconds) + DAY, "why", "anna"), HandedOver(at(seconds), Promised("general", at(seconds)), "promised")


def kept(seconds: float, due: float) -> PromiseEnded:
    return PromiseEnded(at(seconds), at(due), PromiseEnd.KEPT, "anna")


def journal(*entries: ConversationEvent, conversation: int = 1) -> list[StoredEvent]:
    return [StoredEvent(number, conversation, entry) for number, entry in enumerate(entries, conversation * 1000)]


def read(records: Sequence[StoredEvent]) -> ContactProjection:
    stories = ContactProjection()
    stories.read(records)
    return stories


def figures_of(records: Sequence[StoredEvent], length: timedelta, now: datetime) -> list[Interval]:
    stories = read(records)
    return intervals(stories.contacts, stories.pledges, starts(START, max(now, START) + QUARTER, length), now)


def shares(figures: Interval) -> tuple[float | None, float | None]:
    found = values(Place.DAY, counts(figures))
    return found["service_level"], found["mean_wait_s"]


def only(*entries: ConversationEvent, now: float = 100_000) -> Interval:
    """All that came to it, as one interval."""
    figures, = figures_of(journal(*entries), timedelta(days=9), at(now))
    return figures


def test_an_answer_after_exactly_twenty_seconds_is_in_time() -> None:
    # CH-13, D2
    figures = only(queued(0), offered(at(1), at(30)), answered(20), closed(80))
    assert (figures.offered, figures.answered, figures.in_time, figures.breaches) == (1, 1, 1, ())
    assert (figures.wait_s, figures.talk_s, figures.talks_ended, figures.talks_in_time) == (20, 60, 1, 1)


def test_hold_is_a_part_of_the_talk_that_is_counted_once() -> None:
    # CH-12, CH-13: said twice, and not taken back before the talk is over
    figures = only(
        queued(0), answered(10), held(20, on=True), held(25, on=True), held(30, on=False), held(35, on=False), held(50, on=True), closed(60))
    assert (figures.talk_s, figures.hold_s) == (50, 20)
    assert only(queued(0), held(5, on=True), answered(10), closed(60)).hold_s == 0


def test_a_colleague_who_was_asked_is_a_transfer() -> None:
    # CH-09, CH-13
    figures = only(queued(0), answered(10), held(20, on=True), answered(30, operator="olga"), closed(70))
    assert (figures.transfers, figures.talk_s, figures.hold_s, figures.talks_ended) == (1, 60, 10, 1)


def test_a_citizen_joined_to_a_centre_with_telephones_of_its_own_is_a_transfer_between_centres() -> None:
    # CH-09, CH-13, RT-01
    there = HandedOver(at(70), Closed(at(70), "other", "anna"), "mfc_consultation", "anna")
    figures = only(queued(0), answered(10), held(20, on=True), held(70, on=False), there)
    assert (figures.answered, figures.transfers, figures.passed, figures.talk_s, figures.hold_s) == (1, 1, 1, 60, 50)


@pytest.mark.parametrize(("between", "cause"), [
    ((), DelayCause.NOBODY_FREE),
    ((offered(at(21), at(50)),), DelayCause.NOBODY_FREE),
    ((offered(at(5), at(15)), OfferEnded(at(15), "anna", OfferEnd.EXPIRED)), DelayCause.NOT_ACCEPTED),
    ((offered(at(5), at(50)),), DelayCause.ACCEPTED_LATE),
    ((queued(6, 0, "passports"), offered(at(7), at(50))), DelayCause.TRANSFERRED),
])
def test_every_breach_is_listed_with_its_cause(between: Sequence[ConversationEvent], cause: DelayCause) -> None:
    # CH-13, SL-03
    breach, = only(queued(0), *between, answered(25)).breaches
    assert (breach.conversation, breach.wait_s, breach.result, breach.cause) == (1, 25, Result.TALKING, cause)


def test_who_left_early_is_shown_apart_and_counts_against_the_strict_share() -> None:
    # CH-14, D2
    records = [*journal(queued(0), closed(20)), *journal(queued(0), closed(21), conversation=2), *journal(queued(0), answered(3), conversation=3),
               *journal(queued(90), conversation=4)]
    figures, rest = figures_of(records, QUARTER, at(100))
    assert (figures.offered, figures.left, figures.left_early, figures.answered, figures.waiting) == (4, 2, 1, 1, 1)
    assert [breach.conversation for breach in figures.breaches] == [2]
    assert shares(figures) == (pytest.approx(1 / 3), 3)
    assert (rest.offered, shares(rest)) == (0, (None, None))


def test_a_promise_is_never_an_answer_and_a_callback_is_kept_apart() -> None:
    # D2, SL-05
    figures = only(queued(0), *promised(10), queued(50), answered(51, 50), kept(60, 86_410), closed(70))
    assert (figures.offered, figures.answered, figures.in_time, figures.promised) == (1, 0, 0, 1)
    assert (figures.callbacks, figures.callbacks_answered, figures.callbacks_talk_s, figures.talk_s) == (1, 1, 19, 0)
    assert (figures.given, figures.kept, figures.kept_late, figures.open) == (1, 1, 0, 0)


def test_a_promise_is_late_after_its_day_and_overdue_while_it_is_open() -> None:
    # SL-05, GV-16
    late = only(*promised(0), answered(86_390), kept(86_401, 86_400), now=90_000)
    assert (late.kept, late.kept_late, late.open) == (0, 1, 0)
    assert [(f.open, f.overdue) for f in (only(*promised(0), now=86_400), only(*promised(0), now=86_401))] == [(1, 0), (1, 1)]


def test_a_transfer_is_one_contact_with_one_clock_and_the_talks_of_both() -> None:
    # CH-09, CH-13, D3
    contact, = read(journal(queued(0), answered(5), queued(100, 0, "passports"), answered(160, operator="olga"), closed(200))).contacts
    assert (contact.wait(at(999)), contact.talk, contact.transfers, contact.result) == (
        timedelta(seconds=5), timedelta(seconds=135), 1, Result.CLOSED)
    assert contact.topic == "other"


def test_a_conversation_that_is_opened_again_is_another_contact() -> None:
    # CH-13
    entries = (queued(0), answered(5), closed(10), HandedOver(at(2000), WithBot(), "reopened"), queued(2001), answered(2003), closed(2010))
    assert [(f.start, f.offered, f.answered) for f in figures_of(journal(*entries), QUARTER, at(2800))] == [
        (START, 1, 1), (START + QUARTER, 0, 0), (START + 2 * QUARTER, 1, 1), (START + 3 * QUARTER, 0, 0), (START + 4 * QUARTER, 0, 0)]


def test_records_that_are_read_again_change_nothing() -> None:
    # CH-13: a day is read on while it goes on, and what was read comes again
    records = journal(queued(0), offered(at(1), at(9)), OfferEnded(at(9), "anna", OfferEnd.EXPIRED), *promised(10), queued(50), answered(51, 50), closed(70))
    stories = read(records)
    whole = (stories.contacts, stories.pledges)
    stories.read(records[2:])
    assert (stories.contacts, stories.pledges) == whole
    assert read(records[:5]).unfinished == [1]
    assert read([*records[:-1], *journal(queued(0), answered(1), closed(2), conversation=2)]).unfinished == [1]


def test_where_it_was_answered_and_where_a_promise_lies() -> None:
    # CH-13, RT-08: figures of a centre are those of its lines
    answered_there = read(journal(queued(0), queued(5, 0, "federal"), HandedOver(at(9), WithOperator("anna", at(9), "federal", at(0)), "accepted"))).contacts
    assert [c.queue for c in answered_there] == ["federal"]
    assert [p.queue for p in read(journal(queued(0), *promised(5), queued(9, 9, "federal"))).pledges] == ["general"]


FOLLOWS: dict[type, tuple[str, ...]] = {
    WithBot: ("queue", "promise", "close"), InQueue: ("queue", "queue b", "answer", "promise", "close", "offer"),
    WithOperator: ("queue", "answer", "promise", "close", "keep", "withdraw"), Promised: ("queue", "answer", "promise"), Closed: ("bot",)}


@st.composite
def journals(draw: st.DrawFn) -> list[StoredEvent]:
    """Histories that obey the hand-overs, of up to four conversations at once."""
    records: list[StoredEvent] = []
    now, holders, owed = 0.0, dict.fromkeys(range(1, draw(st.integers(1, 4)) + 1), WithBot()), {}
    for _ in range(draw(st.integers(0, 60))):
        now += draw(st.sampled_from((0, 1, 19, 20, 21, 599, 3000)))
        conversation = draw(st.sampled_from(sorted(holders)))
        what = draw(st.sampled_from(FOLLOWS[type(holders[conversation])]))
        for entry in _next(what, conversation, now, holders[conversation], owed):
            records.append(StoredEvent(len(records) + 1, conversation, entry))
            if isinstance(entry, HandedOver):
                holders[conversation] = entry.holder
    return records


def _next(what: str, conversation: int, now: float, holder: Holder, owed: dict[int, datetime]) -> Sequence[ConversationEvent]:
    entries: tuple[ConversationEvent, ...] = (Message(Author.SYSTEM, "ничего", at(now)),)
    match what:
        case "queue" | "queue b":
            since = holder.since if isinstance(holder, InQueue) else at(now)
            entries = (HandedOver(at(now), InQueue("b" if what == "queue b" else "a", since), "test"),)
        case "answer":
            entries = (answered(now),)
        case "promise":
            given = () if conversation in owed else (PromiseGiven(at(now), at(now) + DAY, "", ""),)
            owed.setdefault(conversation, at(now) + DAY)
            entries = (*given, HandedOver(at(now), Promised("a", at(now)), "test"))
        case "keep" | "withdraw" if conversation in owed:
            how = PromiseEnd.KEPT if what == "keep" else PromiseEnd.WITHDRAWN
            entries = (PromiseEnded(at(now), owed.pop(conversation), how, "anna"),)
        case "close" if conversation not in owed:
            entries = (closed(now),)
        case "offer":
            entries = (offered(at(now), at(now + 30)),)
        case "bot":
            entries = (HandedOver(at(now), WithBot(), "test"),)
    return entries


def counted_by_hand(records: list[StoredEvent]) -> dict[str, float]:
    """The same sums without contacts and stories: by looking at neighbours in the journal only."""
    sums = dict.fromkeys(("wishes", "talk_s", "given", "ended"), 0.0)
    for conversation in {r.conversation for r in records}:
        entries = [r.entry for r in records if r.conversation == conversation]
        sums["given"] += sum(isinstance(e, PromiseGiven) for e in entries)
        sums["ended"] += sum(isinstance(e, PromiseEnded) for e in entries)
        handed = [e for e in entries if isinstance(e, HandedOver)]
        for before, after in pairwise([None, *handed]):
            assert after is not None
            person = before is not None and isinstance(before.holder, InQueue | WithOperator)
            sums["wishes"] += not person and isinstance(after.holder, InQueue | WithOperator)
            if before is not None and isinstance(before.holder, WithOperator):
                sums["talk_s"] += (after.at - before.at).total_seconds()
    return sums


@given(journals(), st.sampled_from((QUARTER, HALF)))
def test_sums_are_those_of_the_journal(records: list[StoredEvent], length: timedelta) -> None:
    # CH-13, MC-02
    now = records[-1].entry.at + timedelta(seconds=30) if records else START
    found, by_hand = figures_of(records, length, now), counted_by_hand(records)
    assert sum(f.offered + f.callbacks for f in found) == by_hand["wishes"]
    assert sum(f.talk_s + f.callbacks_talk_s for f in found) == by_hand["talk_s"]
    assert sum(f.given for f in found) == by_hand["given"]
    assert sum(f.given - f.open for f in found) == by_hand["ended"]
    for each in found:
        assert each.offered == each.answered + each.left + each.promised + each.waiting
        assert each.given == each.kept + each.kept_late + each.withdrawn + each.open
        assert each.offered == each.in_time + each.left_early + len(each.breaches) + _quick(records, each, length, now)
        assert each.start == START + (each.start - START) // length * length


def _quick(records: list[StoredEvent], figures: Interval, length: timedelta, now: datetime) -> int:
    """Those who were promised a callback, or still wait, without having waited for longer than 20 s."""
    contacts = [c for c in read(records).contacts if figures.start <= c.asked < figures.start + length and not c.callback]
    return sum(c.answered is None and c.result is not Result.LEFT and c.wait(now) <= timedelta(seconds=20) for c in contacts)


@given(journals())
def test_the_length_of_intervals_moves_figures_and_changes_no_sum(records: list[StoredEvent]) -> None:
    # CH-13, MC-02
    now = records[-1].entry.at if records else START

    def sums(length: timedelta) -> list[float]:
        found = figures_of(records, length, now)
        return [sum(getattr(f, name) for f in found) for name in Sums.__struct_fields__]

    assert sums(QUARTER) == sums(HALF) == sums(timedelta(days=7))


def test_hand_overs_between_centres_are_counted_among_the_transfers() -> None:
    # RT-01: at once by topic and place, and later by an operator; a transfer within the centre is none of them
    away = HandedOver(at(0), InQueue("city", at(0)), "personalised")
    back = HandedOver(at(90), InQueue("general", at(0)), "misrouted", "anna")
    within = HandedOver(at(50), InQueue("documents", at(0)), "transferred", "anna")
    figures = only(queued(0), away, answered(9), within, answered(60), back, answered(95), closed(120))
    assert (figures.transfers, figures.passed) == (3, 2)
