"""Keeps the alarm of the next shortage of each centre: told when a roster, a swap or an absence is stored, and when a shortage is over."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct

from hub.access.authorization import Authorization
from hub.conversations.ports import Store
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import LONGEST_WAIT_S
from hub.monitoring.alarm_service import AlarmMonitor
from hub.organisation.queue import Lines
from hub.workforce.shift import Absence, ShiftRoster
from hub.workforce.shortage import SLOT, Shortage, first_shortage


class ShortageWatch:
    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization, lines: Lines,
                 alarm_monitor: AlarmMonitor) -> None:
        self._store, self._now, self._authorization = store, now, authorization
        self._lines, self._alarm_monitor = lines, alarm_monitor
        self._tasks, self._looking = BackgroundTasks(), asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        await self.look()

    def stored(self, touched: Iterable[Struct | type[Struct]]) -> None:
        """Listener of the store."""
        if any((each if isinstance(each, type) else type(each)) in {ShiftRoster, Absence} for each in touched):
            self._tasks.spawn(self.look())

    async def look(self) -> None:
        """Find the first shortage of each centre, tell the alarms, and look again when it is over or a half-hour has passed."""
        async with self._looking:
            rosters: defaultdict[str, list[ShiftRoster]] = defaultdict(list)
            for roster in await self._store.all(ShiftRoster):
                rosters[roster.centre].append(roster)
            absences, now = await self._store.all(Absence), self._now()
            found = [first_shortage(of, [each for each in absences if each.centre == centre], now) for centre, of in rosters.items()]
            self._alarm_monitor.shortages({each.name: (each.needed, each.there, line) for each in found
                                           if each and (line := self._line(each))})
            ends = min((each.ends for each in found if each), default=now + SLOT)
            if self._timer:
                self._timer.cancel()
            wait_s = min(max((ends - now).total_seconds(), 1.0), SLOT.total_seconds(), LONGEST_WAIT_S)
            self._timer = asyncio.get_running_loop().call_later(wait_s, lambda: self._tasks.spawn(self.look()))

    async def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        await self._tasks.cancel()

    def _line(self, of: Shortage) -> str:
        """A line of the centre, by which its people see the alarm."""
        of_centre = self._authorization.centre_of
        return next((each.id for each in self._lines.values() if not each.successor and of_centre(each.id) == of.centre), "")
