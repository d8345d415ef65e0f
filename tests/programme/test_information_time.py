"""Time to information, from the first attempt to the answer, out of the journal and the refused calls; sums over the link (GV-11)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from hub.conversations.journal import PromiseEnd, PromiseEnded
from hub.conversations.ports import Store
from hub.monitoring.trunk import RefusedCall
from hub.organisation.queue import Lines, Queue
from hub.programme.assumption import Assumption
from hub.programme.effect_book import EffectBook
from hub.programme.effect_day import EffectCell, EffectCounts, EffectDay
from hub.programme.effect_reports import EffectReports
from hub.programme.ratio import ratio
from hub.programme.sheet import SheetName
from hub.programme.sheet_book import SheetBook
from hub.programme.visits import Reached
from hub.reporting.days import Days
from hub.reporting.information_time import Attempt, inquiries
from hub.reporting.periods import Periods
from okno.rooms.programme import starter
from tests.past import Past, at
from tests.rig import BOSS, MOSCOW

DAY = date(2026, 11, 10)
MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.parametrize("store", ["memory"], indirect=True)


class Hub:
    """One centre with a line, whose clock is the past's."""

    def __init__(self, store: Store) -> None:
        self.past = Past(store, at(DAY, 10))
        lines = Lines([Queue("general", "Общая", centre="077")])
        self.days = Days(store, lines, "077", MOSCOW, lambda: self.past.now)
        self.periods = Periods(store, self.days, lines)
        self.book = EffectBook(store, self.periods, {})
        self.sheets = SheetBook(store, self.days, lambda: self.past.now, starter())
        self.reports = EffectReports(store, self.sheets)

    async def sums(self, day: date) -> EffectCounts:
        found, = await self.book.own(day)
        return found.cells[0].counts if found.cells else EffectCounts()


async def test_every_way_to_an_answer_is_measured_from_the_first_attempt(store: Store) -> None:
    # GV-11
    hub = Hub(store)
    past = hub.past
    # Waits a minute, talks for two.
    await past.talk("сразу", wait_s=60, talk_s=120)
    # Gave up after five minutes, wrote again ten minutes later and had the answer after one more: 5 + 10 + 1 + 1 = 17 minutes.
    past.now = at(DAY, 11)
    await past.asks("снова")
    past.forward(300)
    await past.closed("снова")
    past.forward(600)
    await past.talk("снова", wait_s=60, talk_s=60)
    # Got a promise, which was kept by a callback four hours later.
    past.now = at(DAY, 12)
    await past.asks("обещали")
    past.forward(60)
    owed = (await past.promised("обещали")).promise
    assert owed is not None
    past.now = at(DAY, 16)
    await past.answered("обещали")
    past.forward(60)
    await past.step("обещали", PromiseEnded(past.now, owed.due, PromiseEnd.KEPT, "anna"))
    await past.closed("обещали")
    # Asked the robot first: its ten minutes are inside.
    past.now = at(DAY, 17)
    await past.tells("робот", "Где МФЦ", "ask_mfc")
    past.forward(600)
    await past.talk("робот", wait_s=30, talk_s=30)
    past.now = at(DAY, 30)
    counts = await hub.sums(DAY)
    assert (counts.offered, counts.answered, counts.informed, counts.called_back, counts.unanswered) == (5, 3, 4, 1, 0)
    assert counts.informed_s == 180 + (300 + 600 + 60 + 60) + (4 * 3600 + 60) + 660
    assert counts.in_ten == 1


async def test_a_refused_call_is_the_first_attempt(store: Store) -> None:
    # GV-11
    hub = Hub(store)
    past = hub.past
    # The address of a caller is the number, as the exchange tells it of a refused call.
    number = "+79161234567"
    await store.put(RefusedCall("a1-1", at(DAY, 9), "a1/trunk", "122", number, 17))
    await store.put(RefusedCall("a1-2", at(DAY, 9.5), "a1/trunk", "122", "", 17))
    past.now = at(DAY, 10)
    past.channel = "voice"
    await past.talk(number, wait_s=60, talk_s=60)
    past.now = at(DAY, 30)
    counts = await hub.sums(DAY)
    assert (counts.informed, counts.informed_s, counts.unanswered) == (1, 3600 + 120, 0)
    # Who withheld the number is never known to have had an answer: seven days later it counts.
    past.now = at(DAY + timedelta(days=8), 6)
    assert (await hub.sums(DAY + timedelta(days=7))).unanswered == 1


async def test_who_is_never_answered_counts_on_the_seventh_day_and_once(store: Store) -> None:
    # GV-11
    hub = Hub(store)
    past = hub.past
    await past.asks("ушёл")
    past.forward(60)
    await past.closed("ушёл")
    past.now = at(DAY + timedelta(days=10), 6)
    found = [await hub.sums(DAY + timedelta(days=number)) for number in range(10)]
    assert [each.unanswered for each in found] == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert sum(each.informed for each in found) == 0


def attempt(person: str, began: float, given: float | None = None, *, owed: bool = False) -> Attempt:
    """Minutes after the day began."""
    return Attempt(len(person), person, "general", "web", at(DAY, 0) + began * MINUTE, None if given is None else at(DAY, 0) + given * MINUTE, owed)


