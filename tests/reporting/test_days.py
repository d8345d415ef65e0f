"""A day of the centre, read out of a store: what began on it, however it was read and whatever the hour."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.russian import Russian
from hub.conversations.conversation import InQueue
from hub.conversations.journal import PromiseEnd, PromiseEnded
from hub.conversations.ports import Store
from hub.organisation.queue import Lines, Queue
from hub.reporting.centre_reports import Reporting
from hub.reporting.contact_history import ContactProjection
from hub.reporting.days import SLICE, Days
from hub.reporting.interval_figures import Interval, Sums
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from tests.past import Past, at

TODAY = date(2026, 11, 24)
MIDNIGHT = at(TODAY, 0)
QUEUES = (Queue("general", "Общая"), Queue("federal", "Федеральная", centre="000"))
HALF = timedelta(minutes=30)


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, russian: Russian) -> AsyncIterator[Store]:
    store: Store = MemoryStore(russian) if request.param == "memory" else SqliteStore(tmp_path / "okno.db", russian)
    yield store
    await store.close()


@pytest.fixture
def past(store: Store) -> Past:
    return Past(store, MIDNIGHT)


@pytest.fixture
def days(past: Past) -> Days:
    return days_of(past)


def days_of(past: Past, zone: str = "Europe/Moscow") -> Days:
    return Days(past.store, Lines(QUEUES), "001", ZoneInfo(zone), lambda: past.now)


async def total(days: Days, day: date = TODAY, centre: str = "") -> Interval:
    return (await days.figures(day, HALF, centre)).total


async def test_who_begins_to_wait_before_midnight_is_counted_yesterday(past: Past, days: Days) -> None:
    # CH-13
    past.forward(-60)
    await past.asks("пётр")
    past.forward(120)
    await past.asks("анна")
    await past.answered("пётр")
    assert (await total(days, TODAY)).offered == 1
    yesterday = await total(days, TODAY - timedelta(days=1))
    assert (yesterday.offered, yesterday.answered, yesterday.wait_s) == (1, 1, 120)
    assert [breach.wait_s for breach in yesterday.breaches] == [120]
    past.forward(60)
    await past.closed("пётр")
    yesterday = await total(days, TODAY - timedelta(days=1))
    assert (yesterday.talk_s, yesterday.talks_ended) == (60, 1)
    assert (await total(days, TODAY)).talk_s == 0


async def test_a_talk_that_goes_on_is_no_new_contact_of_today(past: Past, days: Days) -> None:
    # CH-09, CH-13: what was begun yesterday may be transferred and closed today
    past.forward(-60)
    await past.asks("пётр")
    await past.answered("пётр")
    past.forward(120)
    await past.moves("пётр", InQueue("federal", past.now - timedelta(seconds=120)))
    await past.answered("пётр", "federal")
    await past.closed("пётр")
    assert (await total(days, TODAY)).offered == 0
    assert (await total(days, TODAY - timedelta(days=1))).transfers == 1


async def test_what_comes_of_a_promise_of_yesterday_is_a_callback_today(past: Past, days: Days) -> None:
    # D2, SL-05
    past.forward(-3600)
    await past.asks("пётр")
    past.forward(5)
    await past.promised("пётр")
    past.forward(7200)
    await past.moves("пётр", InQueue("general", past.now))
    await past.answered("пётр")
    past.forward(10)
    await past.step("пётр", PromiseEnded(past.now, past.now, PromiseEnd.KEPT, "anna"))
    await past.closed("пётр")
    today, yesterday = await total(days, TODAY), await total(days, TODAY - timedelta(days=1))
    assert (today.offered, today.callbacks, today.callbacks_answered, today.given) == (0, 1, 1, 0)
    assert (yesterday.offered, yesterday.promised, yesterday.callbacks) == (1, 1, 0)
    assert (yesterday.given, yesterday.kept, yesterday.open) == (1, 1, 0)


async def test_a_day_is_the_centres_own(past: Past, days: Days) -> None:
    # MC-02
    await past.asks("пётр")
    assert days.today == TODAY
    figures = await days.figures(TODAY, HALF)
    assert [each.start for each in figures.intervals] == [MIDNIGHT]
    past.forward(24 * 3600 - 1)
    figures = await days.figures(TODAY, HALF)
    assert [each.start for each in figures.intervals] == [MIDNIGHT + HALF * n for n in range(48)]
    assert [each.offered for each in figures.intervals] == [1] + [0] * 47
    in_vladivostok = days_of(past, "Asia/Vladivostok")
    assert in_vladivostok.today == TODAY + timedelta(days=1)
    assert (await total(in_vladivostok, TODAY)).offered == 1


async def test_days_of_a_clock_that_is_put_forward_and_back(past: Past) -> None:
    # MC-02
    days = days_of(past, "Europe/Berlin")
    assert [len((await days.figures(day, HALF)).intervals) for day in (date(2026, 3, 29), date(2026, 10, 25))] == [46, 50]


async def test_today_is_read_on(past: Past, days: Days) -> None:
    # CH-13: what was read is not read again, and nothing is missed or counted twice
    await past.asks("пётр")
    past.forward(5)
    assert (await total(days)).waiting == 1
    await past.answered("пётр")
    past.forward(3 * SLICE.total_seconds())
    await past.asks("анна")
    assert (await total(days)).waiting == 1
    assert (await total(days)).offered == 2
    past.forward(3 * SLICE.total_seconds())
    await past.closed("пётр")
    past.forward(21)
    now = await total(days)
    assert (now.offered, now.answered, now.talks_ended, now.waiting, len(now.breaches)) == (2, 1, 1, 1, 1)


async def test_ids_that_run_ahead_of_a_clock_that_was_set_back(past: Past, days: Days) -> None:
    # CH-13
    past.forward(600)
    await past.asks("вперёд")
    past.forward(-1200)
    await past.asks("назад")  # it is yesterday again, and its record has an id of today
    past.forward(2 * 3600)
    assert (await total(days, TODAY - timedelta(days=1))).offered == 1
    assert (await total(days, TODAY)).offered == 1


async def test_centres_of_one_hub_are_counted_apart(past: Past, days: Days) -> None:
    # RT-08, MC-01
    await past.asks("пётр")
    await past.asks("анна", "federal")
    await past.asks("иван")
    await past.moves("иван", InQueue("federal", past.now))
    await past.asks("олег", "no such line any more")
    await past.promised("олег")
    assert days.centres == ("000", "001")
    assert [(await total(days, centre=centre)).offered for centre in ("", "000", "001", "077")] == [4, 2, 2, 0]
    assert {code: (each.offered, each.given) for code, each in (await days.totals(TODAY)).items()} == {"000": (2, 0), "001": (2, 1)}


async def test_late_data_restate_a_report(past: Past, days: Days, store: Store) -> None:
    # FD-06
    past.forward(-5)
    await past.asks("пётр")
    await past.asks("анна", "federal")
    yesterday = TODAY - timedelta(days=1)
    provisional, sums = await Reporting(store, days).country(yesterday, ())
    assert ([each.version for each in provisional], sums.restated, sums.figures["offered"]) == ([0, 0], 0, 2)
    past.forward(5)
    reports, sums = await Reporting(store, days).country(yesterday, ("000", "001", "016"))
    assert [(each.centre, each.version) for each in reports] == [("000", 1), ("001", 1)]
    assert (sums.centres, sums.restated, sums.figures["waiting"]) == (("000", "001"), 0, 2)
    await past.answered("пётр")
    past.forward(1)
    reports, sums = await Reporting(store, days).country(yesterday, ())  # as after a restart: what was given out is in the store
    assert [(each.centre, each.version, each.figures["answered"]) for each in reports] == [("000", 1, 0), ("001", 2, 1)]
    assert (sums.restated, sums.figures["waiting"], sums.figures["answered"]) == (1, 1, 1)
    assert (await Reporting(store, days).country(yesterday, ()))[1] == sums


STEPS = st.lists(st.tuples(st.sampled_from("абв"), st.sampled_from((0.5, 19.0, 21.0, 700.0, 7000.0)), st.integers(0, 4), st.booleans()), max_size=60)
FOLLOWS = {"": ("queue",), "queue": ("operator", "closed", "federal", "promised"), "operator": ("queue", "closed", "promised"),
           "promised": ("queue", "operator"), "closed": ("queue",), "federal": ("operator", "closed")}


async def live(past: Past, steps: Sequence[tuple[str, float, int, bool]], days: Days) -> set[date]:
    """Some hours on the street; now and then somebody looks at the figures of a day. The days there were."""
    now, seen = dict.fromkeys("абв", ""), {days.today}
    for name, pause_s, choice, looks in steps:
        past.forward(pause_s)
        now[name] = FOLLOWS[now[name]][choice % len(FOLLOWS[now[name]])]
        match now[name]:
            case "queue" | "federal" as line:
                await past.asks(name, "general" if line == "queue" else line)
            case "operator":
                await past.answered(name)
            case "closed":
                await past.closed(name)
            case _:
                await past.promised(name)
                await past.step(name, PromiseEnded(past.now, past.now, PromiseEnd.WITHDRAWN, "anna"))
        seen.add(days.today)
        if looks:
            await days.figures(sorted(seen)[choice % len(seen)], HALF)
    return seen


async def compare(steps: Sequence[tuple[str, float, int, bool]], russian: Russian) -> None:
    past = Past(MemoryStore(russian), MIDNIGHT - timedelta(hours=3))
    days, whole = days_of(past), days_of(past)
    seen = await live(past, steps, days)
    parts = [await total(days, day) for day in sorted(seen)]
    assert parts == [await total(whole, day) for day in sorted(seen)]
    stories = ContactProjection()
    stories.read(await past.store.moves(0, 1 << 62))
    assert sum(each.offered + each.callbacks for each in parts) == len(stories.contacts)
    assert sum(each.given for each in parts) == len(stories.pledges)
    for day in seen:
        figures = await days.figures(day, HALF)
        for name in Sums.__struct_fields__:
            assert sum(getattr(each, name) for each in figures.intervals) == pytest.approx(getattr(figures.total, name))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_read_on_or_read_at_once_a_day_is_the_same(steps: Sequence[tuple[str, float, int, bool]], russian: Russian) -> None:
    # CH-13, MC-02
    asyncio.run(compare(steps, russian))
