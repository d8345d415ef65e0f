"""Employees of offices, from their external systems (IN-02), so that a citizen is handed over to a person by name and role.

Names are requested on demand, and kept in memory only. An unavailable system delays nobody: its last answer is shown.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from hub.appointments.external_schedule import Schedule, Specialist
from hub.appointments.schedule import Counter, Receptions
from hub.kernel.errors import RefusedError, UnavailableError

FRESH = timedelta(minutes=5)
"""How long an answer is cached."""


class Staff(Struct, frozen=True):
    """Of one office. `known` is the time of the system's answer; None without one."""

    counter: Counter
    specialists: tuple[Specialist, ...]
    known: datetime | None


class Specialists:
    def __init__(self, schedules: Mapping[str, Schedule], receptions: Callable[[], Receptions], now: Callable[[], datetime]) -> None:
        self._schedules, self._receptions, self._now = dict(schedules), receptions, now
        self._last: dict[str, Staff] = {}

    async def of(self, *, office: str = "", mfc: str = "") -> list[Staff]:
        """Of an office, or of all offices of an МФЦ with an external system."""
        return [await self._staff(counter, schedule) for counter in self._receptions()
                if (counter.id == office or (mfc and counter.office.place.mfc == mfc))
                and (schedule := self._schedules.get(counter.reception.outside)) is not None]

    async def _staff(self, counter: Counter, schedule: Schedule) -> Staff:
        last, now = self._last.get(counter.id, Staff(counter, (), None)), self._now()
        if last.known is not None and now - last.known < FRESH:
            return last
        try:
            found = Staff(counter, tuple(await schedule.specialists(counter.id)), now)
        except (UnavailableError, RefusedError):
            return last
        self._last[counter.id] = found
        return found
