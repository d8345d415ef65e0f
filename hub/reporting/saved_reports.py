"""Reports that people have built: saved under a name, shared, opened by a link (MC-02).

Only the question is stored. Whoever opens it, and whoever has it mailed, gets the figures by their own rights.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.reporting.days import Days
from hub.reporting.saved_report import MOST, ReportWords, SavedReport, checked
from hub.reporting.visibility import sees

FORGOTTEN = timedelta(days=30)
"""How long a removed report can be restored."""
NO_REPORT = RefusedError("no_such_report", "Такого отчёта нет, или автор им больше не делится.")


class SavedReports:
    """Those of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, days: Days) -> None:
        self._store, self._now, self._authorization, self._days = store, now, authorization, days
        self._changing = asyncio.Lock()

    async def of(self, who: Operator) -> list[SavedReport]:
        """Their own, and the shared ones with figures that they may see, by title."""
        found = [each for each in await self._store.all(SavedReport) if self._opens(who, each)]
        return sorted(found, key=lambda each: (each.words.title.lower(), each.id))

    async def one(self, who: Operator, id_: str) -> SavedReport:
        """Raises RefusedError where it is not theirs to open."""
        found = await self._store.get(SavedReport, id_)
        if found is None or not self._opens(who, found):
            raise NO_REPORT
        return found

    async def write(self, who: Operator, id_: str, version: int, words: ReportWords, *, shared: bool) -> SavedReport:
        """A new report (`version` 0), or a new version of one's own, also of a removed one. Idempotent."""
        words = checked(words)
        async with self._changing:
            before = await self._store.get(SavedReport, id_)
            if before and before == replace(before, version=version + 1, words=words, by=who.login, shared=shared, removed=False):
                return before
            self._allow(who, before, version)
            if not sees(self._authorization, self._days, who, words.centre):
                raise RefusedError("forbidden", "Показатели другого центра видят он сам и центр над ним.")
            if before is None:
                await self._make_room()
            after = SavedReport(id_, version + 1, words, who.login, self._now(), shared)
            await self._put(before, after, "report_shared" if shared else "report_saved")
        return after

    async def remove(self, who: Operator, id_: str, version: int) -> None:
        """Writing its next version restores it. Idempotent."""
        async with self._changing:
            before = await self._store.get(SavedReport, id_)
            if before is None or (before.removed and before.version == version + 1):
                return
            self._allow(who, before, version)
            await self._put(before, replace(before, version=version + 1, changed=self._now(), removed=True), "report_removed")

    def _opens(self, who: Operator, report: SavedReport) -> bool:
        theirs = report.shared or report.by == who.login
        return theirs and not report.removed and sees(self._authorization, self._days, who, report.words.centre)

    def _allow(self, who: Operator, before: SavedReport | None, version: int) -> None:
        if before is not None and before.by != who.login:
            raise NO_REPORT if not self._opens(who, before) else RefusedError(
                "not_yours", "Отчёт меняет его автор: сохраните свой под другим названием.")
        if version != (before.version if before else 0):
            raise RefusedError("other_version", "Отчёт уже изменили: посмотрите новый и повторите.")

    async def _make_room(self) -> None:
        there = await self._store.all(SavedReport)
        old = [each for each in there if each.removed and self._now() - each.changed > FORGOTTEN]
        if len(there) - len(old) >= MOST:
            raise RefusedError("too_many", "Сохранённых отчётов слишком много: удалите ненужные.")
        if old:
            await self._store.exchange((), old)

    async def _put(self, before: SavedReport | None, after: SavedReport, what: str) -> None:
        audit_entry = AuditEntry(self._now(), after.by, what, after.id, f"{after.version}. {after.words.title}")
        await self._store.exchange((after,), (), audit_entry, seen=(before,) if before else (), new=() if before else (after,))
