"""Reports on services: any period, by service, body, territory, level or channel; whole months from their sums (MC-03, MC-07)."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import astuple

from hub.conversations.ports import Store
from hub.organisation.level import Level
from hub.programme.service_bottlenecks import ServiceBottleneck, bottlenecks
from hub.programme.service_day import Part, ServiceCell, ServiceDay, ServiceMonth, month_of
from hub.programme.service_figures import ServiceCounts

DAY = timedelta(days=1)
CENTRES = 10_000
TOGETHER = 100
DAILY = 62
"""Up to so many days the course is told by days, then by months."""


class ServiceBy(StrEnum):
    """Grouping of the rows; the sum does not depend on it."""

    SERVICE = "service"
    AUTHORITY = "authority"
    SUBJECT = "subject"
    LEVEL = "level"
    CHANNEL = "channel"
    CENTRE = "centre"


class ServiceFilter(Struct, frozen=True):
    """"" is any."""

    service: str = ""
    authority: str = ""
    subject: str = ""

    def fits(self, cell: ServiceCell) -> bool:
        return (self.service in {"", cell.service} and self.authority in {"", cell.authority}
                and self.subject in {"", cell.subject})


class ServiceReport(Struct, frozen=True):
    """`centres` are those whose figures are included, `restated` the later versions of their days."""

    rows: dict[str, ServiceCounts]
    total: ServiceCounts
    centres: tuple[str, ...]
    restated: int
    worst: list[ServiceBottleneck]


class Piece(Struct, frozen=True):
    """Figures of a centre in an interval: a month or a day."""

    interval: str
    centre: str
    cells: Sequence[ServiceCell]
    restated: int


class ServiceReports:
    def __init__(self, store: Store, level: Callable[[str], Level]) -> None:
        self._store, self._level = store, level

    async def report(self, since: date, until: date, by: ServiceBy, only: ServiceFilter) -> ServiceReport:
        """Both days are included. Raises StoreError."""
        part = Part.CHANNEL if by is ServiceBy.CHANNEL else Part.PLACE
        now = await self._pieces(since, until, part)
        earlier = await self._pieces(*_before(since, until), part) if part is Part.PLACE else []
        return await asyncio.to_thread(self._added, now, earlier, by, only)

    async def _pieces(self, since: date, until: date, part: Part) -> list[Piece]:
        found: list[Piece] = []
        for interval, day in intervals(since, until):
            if day is None:
                months = await self._store.marked(ServiceMonth, "month", f"{interval}/{part}", limit=CENTRES)
                found += [Piece(interval, each.centre, each.cells, each.restated) for each in months]
            else:
                days = await self._store.marked(ServiceDay, "day", f"{day}/{part}", limit=CENTRES)
                found += [Piece(interval, each.centre, each.cells, each.version - 1) for each in days]
        return found

    def _added(self, now: Sequence[Piece], earlier: Sequence[Piece], by: ServiceBy, only: ServiceFilter) -> ServiceReport:
        rows, past, places, series = Tally(), Tally(), dict[str, Tally](), dict[str, Tally]()
        for piece in now:
            level, course = self._level(piece.centre), series.setdefault(piece.interval, Tally())
            for cell in _fitting(piece.cells, only):
                counts = astuple(cell.counts)
                rows.add(_key(by, piece.centre, level, cell), counts)
                if by is not ServiceBy.CHANNEL:
                    course.add(cell.service, counts)
                    if (there := places.get(cell.service)) is None:
                        there = places[cell.service] = Tally()
                    there.add(cell.subject, counts)
        for piece in earlier:
            for cell in _fitting(piece.cells, only):
                past.add(cell.service, astuple(cell.counts))
        services = {service: each.total() for service, each in sorted(places.items())}
        worst = bottlenecks(services, past.sums(), {at: each.sums() for at, each in sorted(series.items())},
                            {service: each.sums() for service, each in places.items()})
        return ServiceReport(rows.sums(), rows.total(), tuple(sorted({each.centre for each in now})),
                             sum(each.restated for each in now), worst)


class Tally:
    """Counts by a key. They are added up by the hundred, in one call: a year has half a million."""

    def __init__(self) -> None:
        self._of: dict[str, list[tuple[int, ...]]] = {}

    def add(self, key: str, counts: tuple[int, ...]) -> None:
        if (found := self._of.get(key)) is None:
            found = self._of[key] = []
        found.append(counts)
        if len(found) == TOGETHER:
            found[:] = [added(found)]

    def sums(self) -> dict[str, ServiceCounts]:
        return {key: ServiceCounts(*added(found)) for key, found in sorted(self._of.items())}

    def total(self) -> ServiceCounts:
        return ServiceCounts(*added([each for found in self._of.values() for each in found]))


def added(counts: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*counts, strict=True)))


def intervals(since: date, until: date) -> Iterator[tuple[str, date | None]]:
    """The days of a period, whole months as one; the name of each, and the day of a day."""
    day, daily = since, (until - since).days < DAILY
    while day <= until:
        following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        if not daily and day.day == 1 and following - DAY <= until:
            yield month_of(day), None
            day = following
        else:
            yield (str(day) if daily else month_of(day)), day
            day += DAY


def _before(since: date, until: date) -> tuple[date, date]:
    """As many days before; before whole months as many months."""
    months = (until.year - since.year) * 12 + until.month - since.month + 1
    if since.day == 1 and (until + DAY).day == 1:
        year, month = divmod(since.year * 12 + since.month - 1 - months, 12)
        return date(year, month + 1, 1), since - DAY
    return since - (until - since) - DAY, since - DAY


def _fitting(cells: Iterable[ServiceCell], only: ServiceFilter) -> Iterator[ServiceCell]:
    return iter(cells) if only == ServiceFilter() else (each for each in cells if only.fits(each))


def _key(by: ServiceBy, centre: str, level: Level, cell: ServiceCell) -> str:
    match by:
        case ServiceBy.SERVICE:
            return cell.service
        case ServiceBy.AUTHORITY:
            return cell.authority
        case ServiceBy.SUBJECT:
            return cell.subject
        case ServiceBy.CHANNEL:
            return cell.channel
        case ServiceBy.LEVEL:
            return level
        case _:
            return centre
