"""Coverage of a day and of the years, from the register of centres and their reports (GV-01, GV-02)."""

from collections.abc import Mapping
from datetime import date

from hub.kernel.ids import EPOCH
from hub.organisation.registry import Registry
from hub.organisation.territory import Subjects
from hub.programme.coverage import TARGETS, SubjectCoverage, YearCoverage, coverage, target, total
from hub.programme.readiness_book import ReadinessBook
from hub.reporting.days import Days


class CoverageService:
    def __init__(self, book: ReadinessBook, registry: Registry | None, subjects: Subjects, days: Days) -> None:
        """Without a registry no subject has a centre."""
        self._book, self._registry, self._subjects, self._days = book, registry, subjects, days

    @property
    def today(self) -> date:
        return self._days.today

    def name(self, subject: str) -> str:
        """The code itself for one that does not exist."""
        return self._subjects[subject].name if subject in self._subjects.codes else subject

    async def on(self, day: date) -> list[SubjectCoverage]:
        """Each subject of a day. Raises StoreError."""
        return coverage(self._registry, self._subjects.on(day), day, await self._book.until(day))

    async def years(self, known: Mapping[date, int]) -> list[YearCoverage]:
        """From the first year of the concept to this one; `known` are totals that were counted already. Raises StoreError."""
        found = []
        for year in range(min(TARGETS), self.today.year + 1):
            day = min(date(year, 12, 31), self.today)
            of = len(self._subjects.on(day))
            fact = known[day] if day in known else total(await self.on(day)) if day >= EPOCH.date() else None
            found.append(YearCoverage(year, day, target(year, of), of, fact))
        return found
