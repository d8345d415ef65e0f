"""Services over a seeded year: a planted slow one ranks first, sums equal their parts, late data are restated (FD-06, FD-07, MC-03, MC-04, MC-07)."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from hub.cases.breaches import Breach
from hub.conversations.ports import Store
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.public_services import PublicService
from hub.organisation.level import Level
from hub.organisation.queue import Lines, Queue
from hub.programme.change_point import change_point
from hub.programme.service_book import ServiceBook
from hub.programme.service_day import Part, ServiceDay, Sums
from hub.programme.service_figures import NAMES, ServiceCounts, ServiceTrouble
from hub.programme.service_reports import ServiceBy, ServiceFilter, ServiceReport, ServiceReports, intervals
from hub.reporting.days import Days
from hub.reporting.periods import Periods
from tests.past import Past, at, complaint
from tests.rig import MOSCOW

SEED = 28
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
CHANGE = date(2026, 4, 1)
CENTRES = {"000": "", "002": "02", "016": "16", "050": "50"}
SERVICES = {"passport": "mvd", "benefit": "social", "land": "rosreestr", "kindergarten": "city"}
CHANNELS = ("voice", "web")
HANDBOOK = KnowledgeSnapshot([PublicService("passport", "Паспорт", "Паспорт", Level.FEDERAL, "other", "mvd")])


def days() -> Iterator[date]:
    return (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))


def binomial(chance: Random, of: int, share: float) -> int:
    return sum(chance.random() < share for _ in range(of))


def report_of(centre: str, day: date, chance: Random, *, planted: bool) -> list[ServiceDay]:
    """Every service has the same contacts and 1 % of complaints about terms; a planted one has 4 % from April on, in one region 8 %."""
    place, channel = Sums(), Sums()
    for service, authority in SERVICES.items():
        for by in CHANNELS:
            slow = planted and service == "land" and day >= CHANGE
            bad = binomial(chance, 30, (0.08 if centre == "016" else 0.04) if slow else 0.01)
            counts = ServiceCounts(offered=30, decided=30, returned=binomial(chance, 30, 0.1), complaints=bad, delays=bad)
            place.count(service, authority, CENTRES[centre], "", counts)
            channel.count(service, "", "", by, counts)
    made = (ServiceDay("", centre, day, 1, part, sums.cells()) for part, sums in ((Part.PLACE, place), (Part.CHANNEL, channel)))
    return [replace(each, key=each.name) for each in made]


def book_of(store: Store, past: Past | None = None) -> ServiceBook:
    lines = Lines([Queue("general", "Общая", centre="077")])
    counted = Days(store, lines, "077", MOSCOW, lambda: past.now if past else at(LAST, 48))
    return ServiceBook(store, Periods(store, counted, lines), lines, lambda: HANDBOOK, lambda _: "77")


async def year(store: Store, *, planted: bool) -> tuple[ServiceBook, ServiceReports]:
    book, chance = book_of(store), Random(SEED)
    for day in days():
        for centre in CENTRES:
            for each in report_of(centre, day, chance, planted=planted):
                await book.take(each)
    return book, ServiceReports(store, lambda code: Level.FEDERAL if code == "000" else Level.REGIONAL)


async def asked(reports: ServiceReports, by: ServiceBy = ServiceBy.SERVICE, only: ServiceFilter = ServiceFilter()) -> ServiceReport:  # noqa: B008 - frozen
    return await reports.report(FIRST, LAST, by, only)


@pytest.mark.parametrize("store", ["memory"], indirect=True)
async def test_a_planted_slow_service_ranks_first_with_its_beginning_and_its_region(store: Store) -> None:
    # MC-04, MC-07
    _, reports = await year(store, planted=True)
    worst = (await asked(reports)).worst
    assert {each.service for each in worst} == {"land"}
    delays = next(each for each in worst if each.figure is ServiceTrouble.DELAYS)
    assert delays.changed == "2026-04"
    assert (sum(count for _, count, _ in delays.series), len(delays.series)) == (delays.count, 6)
    assert delays.worst is not None
    assert delays.best is not None
    assert delays.worst.subject == "16"
    assert delays.worst.count / delays.worst.of > delays.best.count / delays.best.of
    april = await reports.report(date(2026, 3, 15), date(2026, 4, 14), ServiceBy.SERVICE, ServiceFilter())
    assert next(each for each in april.worst if each.figure is ServiceTrouble.DELAYS).changed == "2026-04-01"


@pytest.mark.parametrize("store", ["memory"], indirect=True)
async def test_where_nothing_is_planted_nothing_is_found(store: Store) -> None:
    # MC-04
    _, reports = await year(store, planted=False)
    assert (await asked(reports)).worst == []


@pytest.mark.parametrize("store", ["memory"], indirect=True)
async def test_the_country_is_the_sum_of_its_parts_in_every_grouping(store: Store) -> None:
    # FD-06, FD-07, MC-03
    book, reports = await year(store, planted=True)
    whole = await asked(reports)
    assert whole.centres == tuple(CENTRES)
    for by in ServiceBy:
        found = await asked(reports, by)
        assert found.total == whole.total
        for name in NAMES:
            assert sum(getattr(each, name) for each in found.rows.values()) == getattr(whole.total, name)
    daily = [await reports.report(day, day, ServiceBy.SERVICE, ServiceFilter()) for day in days()]
    assert sum(each.total.offered for each in daily) == whole.total.offered
    parts = [await asked(reports, only=ServiceFilter(service=service)) for service in SERVICES]
    assert sum(each.total.delays for each in parts) == whole.total.delays
    late = report_of("050", date(2026, 2, 3), Random(1), planted=False)[0]
    cell = late.cells[0]
    more = replace(late, version=2, cells=(replace(cell, counts=replace(cell.counts, offered=cell.counts.offered + 5)), *late.cells[1:]))
    before = (await reports.report(late.day, late.day, ServiceBy.SERVICE, ServiceFilter())).rows[cell.service].offered
    for _ in range(2):
        await book.take(more)
    await book.take(late)
    after = await asked(reports)
    assert (after.total.offered, after.restated) == (whole.total.offered + 5, 1)
    assert (await reports.report(late.day, late.day, ServiceBy.SERVICE, ServiceFilter())).rows[cell.service].offered == before + 5


@pytest.mark.parametrize("store", ["memory"], indirect=True)
async def test_a_day_is_counted_from_journal_and_cases_and_late_ones_restate_it(store: Store) -> None:
    # MC-03, FD-06
    day = date(2026, 11, 3)
    past = Past(store, at(day, 10))
    for name in ("пётр", "анна"):
        await past.talk(name, wait_s=5)
    await store.put(complaint("077-261103-0000001-1", day, Breach.LATE_SERVICE))
    book, reports = book_of(store, past), ServiceReports(store, lambda _: Level.REGIONAL)
    past.now = at(day, 30)
    first = {each.part: each for each in await book.own(day)}
    assert {cell.service: (cell.authority, cell.subject, cell.counts) for cell in first[Part.PLACE].cells} == {
        "passport": ("mvd", "77", ServiceCounts(offered=2)), "land": ("rosreestr", "77", ServiceCounts(complaints=1, delays=1))}
    assert [each.version for each in await book.own(day)] == [1, 1]
    await store.put(complaint("077-261103-0000002-2", day, Breach.REFUSED_SERVICE))
    assert [each.version for each in await book.own(day)] == [2, 2]
    past.now = at(day, 24 * 9)
    await book.own(day)
    found = await reports.report(day, day, ServiceBy.SUBJECT, ServiceFilter())
    assert found.rows == {"77": ServiceCounts(offered=2, decided=2, complaints=2, delays=1, refusals=1)}
    assert await book.own(day + timedelta(days=1)) == []


@pytest.mark.parametrize(("series", "found"), [
    ([(1, 100)] * 20 + [(9, 100)] * 10, 20), ([(1, 100)] * 30, None), ([], None), ([(0, 0)] * 5, None), ([(3, 0)], None),
    ([(1, 100), (30, 100)], 1)])
def test_a_change_is_found_where_it_is_and_nowhere_else(series: list[tuple[int, int]], found: int | None) -> None:
    # MC-04
    assert change_point(series) == found


def test_whole_months_are_read_as_one() -> None:
    # MC-02
    assert list(intervals(date(2026, 1, 1), date(2026, 12, 31))) == [(f"2026-{month:02}", None) for month in range(1, 13)]
    mixed = list(intervals(date(2025, 12, 30), date(2026, 4, 1)))
    assert [day for _, day in mixed] == [date(2025, 12, 30), date(2025, 12, 31), None, None, None, date(2026, 4, 1)]
    assert len(list(intervals(date(2026, 1, 1), date(2026, 2, 28)))) == 59