@pytest.mark.parametrize(("attempts", "same", "found"), [
    ([attempt("a", 0, 5)], {}, [5]),
    ([attempt("a", 0), attempt("a", 3, 20)], {}, [20]),
    # What somebody tries while they wait is the same inquiry; what they ask afterwards is another one.
    ([attempt("a", 0, 20), attempt("a", 5), attempt("a", 30, 31)], {}, [20, 1]),
    # Two addresses are one person where that was proven, and otherwise two.
    ([attempt("a", 0), attempt("b", 3, 20)], {"a": "x", "b": "x"}, [20]),
    ([attempt("a", 0), attempt("b", 3, 20)], {}, [17]),
    # A callback is an answer, and no attempt of its own.
    ([attempt("a", 0), attempt("a", 60, 65, owed=True)], {}, [65]),
    ([attempt("a", 60, 65, owed=True)], {}, []),
    # After a day it is another question, but a callback is still the answer to the first.
    ([attempt("a", 0), attempt("a", 1500, 1505)], {}, [5]),
    ([attempt("a", 0), attempt("a", 60, 1505, owed=True)], {}, [1505])])
def test_attempts_of_a_person_are_one_inquiry_until_the_answer(attempts: Sequence[Attempt], same: dict[str, str], found: list[int],
                                                               store: Store) -> None:
    # GV-11
    del store
    made = inquiries(attempts, same, at(DAY, 0), at(DAY, 48))
    assert sorted(each.seconds / 60 for each in made) == sorted(found)


async def told(hub: Hub, minutes: Iterable[tuple[int, float]], seed: int = 28) -> None:
    """Of three centres, thirty days: so many inquiries a day, each so long, the days unlike each other by a tenth."""
    chance = Random(seed)
    for number in range(30):
        for centre, (count, mean) in zip(("002", "016", "050"), minutes, strict=True):
            length = mean * 60 * chance.gauss(1, 0.1)
            counts = EffectCounts(count, count, count, count, count * 200, count * 20, count, round(count * length), round(count * (0.9 if mean <= 10 else 0.2)))
            day = DAY - timedelta(days=number)
            await hub.book.take(EffectDay(f"{centre}/{day}", centre, day, 1, (EffectCell("voice", "ru", counts),)))


async def test_the_effect_is_reached_missed_or_not_known_against_the_stored_baseline(store: Store) -> None:
    # GV-11
    hub = Hub(store)
    since = DAY - timedelta(days=29)
    await told(hub, ((100, 5), (50, 8), (10, 6)))
    good = await hub.reports.report(since, DAY)
    mean = good.total.mean_min
    assert mean is not None
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low < (100 * 5 + 50 * 8 + 10 * 6) / 160 < mean.high
    assert (good.total.reached, mean.of, good.days) == (Reached.YES, 160 * 30, 90)
    assert good.total.in_ten is not None
    assert round(good.total.in_ten.value, 3) == 0.9
    assert sum(each.counts.informed for each in good.centres.values()) == good.total.counts.informed
    before = good.before
    assert before is not None
    assert (before.low, before.high, before.since) == (15, 180, date(2009, 1, 1))
    assert "Концепция" in before.source
    # A slow country is found slow, and two days say nothing.
    for day in range(30):
        for centre in ("002", "016", "050"):
            known = await store.get(EffectDay, f"{centre}/{DAY - timedelta(days=day)}")
            assert known is not None
            slow = known.cells[0].counts
            await hub.book.take(replace(known, version=2, cells=(EffectCell("voice", "ru", replace(slow, informed_s=slow.informed_s * 3)),)))
    assert (await hub.reports.report(since, DAY)).total.reached is Reached.NO
    assert (await hub.reports.report(since, DAY)).restated == 90
    assert (await hub.reports.report(DAY, DAY)).total.reached is Reached.UNSURE


async def test_a_newer_baseline_replaces_an_older_one_from_its_day_on(store: Store) -> None:
    # GV-11
    hub = Hub(store)
    newer = replace(hub.sheets[SheetName.ASSUMPTIONS].of(Assumption)[0], id="2", low=20, high=90, since=DAY, source="Опрос граждан")
    await hub.sheets.put(BOSS, SheetName.ASSUMPTIONS, 0, newer)
    before = [(await hub.reports.report(day, day)).before for day in (DAY - timedelta(days=1), DAY)]
    assert [(each.low, each.source[:5]) for each in before if each] == [(15, "Конце"), (20, "Опрос")]
    change, = await hub.sheets.changes(SheetName.ASSUMPTIONS)
    assert (change.by, change.after) == (BOSS.login, newer)


def test_an_interval_is_as_wide_as_its_days_differ(store: Store) -> None:
    # GV-11
    del store
    chance = Random(1)
    inside = 0
    for _ in range(200):
        found = ratio([(chance.gauss(8, 2) * 50, 50) for _ in range(30)])
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 8 <= found.high
    assert inside >= 180
    assert ratio([]) is None
    few = ratio([(5, 1)] * 6)
    assert few is not None
    assert (few.value, few.low) == (5, None)
