"""Collects the published indicators of the last finished months, once a day."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from hub.programme.coverage import total
from hub.programme.coverage_service import CoverageService
from hub.programme.effect_reports import EffectReports, InformationTime
from hub.programme.open_data import Indicator, OpenFigure, published
from hub.programme.service_figures import ServiceCounts
from hub.programme.service_reports import ServiceBy, ServiceFilter, ServiceReports

MONTHS = 12
COUNTRY = ("RU", "Российская Федерация")
Span = tuple[date, date]


class OpenDataService:
    def __init__(self, coverage: CoverageService, effect: EffectReports, services: ServiceReports,
                 centres: Callable[[date], Mapping[str, str]]) -> None:
        """`centres` are names by code."""
        self._coverage, self._effect, self._services, self._centres = coverage, effect, services, centres
        self._made: tuple[date, Sequence[OpenFigure]] = date.min, ()
        self._making = asyncio.Lock()

    @property
    def today(self) -> date:
        return self._coverage.today

    async def figures(self) -> Sequence[OpenFigure]:
        """Collected at the first request of a day: late data appear on the next. Raises StoreError."""
        async with self._making:
            if self._made[0] != self.today:
                self._made = self.today, await self._collected()
            return self._made[1]

    async def _collected(self) -> list[OpenFigure]:
        months = list(_finished(self.today))
        year: Span = months[0][0], months[-1][1]
        rows = await self._coverage.on(self.today)
        report = await self._effect.report(*year)
        services = await self._services.report(*year, ServiceBy.SUBJECT, ServiceFilter())
        names = self._centres(year[1])
        by_month = [_times(report.months[f"{span[0]:%Y-%m}"], span, *COUNTRY) for span in months if f"{span[0]:%Y-%m}" in report.months]
        by_centre = [_times(each, year, key, names.get(key, key)) for key, each in report.centres.items()]
        by_subject = [_figures(each, year, key, self._coverage.name(key)) for key, each in services.rows.items()]
        covered = OpenFigure(Indicator.COVERED, self.today, self.today, *COUNTRY, total(rows), len(rows))
        return [covered, *_published([_times(report.total, year, *COUNTRY)]), *_published(by_month), *_published(by_centre),
                *_published([_figures(services.total, year, *COUNTRY)]), *_published(by_subject)]


def _published(groups: Sequence[Sequence[OpenFigure]]) -> Iterator[OpenFigure]:
    """Each indicator of the groups by itself."""
    for indicator in Indicator:
        yield from published([each for group in groups for each in group if each.indicator is indicator])


def _finished(today: date) -> Iterator[Span]:
    """The last finished months, the oldest first."""
    for back in range(MONTHS, 0, -1):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        first = date(year, month + 1, 1)
        yield first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _times(of: InformationTime, span: Span, territory: str, name: str) -> list[OpenFigure]:
    found = []
    for indicator, ratio, factor in ((Indicator.MEAN, of.mean_min, 1), (Indicator.IN_TEN, of.in_ten, 100)):
        if ratio is not None:
            low, high = (None if each is None else each * factor for each in (ratio.low, ratio.high))
            found.append(OpenFigure(indicator, *span, territory, name, ratio.value * factor, ratio.of, low, high))
    return found


def _figures(of: ServiceCounts, span: Span, territory: str, name: str) -> list[OpenFigure]:
    grades = [OpenFigure(Indicator.SATISFACTION, *span, territory, name, of.grade_sum / of.grades, of.grades)] if of.grades else []
    return [OpenFigure(Indicator.CONTACTS, *span, territory, name, of.offered, of.offered),
            OpenFigure(Indicator.COMPLAINTS, *span, territory, name, of.complaints, of.complaints), *grades]
