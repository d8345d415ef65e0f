"""Resolves which centre books for which office, by the registry on the current day (BK-05, RG-05, MU-02, D7, D18). Pure."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta

from msgspec import Struct

from hub.access.federal_separation import NOBODY
from hub.appointments.schedule import Counter
from hub.kernel.errors import RefusedError
from hub.knowledge.authorities import Branch, Office
from hub.organisation.centre import DAY, Mfc
from hub.organisation.level import Level
from hub.organisation.registry import Body, Registry

ELSEWHERE = "В «{office}» записывает другой центр: {centre}. Передайте обращение ему."


class FormerKeeper(Struct, frozen=True):
    """A centre on another deployment that booked for an office until a day (exclusive)."""

    centre: str
    until: date


class BookingCentreResolver:
    def __init__(self, registry: Registry | None, own: str, level: Level, today: Callable[[], date], names: Mapping[str, str],
                 linked: Collection[str] = ()) -> None:
        """`own` is the code of the hub's centre and `level` its level; without a registry it books for all its offices.

        `linked` are the codes of the centres with deployments of their own.
        """
        self._registry, self._own, self._level, self._today, self._names = registry, own, level, today, dict(names)
        self._linked = frozenset(linked)

    def of(self, counter: Counter, on: date | None = None) -> str:
        """The code of the booking centre; "" where there is none, and only a callback is possible (D7)."""
        if self._registry is None:
            return "" if self._level is Level.FEDERAL else self._own
        day, office = on or self._today(), counter.office
        found = self._registry.booking_centre(self._mfc(office, day) or Body(office.place, counter.branch is not Branch.EXECUTIVE), day)
        return found.id if found else ""

    def remote(self, counter: Counter) -> str:
        """The code of the booking centre if that has a deployment of its own, else ""."""
        keeper = self.of(counter)
        return keeper if keeper in self._linked else ""

    def former(self, counter: Counter) -> FormerKeeper | None:
        """Who booked there from another deployment before this one does; None when its last appointment is over (BK-05)."""
        if self._registry is None or not self._linked:
            return None
        today, own = self._today(), self.of(counter)
        for day in self._registry.changes(today - timedelta(days=counter.rules.horizon_days), today):
            if (before := self.of(counter, day - DAY)) != own:
                return FormerKeeper(before, day) if before in self._linked else None
        return None

    def check(self, counter: Counter, centre: str) -> None:
        """RefusedError unless this centre books there today; it names the responsible one (RG-05)."""
        keeper = self.of(counter)
        if not keeper:
            raise RefusedError("no_centre", NOBODY)
        if keeper != centre:
            raise RefusedError("other_keeper", ELSEWHERE.format(office=counter.office.name, centre=self.name(keeper)))

    def name(self, code: str) -> str:
        found = self._registry.centre(code, self._today()) if self._registry else None
        return found.name if found else self._names.get(code, code)

    def contact(self, code: str) -> str:
        """The name of a centre, with its telephone number where one is published."""
        found = self._registry.centre(code, self._today()) if self._registry else None
        number = next((each.number for each in found.numbers if each.published), "") if found else ""
        return f"{self.name(code)}, {number}" if number else self.name(code)

    def _mfc(self, office: Office, day: date) -> Mfc | None:
        return self._registry.mfc(office.place.mfc, day) if self._registry and office.place.mfc else None
