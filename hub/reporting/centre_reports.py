"""Reports of this hub's centres, and the national totals (FD-06)."""

import asyncio
from collections.abc import Iterable
from datetime import date

from hub.conversations.ports import Store
from hub.reporting.days import Days
from hub.reporting.national import National, Report, Total, key_of, report, reported


class Reporting:
    """Reports are stored when they are issued: the number of later revisions can be told to each recipient."""

    def __init__(self, store: Store, days: Days) -> None:
        self._store, self.days = store, days
        self._lock = asyncio.Lock()

    async def country(self, day: date, others: Iterable[str]) -> tuple[list[Report], Total]:
        """The newest report of each centre, including the received ones of `others`, and the sum of all.

        During the day the hub's own reports are provisional.
        """
        begins, _ = self.days.span(day)
        own = {each.centre: each for each in await self.own(day)}
        known = {code: own.get(code) or await self._store.get(Report, key_of(code, begins)) for code in sorted({*others, *own})}
        reports, national = [each for each in known.values() if each], National()
        for each in reports:
            national.take(each)
        return reports, national.total(begins)

    async def own(self, day: date) -> list[Report]:
        """Those of this hub's centres, provisional (version 0) during the day."""
        begins, ends = self.days.span(day)
        reports: list[Report] = []
        async with self._lock:
            over = self.days.now() >= ends
            for code, total in (await self.days.totals(day)).items():
                before = await self._store.get(Report, key_of(code, begins))
                reports.append(new := reported(code, total, before) if over else report(code, total, 0))
                if over and new is not before:
                    await self._store.put(new)
        return reports
