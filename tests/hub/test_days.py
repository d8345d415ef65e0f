"""A day of the centre, read out of a store: what began on it, however it was read and whatever the hour."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bots.russian import Russian
from hub.callbacks import DAY
from hub.conversation import Closed, Conversation, Holder, InQueue, Promised, WithBot, WithOperator
from hub.days import SLICE, Days
from hub.figures import Interval, Sums
from hub.history import Stories
from hub.journal import Entry, HandedOver, PromiseEnd, PromiseEnded, PromiseGiven, Record
from hub.message import Author, Message
from hub.numbers import Ids
from hub.ports import Change, Store
from hub.queues import Queue
from hub.reporting import Reporting
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from tests.hub.rig import Clock
from tests.storage.data import address

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 11, 24)
MIDNIGHT = datetime(2026, 11, 24, tzinfo=MOSCOW).astimezone(UTC)
QUEUES = (Queue("general", "Общая"), Queue("federal", "Федеральная", centre="000"))
HALF = timedelta(minutes=30)


class Street:
    """Citizens' conversations as the hub writes them down, at the time that the clock shows."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock, self.ids = store, clock, Ids()
        self._heads: dict[str, Conversation] = {}

    async def step(self, name: str, *entries: Entry) -> int:
        """Add to somebody's conversation; his first step opens it."""
        now = self.clock()
        head = self._heads.get(name)
        if head is None:
            head = Conversation(self.ids.next(now), f"001-{name}", address(name), now, WithBot())
            entries = (HandedOver(now, WithBot(), "opened"), Message(Author.BOT, "Здравствуйте", now), *entries)
        records = tuple(Record(self.ids.next(entry.at), head.id, entry) for entry in entries)
        holders = [entry.holder for entry in entries if isinstance(entry, HandedOver)]
        after = replace(head, holder=holders[-1] if holders else head.holder, promise=None)
        self._heads[name] = replace(after, last=records[-1].id)
        await self.store.commit(Change(head.id, head.last, records, after))
        return head.id

    async def moves(self, name: str, holder: Holder) -> int:
        return await self.step(name, HandedOver(self.clock(), holder, "test"))

    async def asks(self, name: str, queue: str = "general") -> int:
        return await self.moves(name, InQueue(queue, self.clock()))

    async def answered(self, name: str, queue: str = "general") -> int:
        return await self.moves(name, WithOperator("anna", self.clock(), queue, self.clock()))

    async def closed(self, name: str) -> int:
        return await self.moves(name, Closed(self.clock(), "other", "anna"))

    async def promised(self, name: str) -> int:
        now = self.clock()
        return await self.step(name, PromiseGiven(now, now + DAY, "", ""), HandedOver(now, Promised("general", now), "promised"))


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = MIDNIGHT
    return clock


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, russian: Russian) -> AsyncIterator[Store]:
    store: Store = MemoryStore(russian) if request.param == "memory" else SqliteStore(tmp_path / "okno.db", russian)
    yield store
    await store.close()


@pytest.fixture
def street(store: Store, clock: Clock) -> Street:
    return Street(store, clock)


@pytest.fixture
def days(store: Store, clock: Clock) -> Days:
    return Days(store, QUEUES, "001", MOSCOW, clock)


async def total(days: Days, day: date = TODAY, centre: str = "") -> Interval:
    return (await days.figures(day, HALF, centre)).total


async def test_who_begins_to_wait_before_midnight_is_counted_yesterday(street: Street, clock: Clock, days: Days) -> None:
    # CH-13
    clock.forward(-60)
    await street.asks("пётр")
    clock.forward(120)
    await street.asks("анна")
    await street.answered("пётр")
    assert (await total(days, TODAY)).offered == 1
    yesterday = await total(days, TODAY - timedelta(days=1))
    assert (yesterday.offered, yesterday.answered, yesterday.wait_s) == (1, 1, 120)
    assert [breach.wait_s for breach in yesterday.breaches] == [120]
    clock.forward(60)
    await street.closed("пётр")
    yesterday = await total(days, TODAY - timedelta(days=1))
    assert (yesterday.talk_s, yesterday.talks_ended) == (60, 1)
    assert (await total(days, TODAY)).talk_s == 0


