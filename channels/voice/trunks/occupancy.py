"""Calls of a trunk at once, by the hour. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.monitoring.trunk import TrunkHour, hour_of, merged

HOUR = timedelta(hours=1)


class TrunkOccupancy:
    """One trunk. Legs are known by their uniqueid."""

    def __init__(self, trunk: str) -> None:
        self.trunk = trunk
        self.lines = 0
        """Declared capacity; 0 for none."""
        self.refusals = 0
        """Since the start of the hub."""
        self._legs: set[str] = set()
        self._until: datetime | None = None
        self._hours: dict[str, TrunkHour] = {}
        """Not saved yet."""

    @property
    def in_use(self) -> int:
        return len(self._legs)

    def began(self, leg: str, now: datetime, *, caller: bool) -> None:
        """A call occupies a line: an answered one of a `caller`, or one that the centre places."""
        self._pass_to(now)
        if leg not in self._legs:
            self._legs.add(leg)
            self._add(replace(hour_of(self.trunk, now), most=len(self._legs), calls=int(caller)))

    def ended(self, leg: str, now: datetime) -> None:
        self._pass_to(now)
        self._legs.discard(leg)

    def refused(self, now: datetime) -> None:
        self.refusals += 1
        self._add(replace(hour_of(self.trunk, now), refused=1))

    def resume(self, legs: Collection[str], now: datetime) -> None:
        """After a reconnection: these calls are there."""
        self._pass_to(now)
        self._legs = set(legs)
        if legs:
            self._add(replace(hour_of(self.trunk, now), most=len(legs)))

    def unsaved(self, now: datetime) -> tuple[TrunkHour, ...]:
        self._pass_to(now)
        return tuple(self._hours.values())

    def take(self, now: datetime) -> tuple[TrunkHour, ...]:
        """The hours to save: from now on they are the caller's, who gives them back where that fails."""
        hours = self.unsaved(now)
        self._hours.clear()
        return hours

    def give_back(self, hours: Iterable[TrunkHour]) -> None:
        for hour in hours:
            self._add(hour)

    def _pass_to(self, now: datetime) -> None:
        """Count the time of the current calls."""
        at, self._until = self._until or now, now
        while self._legs and at < now:
            hour = hour_of(self.trunk, at)
            until = min(hour.hour + HOUR, now)
            self._add(replace(hour, most=len(self._legs), held_s=len(self._legs) * (until - at).total_seconds()))
            at = until

    def _add(self, hour: TrunkHour) -> None:
        self._hours[hour.key] = merged(hour, self._hours.get(hour.key))
