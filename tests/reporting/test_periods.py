"""Figures of periods: sums that are stored, lists behind them, and the journal counted by other means all say the same."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings

from bots.russian import Russian
from hub.conversations.conversation import Closed, InQueue, WithOperator
from hub.conversations.identities import Membership
from hub.conversations.journal import HandedOver, PromiseEnded, PromiseGiven, PutOnHold
from hub.conversations.ports import Store
from hub.conversations.transfer_route import TransferHop, TransferReason
from hub.organisation.queue import Lines
from hub.reporting.breakdown import Breakdown, Condition, PeriodBy, kind_of
from hub.reporting.columns import COUNTED, PeriodColumn, values
from hub.reporting.day_totals import DayTotals, Kind, key_of
from hub.reporting.days import Days
from hub.reporting.figure import Place
from hub.reporting.interval_figures import Sums
from hub.reporting.measurement import tally
from hub.reporting.periods import Periods
from storage.memory import MemoryStore
from tests.past import MOSCOW, Past
from tests.reporting.test_days import HALF, MIDNIGHT, QUEUES, STEPS, TODAY, days_of, live

WEEK = timedelta(days=7)


def periods_of(past: Past) -> Periods:
    return Periods(past.store, days_of(past), Lines(QUEUES))


async def whole(periods: Periods, day: date, kind: Kind = Kind.CHANNEL) -> SimpleNamespace:
    counts: dict[str, float] = {}
    for cell in await periods.cells(day, kind):
        tally(cell.counts, counts)
    return SimpleNamespace(**values(Place.PERIOD, counts))


@pytest.fixture
async def past(russian: Russian) -> Past:
    return Past(MemoryStore(russian), MIDNIGHT)


async def test_first_contact_resolution_is_of_the_same_person_and_topic_within_seven_days(past: Past) -> None:
    # MC-02: told seven days later, neither before nor of what came too late, from whatever address of his
    periods = periods_of(past)
    await past.talk("пётр", wait_s=5)
    await past.talk("анна", wait_s=5)
    await past.talk("иван", wait_s=5)
    past.now = MIDNIGHT + timedelta(days=3)
    await past.talk("пётр с почты", wait_s=5)
    past.now = MIDNIGHT + WEEK + timedelta(minutes=30)
    await past.talk("анна", wait_s=5)
    for name in ("пётр", "пётр с почты"):
        await past.store.put(Membership(f"web.chat:{name}", "один"))
    first = await whole(periods, TODAY)
    assert (first.talks_ended, first.decided) == (3, 0)
    past.now = MIDNIGHT + WEEK + timedelta(days=1, hours=1)
    first = await whole(periods, TODAY)
    assert (first.decided, first.returned) == (3, 1)
    assert [fact.counts.get(PeriodColumn("returned"), 0) for fact in await periods.facts(TODAY, returned=True)] == [1, 0, 0]
    assert await whole(periods_of(past), TODAY, Kind.TOPIC) == first  # as after a restart


async def test_hand_overs_between_units_are_measured_until_somebody_takes_them(past: Past) -> None:
    # MC-06
    await past.asks("пётр")
    await past.answered("пётр")
    past.forward(60)
    await past.moves("пётр", InQueue("federal", past.now))
    past.forward(42)
    await past.answered("пётр", "federal")
    await past.closed("пётр")
    await past.asks("анна")
    await past.moves("анна", InQueue("federal", past.now))
    past.forward(9)
    await past.moves("анна", WithOperator("olga", past.now, "general", past.now))
    assert {(cell.line, cell.key): cell.counts for cell in await periods_of(past).cells(TODAY, Kind.WAY)} == {
        ("federal", "general>federal"): {"handed": 2, "handed_taken": 1, "handed_open": 1, "handed_s": 42},
        ("general", "federal>general"): {"handed": 1, "handed_taken": 1, "handed_s": 0}}


async def test_hand_overs_to_other_deployments_and_specialists_are_measured_where_they_are_known(past: Past) -> None:
    # MC-06: from another deployment at the receiver, to a centre with telephones alone at the sender
    past.forward(90)
    past.channel = "centre.000"
    await past.step("издалека", HandedOver(past.now, InQueue("general", past.now - timedelta(seconds=90)), "handed_here"))
    past.forward(30)
    await past.answered("издалека")
    await past.closed("издалека")
    past.channel = "voice.asterisk"
    await past.asks("по телефону")
    await past.answered("по телефону")
    await past.step("по телефону", PutOnHold(past.now, "anna", on=True))
    past.forward(20)
    hop = TransferHop("001", "016", TransferReason.TERRITORIAL, past.now)
    await past.step("по телефону", PutOnHold(past.now, "anna", on=False),
                    HandedOver(past.now, Closed(past.now, "other", "anna", passed=hop), hop.reason, "anna"))
    periods = periods_of(past)
    found = await periods.cells(TODAY, Kind.WAY)
    assert {(cell.line, cell.key): cell.counts for cell in found} == {
        ("general", "@000>general"): {"handed": 1, "handed_taken": 1, "handed_s": 30},
        ("general", "general>@016"): {"handed": 1, "handed_taken": 1, "handed_s": 20}}
    by_way = Breakdown(PeriodBy.WAY, periods.days, periods.units, lambda _: True, lambda _: True)
    own = periods.units["general"]
    assert [by_way.row(TODAY, cell.line, cell.key) for cell in found] == [f"000>{own}", f"{own}>016"]
    assert (await whole(periods, TODAY)).handed == 2


async def test_what_goes_on_is_added_when_it_has_ended(past: Past) -> None:
    # CH-13: sums are stored without it, and it is read no more once it is over
    past.forward(-60)
    await past.talk("анна", wait_s=5, talk_s=10)
    await past.asks("пётр")
    yesterday, periods = TODAY - timedelta(days=1), periods_of(past)
    past.now = MIDNIGHT + timedelta(hours=2)
    assert (await whole(periods, yesterday)).waiting == 1
    assert (await stored(past.store, yesterday)).open == (past.heads["пётр"].id,)
    await past.answered("пётр")
    await past.closed("пётр")
    assert await whole(periods, yesterday) == await whole(periods_of(past), yesterday, Kind.OPERATOR)
    assert (await whole(periods, yesterday)).answered == 2
    assert (await stored(past.store, yesterday)).open == ()


async def test_days_come_back_by_day_of_the_week_and_hour_of_the_centres_clock(past: Past) -> None:
    # MC-02: Tuesday, 24 November 2026, in Moscow
    past.now = MIDNIGHT + timedelta(hours=9, minutes=50)
    await past.talk("анна", wait_s=30)
    past.forward(600)
    await past.talk("пётр", wait_s=5)
    periods = periods_of(past)
    for by, keys in ((PeriodBy.WEEK_HOUR, ["2 09", "2 10"]), (PeriodBy.DAY_HOUR, ["09", "10"]), (PeriodBy.WEEKDAY, ["2"])):
        breakdown = Breakdown(by, periods.days, periods.units, lambda _: True, lambda _: True)
        rows: dict[str, dict[str, float]] = {}
        breakdown.add(TODAY, await periods.cells(TODAY, breakdown.kind), rows)
        assert sorted(rows) == keys
        assert [rows[key].get("breaches", 0) for key in keys] == ([1, 0] if len(keys) == 2 else [1])


async def test_rows_under_a_condition_are_stored_sums_of_pairs(past: Past) -> None:
    # MC-02: nothing is read one by one; pairs that days are not stored in are refused
    past.now = MIDNIGHT + timedelta(hours=9)
    await past.talk("анна", wait_s=5)
    past.channel = "voice.asterisk"
    await past.talk("пётр", wait_s=5)
    past.now = MIDNIGHT + timedelta(days=9)
    periods = periods_of(past)
    for by, condition, kind in (
            (PeriodBy.DAY, Condition("voice"), Kind.CHANNEL), (PeriodBy.HOUR, Condition("voice"), Kind.HOUR_CHANNEL),
            (PeriodBy.TOPIC, Condition("voice"), Kind.CHANNEL_TOPIC), (PeriodBy.OPERATOR, Condition("voice"), Kind.CHANNEL_OPERATOR),
            (PeriodBy.WEEK_HOUR, Condition("", "other"), Kind.HOUR_TOPIC), (PeriodBy.CENTRE, Condition("voice", "other"), Kind.CHANNEL_TOPIC)):
        breakdown = Breakdown(by, periods.days, periods.units, lambda _: True, lambda _: True, condition=condition)
        assert breakdown.kind is kind
        rows: dict[str, dict[str, float]] = {}
        breakdown.add(TODAY, await periods.cells(TODAY, kind), rows)
        assert [counts["offered"] for counts in rows.values()] == [1 if condition.channel else 2]
    assert kind_of(PeriodBy.QUARTER, Condition("voice")) is None
    assert kind_of(PeriodBy.OPERATOR, Condition("", "other")) is None


async def test_a_newer_okno_adds_a_breakdown_to_days_that_were_stored_before(past: Past) -> None:
    # CH-13: what has ended since is in each of them once
    past.forward(-60)
    await past.talk("анна", wait_s=5, talk_s=10)
    await past.asks("пётр")
    yesterday, periods = TODAY - timedelta(days=1), periods_of(past)
    past.now = MIDNIGHT + timedelta(hours=2)
    await whole(periods, yesterday)
    await past.store.drop(DayTotals, f"{yesterday}/{Kind.CHANNEL_TOPIC}")
    await past.answered("пётр")
    await past.closed("пётр")
    past.now = MIDNIGHT + timedelta(days=9)
    anew = periods_of(past)
    first = await whole(anew, yesterday, Kind.CHANNEL_TOPIC)
    assert (first.offered, first.answered, first.decided) == (2, 2, 2)
    assert {kind: await whole(anew, yesterday, kind) for kind in Kind if kind is not Kind.WAY} == dict.fromkeys(
        (kind for kind in Kind if kind is not Kind.WAY), first)


async def stored(store: Store, day: date) -> DayTotals:
    found = await store.get(DayTotals, f"{day}/{Kind.TOPIC}")
    assert found is not None
    return found


class Looking(Days):
    """Whoever looks at a day's figures looks at those of the period, too."""

    periods: Periods

    async def figures(self, day: date, length: timedelta, centre: str = "") -> object:  # type: ignore[override]
        return [await self.periods.cells(day, kind) for kind in (Kind.QUARTER, Kind.WAY)]


