"""Shifts of contractors who have no contract for their centre (LV-07). Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from msgspec import Struct

from hub.organisation.registry import Registry
from hub.workforce.coverage import Roster


class BareShift(Struct, frozen=True):
    """Nothing is delegated to the `contractor` in the centre on `day`, the first such one of the shift there."""

    centre: str
    shift: str
    contractor: str
    day: date


def without_contract(roster: Roster, registry: Registry, first: date, days: int) -> Iterator[BareShift]:
    """One for each shift and centre."""
    for shift in roster.shifts:
        works = [day for n in range(days) if shift.contractor and shift.holds_on(day := first + timedelta(days=n))]
        for centre in shift.centres or [each.id for each in roster.centres]:
            if bare := next((day for day in works if not _delegates(registry, centre, shift.contractor, day)), None):
                yield BareShift(centre, shift.name, shift.contractor, bare)


def _delegates(registry: Registry, code: str, contractor: str, day: date) -> bool:
    centre = registry.centre(code, day)
    return bool(centre and centre.delegated(contractor, day))
