"""The floor follows what happens, and what it has added up step by step is what the journal comes to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

import pytest

from hub.access.operator import Presence
from hub.access.permissions import Permission, may
from hub.conversations.journal import CallStage, Telephoned
from hub.conversations.ports import Store
from hub.monitoring.wallboard import FloorNews, Group, GroupKind, GroupNow, Wallboard
from hub.reporting.days import Days
from tests.rig import ANNA, MOSCOW, OLGA, PEOPLE, QUEUES, Clock, Rig

GROUPS = [Group("centre:", GroupKind.CENTRE, "Центр", ("general", "passports"), frozenset({""})),
          *(Group(f"line:{each.id}", GroupKind.LINE, each.title, (each.id,), frozenset({""})) for each in QUEUES)]
DAY_S = 24 * 3600


class Wall:
    """A wallboard that somebody looks at, and what it has told."""

    def __init__(self, rig: Rig) -> None:
        self.days = Days(rig.store, QUEUES, "", MOSCOW, rig.clock)
        self.board = Wallboard(rig.dispatch, self.days, GROUPS, rig.clock)
        self.news: list[FloorNews] = []
        self.looked_at = True
        self.board.looked_at.answer_by(lambda: self.looked_at)
        self.board.on_change.subscribe(self.news.append)

    @property
    def late(self) -> list[tuple[str, str, str]]:
        """Breaches that were told of, each time."""
        return [(each.conversation, each.result, each.cause) for news in self.news for each in news.late]

    def row(self, key: str = "centre:") -> GroupNow:
        self.board.tick()
        return next(row for row in self.board.whole().groups if row.key == key)

    async def counted(self) -> None:
        """As the journal has it: the same day read from the disk."""
        figures, row = (await self.days.figures(self.days.today, self.days.span(self.days.today)[1] - self.days.span(self.days.today)[0])).total, self.row()
        assert (row.offered, row.still, row.answered, row.in_time, row.left, row.breaches, row.wait_s) == (
            figures.offered, figures.waiting, figures.answered, figures.in_time, figures.left, len(figures.breaches), figures.wait_s)
        assert {(each.conversation, each.wait_s, each.cause) for each in figures.breaches if each.result != "waiting"} == {
            (int(each.conversation), each.wait_s, each.cause) for each in self.board.whole().late if each.result != "waiting"}


@asynccontextmanager
async def wall_of(rig: Rig) -> AsyncIterator[Wall]:
    wall = Wall(rig)
    rig.sequencer.on_commit.show.subscribe(wall.board.committed)
    rig.dispatch.on_presence.subscribe(wall.board.presence)
    heads = [*await rig.store.held(""), *await rig.store.waiting((), limit=100), *await rig.store.promised(limit=100)]
    wall.board.start(heads)
    await wall.board.caught_up()
    yield wall
    rig.sequencer.on_commit.show.unsubscribe(wall.board.committed)
    await wall.board.close()


@pytest.fixture
async def wall(rig: Rig) -> AsyncIterator[Wall]:
    async with wall_of(rig) as wall:
        yield wall


async def test_who_waits_and_who_works(rig: Rig, wall: Wall, clock: Clock) -> None:  # MC-01 SL-03
    servers = sum(may(each, Permission.SERVE) for each in PEOPLE)
    assert (wall.row().away, wall.row().waiting, wall.row().predicted_s) == (servers, 0, None)
    first = await rig.waiting()
    clock.forward(5)
    await rig.waiting(who="other")
    assert (wall.row().waiting, wall.row("line:passports").waiting, wall.row().still) == (2, 0, 2)
    assert wall.row().oldest == (await rig.holds(first)).holder.since  # type: ignore[union-attr]
    rig.ready(ANNA, OLGA)
    assert (wall.row().free, wall.row("line:passports").free) == (2, 1)
    await rig.actions.take(ANNA, first)
    await rig.told()
    assert (wall.row().waiting, wall.row().talking, wall.row().free) == (1, 1, 1)
    rig.dispatch.set_presence(OLGA, Presence.BREAK)
    assert (wall.row().paused, wall.row("line:passports").paused) == (1, 1)
    assert wall.row().in_time == 1
    await wall.counted()


async def test_whoever_waits_too_long_is_told_of_at_once_and_once(rig: Rig, wall: Wall, clock: Clock) -> None:  # SL-03 MC-01
    waits = await rig.waiting()
    clock.forward(20)
    wall.board.tick()
    assert (wall.late, wall.row().breaches) == ([], 0)  # exactly 20 s are none
    clock.forward(1)
    for _ in range(2):
        wall.board.tick()
    assert wall.late == [(str(waits), "waiting", "nobody_free")]
    await wall.counted()
    clock.forward(10)
    rig.ready(ANNA)
    await rig.actions.take(ANNA, waits)
    await rig.told()
    wall.board.tick()
    assert [(late.result, late.wait_s) for late in wall.news[-1].late] == [("talking", 31)]
    assert (len(wall.late), wall.row().breaches, wall.row().in_time) == (2, 1, 0)
    await wall.counted()


async def test_the_clock_of_a_call_runs_out_before_that_of_the_line(rig: Rig, wall: Wall, clock: Clock) -> None:  # SL-08 MC-01
    waits = await rig.waiting()
    answered = Telephoned(clock() - timedelta(seconds=15), "a-1", CallStage.BEGAN, "122")
    await rig.sequencer.committed_step(await rig.sequencer.load(waits), (answered,))
    clock.forward(6)
    wall.board.tick()
    assert wall.late == [(str(waits), "waiting", "before_line")]
    assert (wall.row().calls, wall.row().calls_late, wall.row().breaches) == (1, 1, 0)
    clock.forward(15)
    for _ in range(2):
        wall.board.tick()
    assert wall.late[1:] == [(str(waits), "waiting", "nobody_free")]
    assert (wall.row().calls_late, wall.row().breaches) == (1, 1)
    await wall.counted()


async def test_only_what_has_changed_is_told_and_silence_is_told_too(rig: Rig, wall: Wall, clock: Clock) -> None:  # MC-01
    wall.board.tick()
    wall.news.clear()
    wall.board.tick()
    assert wall.news == []
    await rig.waiting()
    wall.board.tick()
    assert {row.key for row in wall.news.pop().groups} == {"centre:", "line:general"}
    clock.forward(10)
    wall.board.tick()
    assert wall.news.pop() == FloorNews()
    wall.looked_at = False
    await rig.waiting(who="other")
    wall.board.tick()
    assert wall.news == []


async def test_after_a_restart_and_over_midnight_it_is_the_same(rig: Rig, store: Store, clock: Clock) -> None:  # MC-01 SL-05
    async with wall_of(rig) as wall:
        late = await rig.waiting()
        clock.forward(25)
        rig.ready(ANNA)
        for conversation in (late, await rig.waiting(who="quick")):
            await rig.actions.take(ANNA, conversation)
        await rig.promise_actions.promise(ANNA, late, "надо уточнить")
        await rig.waiting(who="waits on")
        await rig.told()
        before = wall.row()
        await wall.counted()
    async with wall_of(rig) as again:
        assert again.row() == before
        assert (before.breaches, before.open, before.overdue, before.still) == (1, 1, 0, 1)
        clock.forward(DAY_S)
        row = again.row()
        assert (row.offered, row.breaches, row.open, row.waiting) == (0, 0, 1, 1)
        clock.forward(60)
        assert again.row().overdue == 1
        assert clock().astimezone(UTC).date() != before.oldest.date()  # type: ignore[union-attr]
        await again.counted()