def counted_by_hand(past: Past, entries: Sequence[tuple[int, object]]) -> Counter[str]:
    """All that ever came, without contacts and stories: by what stands next to each other in the journal."""
    count: Counter[str] = Counter()
    visits: list[tuple[str, datetime, datetime, bool]] = []
    for conversation in {number for number, _ in entries}:
        asked, answered = None, None
        address = str(next(head.address for head in past.heads.values() if head.id == conversation))
        for number, entry in entries:
            if number != conversation:
                continue
            count["given"] += isinstance(entry, PromiseGiven)
            count["withdrawn"] += isinstance(entry, PromiseEnded)
            if not isinstance(entry, HandedOver):
                continue
            match entry.holder:
                case InQueue(since=since):
                    asked = asked or since
                case WithOperator():
                    asked, answered = asked or entry.at, answered or entry.at
                case Closed() if asked:
                    count["answered" if answered else "left"] += 1
                    count["talks_ended"] += answered is not None
                    visits.append((address, asked, entry.at, answered is not None))
                    asked = answered = None
                case _ if asked:
                    count["answered" if answered else "promised"] += 1
                    count["talks_ended"] += answered is not None
                    asked = answered = None
        count["answered" if answered else "waiting"] += asked is not None
    for who, at, ended, served in visits:
        if served and ended <= at + WEEK:
            count["decided"] += 1
            count["returned"] += any(who == other and at < then and over <= at + WEEK for other, then, over, _ in visits)
    return count


