"""Three centres on a line: what a region is ready for is known above, whatever the line does, and each speaks for itself (GV-01, FD-06)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.federation.envelope import Envelope
from hub.federation.replication import VERSION
from hub.link.loopback import Loopback
from hub.organisation.queue import Lines, Queue
from hub.programme.daily_report import key_of
from hub.programme.readiness import Readiness
from hub.programme.readiness_book import ReadinessBook
from hub.programme.replication import ProgrammeReplication
from hub.reporting.days import Days
from storage.memory import MemoryStore
from tests.rig import MOSCOW, Clock

FEDERAL, REGION, CITY = "000", "001", "077"


class Centre:
    """One deployment with one line, and its end of the link. How many operators it has is the test's."""

    def __init__(self, code: str, lines: Loopback, russian: Russian) -> None:
        self.code, self.link, self.clock, self.operators = code, lines.link(code), Clock(), 3
        self.store = MemoryStore(russian)
        days = Days(self.store, Lines([Queue("general", "Общая", centre=code)]), code, ZoneInfo("Europe/Moscow"), self.clock)
        self.book = ReadinessBook(self.store, days, self._measured)
        self.replication = ProgrammeReplication(days, (self.book,), code, self.link, () if code == FEDERAL else (FEDERAL,))

    def _measured(self, centre: str, day: date) -> Readiness:
        return Readiness(key_of(centre, day), centre, day, 0, 1, 0, self.operators, 1, 1, 0, 0, 0)

    @property
    def today(self) -> date:
        return self.clock.now.astimezone(MOSCOW).date()

    async def hears(self, number: int) -> None:
        async with aclosing(self.link.receive()) as parcels:
            for _ in range(number):
                parcel = await anext(parcels)
                await self.replication.kinds[parcel.kind](parcel)


@pytest.fixture
async def lines() -> Loopback:
    return Loopback((FEDERAL, REGION, CITY))


@pytest.fixture
async def centres(lines: Loopback, russian: Russian) -> AsyncIterator[dict[str, Centre]]:
    found = {code: Centre(code, lines, russian) for code in (FEDERAL, REGION, CITY)}
    yield found
    for each in found.values():
        await each.replication.close()
        await each.store.close()


async def test_a_region_is_heard_of_after_the_line_was_cut(lines: Loopback, centres: dict[str, Centre]) -> None:
    # GV-01
    federal, region, city = centres.values()
    await lines.cut(REGION, FEDERAL)
    await asyncio.gather(region.replication.tell(), city.replication.tell())
    await federal.hears(1)
    assert {each.centre for each in await federal.book.until(federal.today)} == {FEDERAL, CITY}
    await lines.mend(REGION, FEDERAL)
    await federal.hears(2)  # the last one comes again to whoever has not asked for the next
    assert {each.centre for each in await federal.book.until(federal.today)} == {FEDERAL, CITY, REGION}


async def test_what_has_changed_is_told_again_and_the_past_stays(centres: dict[str, Centre]) -> None:
    # GV-01
    federal, region, _ = centres.values()
    await region.replication.tell()
    region.operators = 0
    await region.replication.tell()
    await region.replication.tell()
    await federal.hears(2)
    told = await federal.store.get(Readiness, key_of(REGION, region.today))
    assert told is not None
    assert (told.version, told.operators) == (2, 0)
    yesterday = region.today
    region.clock.forward(86400)
    region.operators = 5
    await region.replication.tell()
    assert [each.operators for each in await region.book.own(yesterday)] == [0]
    assert [each.operators for each in await region.book.own(region.today)] == [5]
    await federal.book.take(replace(told, version=1, operators=9))
    assert await federal.store.get(Readiness, told.key) == told


async def test_nobody_speaks_for_another(centres: dict[str, Centre]) -> None:
    # GV-01
    federal, _, city = centres.values()
    for centre, key in ((REGION, key_of(REGION, city.today)), (CITY, key_of(REGION, city.today))):
        report = Readiness(key, centre, city.today, 1, 1, 0, 3, 1, 1, 0, 0, 0)
        parcel = Envelope(f"x{centre}", "programme.readiness", CITY, FEDERAL, city.clock(), VERSION, msgspec.json.encode(report))
        await federal.replication.kinds[parcel.kind](parcel)
        await federal.replication.kinds[parcel.kind](replace(parcel, data=b"{}"))
    assert {each.centre for each in await federal.book.until(federal.today)} == {FEDERAL}