async def test_a_talk_that_goes_on_is_no_new_contact_of_today(street: Street, clock: Clock, days: Days) -> None:
    # CH-09, CH-13: what was begun yesterday may be transferred and closed today
    clock.forward(-60)
    await street.asks("пётр")
    await street.answered("пётр")
    clock.forward(120)
    await street.moves("пётр", InQueue("federal", clock() - timedelta(seconds=120)))
    await street.answered("пётр", "federal")
    await street.closed("пётр")
    assert (await total(days, TODAY)).offered == 0
    assert (await total(days, TODAY - timedelta(days=1))).transfers == 1


async def test_what_comes_of_a_promise_of_yesterday_is_a_callback_today(street: Street, clock: Clock, days: Days) -> None:
    # D2, SL-05
    clock.forward(-3600)
    await street.asks("пётр")
    clock.forward(5)
    await street.promised("пётр")
    clock.forward(7200)
    await street.moves("пётр", InQueue("general", clock()))
    await street.answered("пётр")
    clock.forward(10)
    await street.step("пётр", PromiseEnded(clock(), clock(), PromiseEnd.KEPT, "anna"))
    await street.closed("пётр")
    today, yesterday = await total(days, TODAY), await total(days, TODAY - timedelta(days=1))
    assert (today.offered, today.callbacks, today.callbacks_answered, today.given) == (0, 1, 1, 0)
    assert (yesterday.offered, yesterday.promised, yesterday.callbacks) == (1, 1, 0)
    assert (yesterday.given, yesterday.kept, yesterday.open) == (1, 1, 0)


async def test_a_day_is_the_centres_own(street: Street, clock: Clock, days: Days, store: Store) -> None:
    # MC-02
    await street.asks("пётр")
    assert days.today == TODAY
    figures = await days.figures(TODAY, HALF)
    assert [each.start for each in figures.intervals] == [MIDNIGHT]
    clock.forward(24 * 3600 - 1)
    figures = await days.figures(TODAY, HALF)
    assert [each.start for each in figures.intervals] == [MIDNIGHT + HALF * n for n in range(48)]
    assert [each.offered for each in figures.intervals] == [1] + [0] * 47
    in_vladivostok = Days(store, QUEUES, "001", ZoneInfo("Asia/Vladivostok"), clock)
    assert in_vladivostok.today == TODAY + timedelta(days=1)
    assert (await total(in_vladivostok, TODAY)).offered == 1


async def test_days_of_a_clock_that_is_put_forward_and_back(store: Store, clock: Clock) -> None:
    days = Days(store, QUEUES, "001", ZoneInfo("Europe/Berlin"), clock)
    clock.now = datetime(2026, 11, 1, tzinfo=UTC)
    assert [len((await days.figures(day, HALF)).intervals) for day in (date(2026, 3, 29), date(2026, 10, 25))] == [46, 50]


async def test_today_is_read_on(street: Street, clock: Clock, days: Days) -> None:
    # CH-13: what was read is not read again, and nothing is missed or counted twice
    await street.asks("пётр")
    clock.forward(5)
    assert (await total(days)).waiting == 1
    await street.answered("пётр")
    clock.forward(3 * SLICE.total_seconds())
    await street.asks("анна")
    assert (await total(days)).waiting == 1
    assert (await total(days)).offered == 2
    clock.forward(3 * SLICE.total_seconds())
    await street.closed("пётр")
    clock.forward(21)
    now = await total(days)
    assert (now.offered, now.answered, now.talks_ended, now.waiting, len(now.breaches)) == (2, 1, 1, 1, 1)


async def test_ids_that_run_ahead_of_a_clock_that_was_set_back(street: Street, clock: Clock, days: Days) -> None:
    # CH-13
    clock.forward(600)
    await street.asks("вперёд")
    clock.forward(-1200)
    await street.asks("назад")  # it is yesterday again, and its record has an id of today
    clock.forward(2 * 3600)
    assert (await total(days, TODAY - timedelta(days=1))).offered == 1
    assert (await total(days, TODAY)).offered == 1


