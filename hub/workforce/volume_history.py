"""Counts each finished day once and keeps the numbers, so that a forecast does not end with the journal's retention (CH-13)."""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from datetime import date, timedelta, tzinfo
from typing import Protocol

from hub.conversations.ports import Store
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import OknoError
from hub.reporting.days import AHEAD, Days
from hub.reporting.measurement import Measurement
from hub.workforce.volumes import History, VolumeDay, history_of, volume_day

log = logging.getLogger(__name__)

KEPT_DAYS = 400
"""A year, and the holidays at its end twice."""
EMPTY_DAYS = 28
"""After so many days without contacts in a row, on the way back, the centre did not work yet."""
USUAL_S = 300.0
"""Handling time of a series without a finished contact."""
AGAIN = timedelta(minutes=5)
_NEXT = 0


class ReadDays(Protocol):
    """The measurements of days."""

    def facts(self, day: date) -> Awaitable[list[Measurement]]: ...


class VolumeHistory:
    def __init__(self, store: Store, days: Days, periods: ReadDays, zone: tzinfo) -> None:
        """`zone` is that of the centre's days."""
        self._store, self._days, self._periods, self._zone = store, days, periods, zone
        self._read: tuple[date, Sequence[VolumeDay]] = (date.min, ())
        self._counting = asyncio.Lock()
        self._tasks = BackgroundTasks()
        self._midnights = DeadlineQueue(days.now, lambda _: self._tasks.spawn(self._night()))

    def start(self) -> None:
        """Count the day that is over after each midnight."""
        self._wait()

    async def close(self) -> None:
        self._midnights.close()
        await self._tasks.cancel()

    async def history(self) -> History | None:
        """Up to yesterday, without empty days at its beginning; None without a contact. Raises StoreError."""
        days = await self._counted()
        begun = next((place for place, day in enumerate(days) if day.volumes), None)
        return None if begun is None else history_of(days[begun:], USUAL_S)

    async def _counted(self) -> Sequence[VolumeDay]:
        """The days, the oldest first."""
        async with self._counting:
            last = self._last()
            if self._read[0] == last:
                return self._read[1]
            found, empty = list[VolumeDay](), 0
            for back in range(KEPT_DAYS):
                day = last - timedelta(days=back)
                found.append(known := await self._store.get(VolumeDay, day.isoformat()) or await self._count(day))
                empty = 0 if known.volumes else empty + 1
                if empty == EMPTY_DAYS:
                    break
            self._read = last, found[::-1]
            return self._read[1]

    def _last(self) -> date:
        """The last day that is over for good."""
        return (self._days.now() - AHEAD).astimezone(self._zone).date() - timedelta(days=1)

    async def _count(self, day: date) -> VolumeDay:
        counted = volume_day(day, await self._periods.facts(day), self._zone, self._days.centre)
        if counted.volumes:
            await self._store.put(counted)
        return counted

    async def _night(self) -> None:
        try:
            await self._counted()
        except OknoError as error:
            log.warning("contacts of past days not counted: retried", extra={"why": str(error)})
            self._midnights.put(_NEXT, self._days.now() + AGAIN)
        else:
            self._wait()

    def _wait(self) -> None:
        self._midnights.put(_NEXT, self._days.span(self._days.today)[1] + AHEAD + AGAIN)


async def counted_history(store: Store) -> History | None:
    """Of the days that a hub has counted, for a command beside it; None without any. Raises StoreError."""
    counted = {date.fromisoformat(each.key): each for each in await store.all(VolumeDay)}
    if not counted:
        return None
    first, last = min(counted), max(counted)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return history_of([counted.get(day) or VolumeDay(day.isoformat(), ()) for day in days], USUAL_S)
