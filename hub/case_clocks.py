"""Raises the alarms of cases, before their terms end and when they have: one timer for the next of them, kept in the store (RQ-06)."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.agenda import Agenda
from hub.cases import Case, alarms, next_alarm
from hub.errors import ConflictError, OknoError
from hub.ports import Store
from hub.tasks import Tasks

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=5)
TICK = timedelta(microseconds=1)
THE_NEXT = 0
"""All cases have one entry in the agenda: the rest is in the store's order of alarms."""


class CaseClocks:
    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._agenda = Agenda(now, lambda _: self.look())
        self._turn = asyncio.Lock()
        self._tasks = Tasks()
        self.overdue = 0
        """Answers that are owed by law or by our own word, and too late (RQ-06)."""
        self.on_alarm: Callable[[Case, int], None] = lambda _case, _percent: None

    def look(self) -> None:
        """Raise what is due at this moment, and set the timer for the next: after each change of a case, and by itself."""
        self._tasks.spawn(self._look())

    async def start(self) -> None:
        await self._look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def _look(self) -> None:
        async with self._turn:
            try:
                while due := await self._store.marked(Case, "alarm", until=self._now() + TICK):
                    for case in due:
                        await self._raise(case)
                following = await self._store.marked(Case, "alarm", limit=1)
                self._agenda.put(THE_NEXT, next_alarm(following[0]) if following else None)
                self.overdue = await self._store.count(Case, "due", until=self._now())
            except OknoError as error:
                log.warning("the cases' alarms wait for the store", extra={"why": str(error)})
                self._agenda.put(THE_NEXT, self._now() + AGAIN)

    async def _raise(self, case: Case) -> None:
        raised = alarms(case, self._now())
        try:
            await self._store.exchange((replace(case, alarmed=raised[-1]),), (), seen=(case,))
        except ConflictError:
            return  # something was done with it at this moment: it is looked at again
        for percent in raised:
            self.on_alarm(case, percent)