async def compare(steps: Sequence[tuple[str, float, int, bool]], russian: Russian) -> None:
    past = Past(MemoryStore(russian), MIDNIGHT - timedelta(hours=3))
    days = days_of(past)
    looking = Looking(past.store, Lines(QUEUES), "001", MOSCOW, lambda: past.now)
    looking.periods = Periods(past.store, days, Lines(QUEUES))
    seen = sorted(await live(past, steps, looking))
    past.forward(timedelta(days=9).total_seconds())
    found: Counter[str] = Counter()
    sums_of: dict[date, SimpleNamespace] = {}
    for day in seen:
        same = await whole(looking.periods, day)
        for kind in (Kind.QUARTER, Kind.TOPIC, Kind.OPERATOR):
            assert await whole(looking.periods, day, kind) == same
        total = (await days.figures(day, HALF)).total
        for name in set(Sums.__struct_fields__) & {figure.name for figure in COUNTED[Place.PERIOD]}:
            assert getattr(same, name) == pytest.approx(getattr(total, name)), name
        assert same.breaches == len(total.breaches)
        await lists(looking.periods, day)
        for name in PeriodColumn:
            found[name] += getattr(same, name)
        sums_of[day] = same
    for kept in await past.store.all(DayTotals):
        await past.store.drop(DayTotals, kept.key)
    anew = periods_of(past)
    assert {day: await whole(anew, day) for day in seen} == sums_of
    by_hand = counted_by_hand(past, [(each.conversation, each.entry) for each in await past.store.moves(0, 1 << 62)])
    for name in ("answered", "left", "promised", "waiting", "talks_ended", "given", "withdrawn", "decided", "returned"):
        assert found[name] == by_hand[name], name
    assert found["offered"] == sum(by_hand[name] for name in ("answered", "left", "promised", "waiting"))


async def lists(periods: Periods, day: date) -> None:
    """Behind each figure of each row stand as many facts as it says."""
    facts = {returned: await periods.facts(day, returned=returned) for returned in (False, True)}
    for by in PeriodBy:
        breakdown = Breakdown(by, periods.days, periods.units, lambda _: True, lambda _: True)
        rows: dict[str, dict[str, float]] = {}
        breakdown.add(day, await periods.cells(day, breakdown.kind), rows)
        listed: dict[str, Counter[str]] = {}
        for fact in (*facts[False], *(facts[True] if breakdown.kind is not Kind.WAY else ())):
            if breakdown.kind is not Kind.WAY or fact.way:
                key = breakdown.row(day, fact.line, key_of(fact, breakdown.kind))
                listed.setdefault(key, Counter()).update(name for name in PeriodColumn if name in fact.counts)
        assert listed == {key: Counter({name: int(of[name]) for name in PeriodColumn if name in of}) for key, of in rows.items()}


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=STEPS)
def test_sums_lists_and_the_journal_are_the_same(steps: Sequence[tuple[str, float, int, bool]], russian: Russian) -> None:
    # CH-13, MC-01, MC-02
    asyncio.run(compare(steps, russian))
