"""Alarms of cases before and at the end of their terms (RQ-06)."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from hub.cases.case import Case, alarms
from hub.conversations.ports import Store
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import ConflictError
from hub.kernel.signal import Signal


class CaseClocks:
    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        clock = DueDocuments(store, now, Case, "alarm", self._raise, self._count)
        self.look, self.start, self.close = clock.look, clock.start, clock.close
        self.overdue = 0
        """Overdue answers, owed by law or by promise (RQ-06)."""
        self.on_alarm = Signal[[Case, int]]()

    async def _count(self) -> None:
        self.overdue = await self._store.count(Case, "due", until=self._now())

    async def _raise(self, case: Case) -> None:
        raised = alarms(case, self._now())
        try:
            await self._store.exchange((replace(case, alarmed=raised[-1]),), (), seen=(case,))
        except ConflictError:
            return  # changed at this moment: it is examined again
        for percent in raised:
            self.on_alarm(case, percent)
