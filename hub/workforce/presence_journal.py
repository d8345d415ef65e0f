"""Writes the journal of presence: a listener of the dispatcher (SL-01).

A hub that stops writes that everybody left; one that was killed writes it when it starts again. Raises nothing: while the store is
unavailable, moves wait in memory.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from typing import Protocol

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator, Presence
from hub.conversations.ports import Store
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from hub.kernel.retry import constant_pauses, retry
from hub.kernel.signal import Signal
from hub.workforce.presence_day import ATTENDANCES, Attendance, PresenceDay, PresenceMove, centre_day, key_of

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""Pause before a move is written again."""
MANY = 1_000_000
DAY = timedelta(days=1)


class Staff(Protocol):
    def operator(self, login: str) -> Operator | None: ...

    def operators(self) -> Iterable[Operator]: ...


class PresenceJournal:
    def __init__(self, store: Store, authorization: Authorization, now: Callable[[], datetime], staff: Staff, zone: tzinfo) -> None:
        self._store, self._authorization, self._now, self._staff, self._zone = store, authorization, now, staff, zone
        self._days: dict[str, PresenceDay] = {}
        """The last day of each account that was seen since the start."""
        self._unwritten: set[str] = set()
        self._writing = False
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[]]()

    async def start(self) -> None:
        """Whoever was on the line when the last run was killed has left. Raises StoreError."""
        today = self.today
        for day in (today - DAY, today):
            for each in await self._store.marked(PresenceDay, "day", day.isoformat(), limit=MANY):
                self._days[each.login] = each
        for login in list(self._days):
            self._move(login, Attendance.AWAY)

    @property
    def today(self) -> date:
        return self._now().astimezone(self._zone).date()

    def presence(self, login: str, presence: Presence) -> None:
        """Listener of the dispatcher."""
        self._move(login, ATTENDANCES[presence])

    async def moves(self, centre: str, first: date, last: date) -> dict[str, list[PresenceMove]]:
        """Of the centre's people by login, in order, from the day before the first to the day after the last: nights belong to both."""
        found: dict[str, PresenceDay] = {}
        for number in range(-1, (last - first).days + 2):
            day = first + timedelta(days=number)
            found |= {each.key: each for each in await self._store.marked(PresenceDay, "centre_day", centre_day(centre, day), limit=MANY)}
            found |= {each.key: each for each in self._days.values() if (each.centre, each.day) == (centre, day)}
        moves: dict[str, list[PresenceMove]] = {}
        for each in sorted(found.values(), key=lambda each: each.day):
            moves.setdefault(each.login, []).extend(each.moves)
        return moves

    async def close(self) -> None:
        for login in list(self._days):
            self._move(login, Attendance.AWAY)
        await self._tasks.cancel()
        try:
            for login in self._unwritten:
                await self._store.put(self._days[login])
        except StoreError as error:
            log.warning("store unavailable: who left at the stop is written at the next start", extra={"why": str(error)})

    def _move(self, login: str, state: Attendance) -> None:
        last, today = self._days.get(login), self.today
        if state is (last.moves[-1].state if last else Attendance.AWAY):
            return
        move = PresenceMove(self._now(), state)
        if last is not None and last.day == today:
            self._days[login] = replace(last, moves=(*last.moves, move))
        elif (who := self._staff.operator(login)) is not None:
            self._days[login] = PresenceDay(key_of(login, today), login, self._authorization.centre(who), today, (move,))
        else:  # the account is gone
            self._days.pop(login, None)
            return
        self._unwritten.add(login)
        self.on_change()
        if not self._writing:
            self._writing = True
            self._tasks.spawn(self._write())

    async def _write(self) -> None:
        def failed(error: Exception, _attempt: int) -> None:
            log.warning("store unavailable: presence is written later", extra={"why": str(error)})

        try:
            while self._unwritten:
                login = next(iter(self._unwritten))
                written = self._days[login]
                await retry(partial(self._store.put, written), constant_pauses(AGAIN_S), StoreError, failed)
                if self._days.get(login) == written:
                    self._unwritten.discard(login)
        finally:
            self._writing = False
