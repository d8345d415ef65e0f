"""Resolves which centre books for which office, by the registry on the current day (BK-05, RG-05, MU-02, D7, D18). Pure."""

from collections.abc import Callable, Mapping
from datetime import date

from hub.access.federal_separation import NOBODY
from hub.appointments.schedule import Counter
from hub.kernel.errors import RefusedError
from hub.knowledge.authorities import Branch, Office
from hub.organisation.centre import Mfc
from hub.organisation.level import Level
from hub.organisation.registry import Body, Registry

ELSEWHERE = "В «{office}» записывает другой центр: {centre}. Передайте обращение ему."


class BookingCentreResolver:
    def __init__(self, registry: Registry | None, own: str, level: Level, today: Callable[[], date], names: Mapping[str, str]) -> None:
        """`own` is the code of the hub's centre and `level` its level; without a registry it books for all its offices."""
        self._registry, self._own, self._level, self._today, self._names = registry, own, level, today, dict(names)

    def of(self, counter: Counter, on: date | None = None) -> str:
        """The code of the booking centre; "" where there is none, and only a callback is possible (D7)."""
        if self._registry is None:
            return "" if self._level is Level.FEDERAL else self._own
        day, office = on or self._today(), counter.office
        found = self._registry.booking_centre(self._mfc(office, day) or Body(office.place, counter.branch is not Branch.EXECUTIVE), day)
        return found.id if found else ""

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

    def _mfc(self, office: Office, day: date) -> Mfc | None:
        return self._registry.mfc(office.place.mfc, day) if self._registry and office.place.mfc else None