async def test_centres_of_one_hub_are_counted_apart(street: Street, clock: Clock, days: Days) -> None:
    # RT-08, MC-01
    await street.asks("пётр")
    await street.asks("анна", "federal")
    await street.asks("иван")
    await street.moves("иван", InQueue("federal", clock()))
    await street.asks("олег", "no such line any more")
    await street.promised("олег")
    assert days.centres == ("000", "001")
    assert [(await total(days, centre=centre)).offered for centre in ("", "000", "001", "077")] == [4, 2, 2, 0]
    assert {code: (each.offered, each.given) for code, each in (await days.totals(TODAY)).items()} == {"000": (2, 0), "001": (2, 1)}


async def test_late_data_restate_a_report(street: Street, clock: Clock, days: Days, store: Store) -> None:
    # FD-06
    clock.forward(-5)
    await street.asks("пётр")
    await street.asks("анна", "federal")
    yesterday = TODAY - timedelta(days=1)
    provisional, sums = await Reporting(store, days).country(yesterday, ())
    assert ([each.version for each in provisional], sums.restated, sums.figures["offered"]) == ([0, 0], 0, 2)
    clock.forward(5)
    reports, sums = await Reporting(store, days).country(yesterday, ("000", "001", "016"))
    assert [(each.centre, each.version) for each in reports] == [("000", 1), ("001", 1)]
    assert (sums.centres, sums.restated, sums.figures["waiting"]) == (("000", "001"), 0, 2)
    await street.answered("пётр")
    clock.forward(1)
    reports, sums = await Reporting(store, days).country(yesterday, ())  # as after a restart: what was given out is in the store
    assert [(each.centre, each.version, each.figures["answered"]) for each in reports] == [("000", 1, 0), ("001", 2, 1)]
    assert (sums.restated, sums.figures["waiting"], sums.figures["answered"]) == (1, 1, 1)
    assert (await Reporting(store, days).country(yesterday, ()))[1] == sums


STEPS = st.lists(st.tuples(st.sampled_from("абв"), st.sampled_from((0.5, 19.0, 21.0, 700.0, 7000.0)), st.integers(0, 4), st.booleans()), max_size=60)


FOLLOWS = {"": ("queue",), "queue": ("operator", "closed", "federal", "promised"), "operator": ("queue", "closed", "promised"),
           "promised": ("queue", "operator"), "closed": ("queue",), "federal": ("operator", "closed")}


async def live(street: Street, steps: Sequence[tuple[str, float, int, bool]], days: Days) -> set[date]:
    """Some hours on the street; now and then somebody looks at the figures of a day. The days there were."""
    now, seen = dict.fromkeys("абв", ""), {days.today}
    for name, pause_s, choice, looks in steps:
        street.clock.forward(pause_s)
        now[name] = FOLLOWS[now[name]][choice % len(FOLLOWS[now[name]])]
        match now[name]:
            case "queue" | "federal" as line:
                await street.asks(name, "general" if line == "queue" else line)
            case "operator":
                await street.answered(name)
            case "closed":
                await street.closed(name)
            case _:
                await street.promised(name)
                await street.step(name, PromiseEnded(street.clock(), street.clock(), PromiseEnd.WITHDRAWN, "anna"))
        seen.add(days.today)
        if looks:
            await days.figures(sorted(seen)[choice % len(seen)], HALF)
    return seen


async def compare(steps: Sequence[tuple[str, float, int, bool]], russian: Russian) -> None:
    clock = Clock()
    clock.now = MIDNIGHT - timedelta(hours=3)
    store = MemoryStore(russian)
    days = Days(store, QUEUES, "001", MOSCOW, clock)
    seen = await live(Street(store, clock), steps, days)
    whole = Days(store, QUEUES, "001", MOSCOW, clock)
    parts = [await total(days, day) for day in sorted(seen)]
    assert parts == [await total(whole, day) for day in sorted(seen)]
    stories = Stories()
    stories.read(await store.moves(0, 1 << 62))
    assert sum(each.offered + each.callbacks for each in parts) == len(stories.contacts)
    assert sum(each.given for each in parts) == len(stories.pledges)
    for day in seen:
        figures = await days.figures(day, HALF)
        for name in Sums.__struct_fields__:
            assert sum(getattr(each, name) for each in figures.intervals) == pytest.approx(getattr(figures.total, name))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_read_on_or_read_at_once_a_day_is_the_same(steps: Sequence[tuple[str, float, int, bool]], russian: Russian) -> None:
    # CH-13, MC-02
    asyncio.run(compare(steps, russian))
