"""Counts of due and overdue cases by line, updated when a case changes and when a deadline comes near (RQ-06)."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from hub.cases.case import Case
from hub.conversations.ports import Store
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import OknoError
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)

NEAR = timedelta(days=3)
AGAIN = timedelta(seconds=5)
TICK = timedelta(microseconds=1)
THE_NEXT = 0
"""All lines share one entry of the deadline queue."""


class DueSoonCounters:
    def __init__(self, store: Store, now: Callable[[], datetime], lines: Collection[str]) -> None:
        """`lines` may change."""
        self._store, self._now, self._lines = store, now, lines
        self._agenda = DeadlineQueue(now, lambda _: self.look())
        self._tasks = BackgroundTasks()
        self._turn = asyncio.Lock()
        self._asked = False
        self._counts = dict.fromkeys(self._lines, 0)
        self.on_change = Signal[[]]()

    async def start(self) -> None:
        await self._look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    def count(self, lines: Sequence[str]) -> int:
        """The counts of these lines at the last update."""
        return sum(self._counts.get(line, 0) for line in lines)

    def stored(self, touched: Iterable[Struct | type[Struct]]) -> None:
        """Listener of the store."""
        if any(isinstance(each, Case) for each in touched):
            self.look()

    def look(self) -> None:
        """Recount; concurrent calls share one pending recount."""
        if not self._asked:
            self._asked = True
            self._tasks.spawn(self._look())

    async def _look(self) -> None:
        async with self._turn:
            self._asked, before, until = False, self._counts, self._now() + NEAR
            try:
                counts = {line: await self._store.count(Case, "owed", line, until=until + TICK) for line in tuple(self._lines)}
                following = await self._store.marked(Case, "due", since=until + TICK, limit=1)
                self._counts = counts
                self._agenda.put(THE_NEXT, following[0].due - NEAR if following else None)
            except OknoError as error:
                log.warning("store unavailable: counters of cases due soon are refreshed later", extra={"why": str(error)})
                self._agenda.put(THE_NEXT, self._now() + AGAIN)
        if self._counts != before:
            self.on_change()
