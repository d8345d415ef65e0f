"""Readiness of this hub's centres, measured each day, and that of others as they report it (GV-01)."""

from collections.abc import Callable
from datetime import date, timedelta

from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.programme.coverage import FRESH
from hub.programme.daily_report import key_of
from hub.programme.readiness import Readiness
from hub.reporting.days import Days

MOST = 1000
"""Centres that report."""


class ReadinessBook:
    kind, holds = "programme.readiness", Readiness

    def __init__(self, store: Store, days: Days, measure: Callable[[str, date], Readiness]) -> None:
        self._store, self._days, self._measure = store, days, measure

    async def own(self, day: date) -> list[Readiness]:
        """Today's are measured now, and stored when they differ; those of other days as they were."""
        if day != self._days.today:
            found = [await self._store.get(Readiness, key_of(centre, day)) for centre in self._days.centres]
            return [each for each in found if each]
        return [await self._measured(centre, day) for centre in self._days.centres]

    async def _measured(self, centre: str, day: date) -> Readiness:
        now = self._measure(centre, day)
        known = await self._store.get(Readiness, now.key)
        if known is not None and replace(now, version=known.version) == known:
            return known
        made = replace(now, version=known.version + 1 if known else 1)
        await self._store.put(made)
        return made

    async def take(self, report: Readiness) -> None:
        known = await self._store.get(Readiness, report.key)
        if known is None or known.version < report.version:
            await self._store.put(report)

    async def until(self, day: date) -> list[Readiness]:
        """All reports that say something of a day."""
        if day == self._days.today:
            await self.own(day)
        back = [day - timedelta(days=number) for number in range(FRESH.days + 1)]
        return [each for one in back for each in await self._store.marked(Readiness, "day", one.isoformat(), limit=MOST)]
