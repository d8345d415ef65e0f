"""Days' figures over the line: the country is the sum of its parts, whatever the line does, and each part speaks for itself (FD-06)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.federation.envelope import Envelope
from hub.federation.replication import VERSION
from hub.link.loopback import Loopback
from hub.organisation.queue import Lines, Queue
from hub.reporting.centre_reports import Reporting
from hub.reporting.days import Days
from hub.reporting.national import Report, key_of
from hub.reporting.replication import KIND, StatisticsReplication
from storage.memory import MemoryStore
from tests.past import Past, at

FEDERAL, REGION, CITY = "000", "001", "077"
TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)


class Centre:
    """One deployment with one line, and its end of the link."""

    def __init__(self, code: str, lines: Loopback, russian: Russian) -> None:
        self.code, self.link = code, lines.link(code)
        self.past = Past(MemoryStore(russian), at(YESTERDAY, 12))
        days = Days(self.past.store, Lines([Queue("general", "Общая", centre=code)]), code, ZoneInfo("Europe/Moscow"), lambda: self.past.now)
        self.reporting = Reporting(self.past.store, days)
        self.reports = StatisticsReplication(self.past.store, self.reporting, code, self.link, () if code == FEDERAL else (FEDERAL,))

    async def hears(self, number: int) -> None:
        async with aclosing(self.link.receive()) as parcels:
            for _ in range(number):
                await self.reports.hear(await anext(parcels))

    def goes_home(self) -> None:
        """It is the next day, five past midnight."""
        self.past.forward((at(TODAY, 0) - self.past.now).total_seconds() + 300)


@pytest.fixture
async def lines() -> Loopback:
    return Loopback((FEDERAL, REGION, CITY))


@pytest.fixture
async def centres(lines: Loopback, russian: Russian) -> AsyncIterator[dict[str, Centre]]:
    found = {code: Centre(code, lines, russian) for code in (FEDERAL, REGION, CITY)}
    yield found
    for each in found.values():
        await each.reports.close()
        await each.past.store.close()


async def test_the_country_is_the_sum_of_its_parts_after_the_line_was_cut(lines: Loopback, centres: dict[str, Centre]) -> None:
    # LV-04
    federal, region, city = centres.values()
    for centre, names in ((region, ("пётр", "анна")), (city, ("иван",))):
        for name in names:
            await centre.past.asks(name)
    for centre in centres.values():
        centre.goes_home()
    await lines.cut(REGION, FEDERAL)
    await asyncio.gather(region.reports.tell(), city.reports.tell())
    await federal.hears(7)
    country = await federal.reporting.country(YESTERDAY, (REGION, CITY))
    assert ([each.centre for each in country[0]], country[1].figures["offered"]) == ([FEDERAL, CITY], 1)
    await lines.mend(REGION, FEDERAL)
    await federal.hears(1 + 7)  # the last one comes again to whoever has not asked for the next
    reports, total = await federal.reporting.country(YESTERDAY, (REGION, CITY))
    parts = [part for centre in (region, city) for part in await centre.reporting.own(YESTERDAY)]
    assert [each for each in reports if each.centre != FEDERAL] == parts
    assert (total.figures["offered"], total.restated) == (3, 0)


async def test_late_data_restate_it_and_what_is_told_again_changes_nothing(centres: dict[str, Centre]) -> None:
    federal, region, _ = centres.values()
    await region.past.asks("пётр")
    for centre in (federal, region):
        centre.goes_home()
    await region.reports.tell()
    await region.past.answered("пётр")
    await region.reports.tell()  # of seven days one is another report now; the rest is known to the line
    await federal.hears(8)
    reports, total = await federal.reporting.country(YESTERDAY, (REGION,))
    assert [(each.centre, each.version, each.figures["answered"]) for each in reports] == [(FEDERAL, 1, 0), (REGION, 2, 1)]
    assert total.restated == 1
    older = parcel(replace(reports[1], version=1), REGION)
    await federal.reports.hear(older)
    assert (await federal.reporting.country(YESTERDAY, (REGION,)))[1] == total


@pytest.mark.parametrize("told", [b"no report", b"{}"])
async def test_nonsense_is_passed_over(centres: dict[str, Centre], told: bytes) -> None:
    federal = centres[FEDERAL]
    await federal.reports.hear(replace(parcel(report(REGION), REGION), data=told))
    assert await federal.past.store.all(Report) == []


async def test_each_centre_with_a_line_speaks_for_itself(centres: dict[str, Centre]) -> None:
    # SE-01: a small centre whose lines a region has is reported by that region
    federal = centres[FEDERAL]
    for centre in (CITY, FEDERAL, "016"):
        await federal.reports.hear(parcel(report(centre), REGION))
    await federal.reports.hear(parcel(replace(report(REGION), key=key_of(CITY, at(YESTERDAY, 0))), REGION))
    assert [each.centre for each in await federal.past.store.all(Report)] == ["016"]


def report(centre: str) -> Report:
    return Report(key_of(centre, at(YESTERDAY, 0)), centre, at(YESTERDAY, 0), 1, {"offered": 5})


def parcel(told: Report, source: str) -> Envelope:
    return Envelope(f"{source}/{told.key}/{told.version}", KIND, source, FEDERAL, at(TODAY, 0), VERSION, msgspec.json.encode(told))
