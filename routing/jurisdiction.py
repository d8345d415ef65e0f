"""Responsible centres for a place: those with a line here, and those that can only be named.

With a registry, its records of the day decide. Without one these are the centres of this deployment, one of each level.
"""

from collections.abc import Collection, Mapping
from datetime import date

from hub.conversations.transfer_route import ReferByPhone
from hub.organisation.centre import Centre
from hub.organisation.level import Level
from hub.organisation.registry import Registry
from hub.organisation.territory import Place
from routing.journey import Area, Station
from routing.reasons import Party

LEVELS = {Party.FEDERAL: Level.FEDERAL, Party.REGIONAL: Level.REGIONAL, Party.MUNICIPAL: Level.MUNICIPAL}
"""The highest first."""
MFC, DEPARTMENT = "mfc:", "department:"
"""Prefixes of stations that are no centres."""


def specialists(mfc: str) -> Station:
    """The staff of an МФЦ as a party of a hand-over."""
    return Station(MFC + mfc, Party.SPECIALIST)


def department(name: str) -> Station:
    return Station(DEPARTMENT + name, Party.DEPARTMENT)


def above(one: Party, other: Party) -> bool:
    """Whether one is superior to the other; false for stations that are no centres."""
    order = list(LEVELS)
    return one in order and (other not in order or order.index(one) < order.index(other))


class Jurisdiction:
    def __init__(self, hosted: Collection[Station], registry: Registry | None = None,
                 standby: Mapping[str, tuple[str, ...]] | None = None, departments: Collection[str] = ()) -> None:
        """`hosted` have a line here; `standby` are the codes of a centre's substitutes, best first (D6).

        `departments` have a call centre of their own elsewhere.
        """
        self._hosted = {station.centre: station for station in hosted}
        self._departments = {name: department(name) for name in departments}
        self._registry = registry
        self._standby = dict(standby or {})

    def station(self, code: str) -> Station:
        """By the code in a journey; a station that is not hosted any more still counts as a hop."""
        return self._hosted.get(code) or Station(code, Party.DEPARTMENT)

    def known(self, code: str, on: date) -> Station | None:
        """The sender at another deployment, by the code in its hop; None for an unknown one."""
        if code.startswith(MFC):
            return Station(code, Party.SPECIALIST)
        if code.startswith(DEPARTMENT):
            return Station(code, Party.DEPARTMENT)
        centre = self._registry.centre(code, on) if self._registry else None
        return Station(code, Party(centre.level.value)) if centre else None

    def knows(self, place: Place | None) -> bool:
        """Whether the responsible centre can be determined: without a registry there is one choice for each level."""
        return self._registry is None or bool(place and (place.subject or place.mfc))

    def area(self, here: Station, place: Place | None, on: date, matter: str = "") -> Area:
        """`matter` names the department concerned."""
        found = [self._centre(here, party, place, on) for party in LEVELS]
        found += [self._hosted.get(specialists(place.mfc).centre) if place else None,
                  self._hosted.get(department(matter).centre) or self._departments.get(matter)]
        standby = (self._hosted.get(code) for code in self._standby.get(here.centre, ()))
        return Area(tuple(each for each in found if each), tuple(each for each in standby if each))

    def directions(self, station: Station, on: date) -> ReferByPhone | None:
        """How a citizen reaches a centre without a line here; None for one that has a line, or is unknown."""
        centre = self._registry.centre(station.centre, on) if self._registry and station.centre not in self._hosted else None
        return _directions(centre) if centre else None

    def hosts(self, station: Station) -> bool:
        return station.centre in self._hosted

    def _centre(self, here: Station, party: Party, place: Place | None, on: date) -> Station | None:
        if self._registry is None:
            return here if here.party is party else next((each for each in self._hosted.values() if each.party is party), None)
        if party is Party.FEDERAL:
            centre = self._registry.federal(on)
        elif place is None:
            return here if here.party is party else None
        else:
            centre = self._registry.near(place, on, LEVELS[party])
        return Station(centre.id, party) if centre else None


def _directions(centre: Centre) -> ReferByPhone:
    """A registry has no centre without a published number."""
    return ReferByPhone(centre.name, next(each.number for each in centre.numbers if each.published), centre.hours)
