"""How floors of other deployments stand: told up the line at once or never, and old as soon as nobody says anything (MC-01)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from hub.federation.envelope import Envelope
from hub.link.loopback import Loopback
from hub.monitoring.remote_floors import KIND, OLD_S, RESTATED_S, TOLD_S, VERSION, RemoteQueue, RemoteQueueStatus, Summary
from hub.monitoring.wallboard import Group, GroupKind, Wallboard
from hub.reporting.days import Days
from tests.rig import ANNA, MOSCOW, OLGA, QUEUES, Clock, Rig

FEDERAL, REGION, CITY = ORDER = ("000", "001", "077")


class Floor:
    """A deployment whose one centre has all lines of the rig; what it hears is kept."""

    def __init__(self, code: str, lines: Loopback, rig: Rig) -> None:
        self.code, self.link = code, lines.link(code)
        group = Group(f"{GroupKind.CENTRE}:{code}", GroupKind.CENTRE, code, tuple(each.id for each in QUEUES), frozenset({code}))
        self.board = Wallboard(rig.dispatch, Days(rig.store, QUEUES, code, MOSCOW, rig.clock), [group], rig.clock)
        self.far = RemoteQueueStatus(self.board, code, self.link, rig.clock, over=lambda a, b: ORDER.index(a) < ORDER.index(b), title=lambda code: f"ЦТО {code}")
        self.heard: list[Envelope] = []
        self.shown: list[list[RemoteQueue]] = []
        self.link.on_told.subscribe(self.hear)
        self.far.on_change.subscribe(self.shown.append)
        self.board.on_tick.subscribe(self.far.look)

    def hear(self, parcel: Envelope) -> None:
        self.heard.append(parcel)
        self.far.hear(parcel)

    async def ticks(self) -> None:
        self.board.tick()
        await asyncio.sleep(0)

    def row(self, code: str) -> RemoteQueue:
        return next(each for each in self.far.rows() if each.centre == code)


@pytest.fixture
async def lines() -> Loopback:
    return Loopback(ORDER)


@pytest.fixture
async def floors(lines: Loopback, rig: Rig) -> AsyncIterator[list[Floor]]:
    found = [Floor(code, lines, rig) for code in ORDER]
    for each in found:
        rig.sequencer.on_commit.show.subscribe(each.board.committed)
        each.board.start(())
        await each.board.caught_up()
    rig.dispatch.on_presence.subscribe(lambda login, presence: [each.board.presence(login, presence) for each in found] and None)
    yield found
    for each in found:
        rig.sequencer.on_commit.show.unsubscribe(each.board.committed)
        await each.far.close()
        await each.board.close()


async def test_the_level_above_sees_who_waits_and_who_works_below(floors: list[Floor], rig: Rig, clock: Clock) -> None:
    # MC-01, LV-05
    federal, region, city = floors
    assert [(each.centre, each.title, each.at, each.old) for each in federal.far.rows()] == [
        (REGION, "ЦТО 001", None, True), (CITY, "ЦТО 077", None, True)]
    assert [each.centre for each in region.far.rows()] == [CITY]
    await rig.waiting()
    clock.forward(7)
    rig.ready(ANNA, OLGA)
    await region.ticks()
    row = federal.row(REGION)
    own = region.board.centres()[REGION]
    assert (row.waiting, row.oldest, row.free, row.present, row.predicted_s) == (1, own.oldest, 2, 2, own.predicted_s)
    assert (row.at, row.old, federal.row(CITY).old) == (clock.now, False, True)
    await federal.ticks()
    assert federal.shown[-1] == federal.far.rows()
    assert city.far.rows() == []  # nobody is shown those above


async def test_what_changes_is_told_every_two_seconds_at_most_and_all_of_it_every_five(floors: list[Floor], rig: Rig, clock: Clock) -> None:
    # MC-01
    federal, region, _ = floors
    told = []
    for second in range(21):
        if second < 10:
            await rig.waiting(who=str(second))
        before = len(federal.heard)
        await region.ticks()
        if len(federal.heard) > before:
            told.append(second)
        clock.forward(1)
    assert (TOLD_S, RESTATED_S) == (2, 5)
    assert told == [0, 2, 4, 6, 8, 10, 15, 20]


async def test_a_line_that_is_down_makes_it_old_and_nothing_piles_up(lines: Loopback, floors: list[Floor], rig: Rig, clock: Clock) -> None:
    # RT-10: what is worth nothing late waits nowhere
    federal, region, _ = floors
    await region.ticks()
    clock.forward(1)
    await federal.ticks()
    await lines.cut(FEDERAL, REGION)
    for _ in range(int(OLD_S) + 1):
        await rig.waiting(who=str(clock.now))
        await region.ticks()
        await federal.ticks()
        clock.forward(1)
    assert (federal.row(REGION).old, federal.row(REGION).waiting, len(federal.heard)) == (True, 0, 1)
    assert federal.shown[-1][0].old
    assert not any(lines._out.values())
    await lines.mend(FEDERAL, REGION)
    assert len(federal.heard) == 1
    clock.forward(RESTATED_S)
    await region.ticks()
    assert (federal.row(REGION).old, federal.row(REGION).waiting) == (False, int(OLD_S) + 1)


async def test_no_name_and_no_number_travels(floors: list[Floor], rig: Rig) -> None:
    # SE-01, SE-03: sums of nobody
    federal, region, _ = floors
    waits = await rig.waiting()
    rig.ready(ANNA)
    await rig.actions.take(ANNA, waits)
    await region.ticks()
    told, = msgspec.json.decode(federal.heard[0].data)
    assert told == {"centre": REGION, "waiting": 0, "waits_s": None, "predicted_s": None, "free": 0, "present": 1} | {"predicted_s": told["predicted_s"]}


@pytest.mark.parametrize(("source", "centre", "taken"), [
    (REGION, REGION, True), (REGION, CITY, False), (CITY, REGION, False), (REGION, FEDERAL, False), (FEDERAL, FEDERAL, False)])
async def test_each_speaks_for_itself(floors: list[Floor], clock: Clock, source: str, centre: str, *, taken: bool) -> None:
    # SE-01
    federal = floors[0]
    federal.far.hear(parcel(Summary(centre, 5, 3, None, 1, 2), source))
    assert any(each.at for each in federal.far.rows()) == taken
    if taken:
        assert federal.row(REGION).oldest == clock.now - timedelta(seconds=3)


async def test_nonsense_is_passed_over(floors: list[Floor], caplog: pytest.LogCaptureFixture) -> None:
    # RT-08
    federal = floors[0]
    good = parcel(Summary(REGION, 5, 3, None, 1, 2), REGION)
    for strange in (replace(good, data=b'{"centre": 1}'), replace(good, data=b"null"), replace(good, kind="presence.other")):
        federal.far.hear(strange)
    assert not any(each.at for each in federal.far.rows())
    assert len(caplog.records) == 2


def parcel(told: Summary, source: str) -> Envelope:
    return Envelope("x", KIND, source, FEDERAL, Clock().now, VERSION, msgspec.json.encode([told]))
