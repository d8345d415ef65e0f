"""When a centre's published rosters have fewer people than it needs in the next 60 days (SL-01). Pure.

Who is on granted leave or ill is not there. A day without a roster needs one person at any minute, whoever has published nothing for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.organisation.coverage import AHEAD_DAYS
from hub.workforce.shift import DAY_MIN, Absence, AbsenceKind, RosteredShift, ShiftRoster, present

SLOT = timedelta(minutes=30)
"""Of the needs of a roster."""
SLOTS = DAY_MIN // 30
AWAY = frozenset({AbsenceKind.LEAVE, AbsenceKind.ILLNESS})


class Shortage(Struct, frozen=True):
    """From `begins` until just before `ends` there are `there` people where `needed` are."""

    centre: str
    begins: datetime
    ends: datetime
    needed: int
    there: int

    @property
    def name(self) -> str:
        """"centre/begins/ends", in UTC to the minute."""
        return f"{self.centre}/{self.begins.astimezone(UTC):%Y-%m-%dT%H:%MZ}/{self.ends.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def first_shortage(rosters: Sequence[ShiftRoster], absences: Iterable[Absence], now: datetime) -> Shortage | None:
    """Of one centre, from `now` on in 60 days; None without a published roster, and where nobody lacks."""
    published = [each for each in rosters if each.published]
    if not published:
        return None
    zone, found = ZoneInfo(published[0].zone), None
    for begins, needed, there in _slots(published, list(absences), now, zone):
        if found and (begins, needed, there) == (found.ends, found.needed, found.there):
            found = Shortage(found.centre, found.begins, begins + SLOT, needed, there)
        elif found:
            break
        elif there < needed:
            found = Shortage(published[0].centre, begins, begins + SLOT, needed, there)
    return found


class ShortageSpan(Struct, frozen=True):
    """A time with too few people at any half-hour: `most` people are missing in the worst one, `hours` person-hours in all."""

    begins: datetime
    ends: datetime
    most: int
    hours: float
    nobody: bool
    """In some half-hour of it nobody is there at all."""


def shortages(rosters: Sequence[ShiftRoster], absences: Iterable[Absence], now: datetime, zone: ZoneInfo) -> list[ShortageSpan]:
    """Of one centre, from `now` on; without a published roster the whole 60 days lack somebody. `zone` is that of the rosters."""
    found = list[ShortageSpan]()
    for begins, needed, there in _slots([each for each in rosters if each.published], list(absences), now, zone):
        if there >= needed:
            continue
        missing, before = needed - there, found[-1] if found else None
        hours = missing * (SLOT / timedelta(hours=1))
        if before and before.ends == begins:
            found[-1] = ShortageSpan(before.begins, begins + SLOT, max(before.most, missing), before.hours + hours,
                                     before.nobody or not there)
        else:
            found.append(ShortageSpan(begins, begins + SLOT, missing, hours, not there))
    return found


def _slots(rosters: Sequence[ShiftRoster], absences: Sequence[Absence], now: datetime,
           zone: ZoneInfo) -> Iterator[tuple[datetime, int, int]]:
    first = now.astimezone(zone).date()
    shifts = [shift for each in rosters for shift in each.shifts if not _is_away(shift, absences)]
    there = present(shifts, first, AHEAD_DAYS)
    for number in range(AHEAD_DAYS):
        day = first + timedelta(days=number)
        needs = _needs(rosters, day)
        for slot in range(SLOTS):
            begins = datetime.combine(day, time(slot // 2, 30 * (slot % 2)), zone).astimezone(UTC)
            if begins + SLOT > now:
                yield begins, needs[slot], there[number][slot]


def _needs(rosters: Iterable[ShiftRoster], day: date) -> Sequence[int]:
    return next((each.needs[(day - each.first).days] for each in rosters if each.first <= day <= each.last), (1,) * SLOTS)


def _is_away(shift: RosteredShift, absences: Iterable[Absence]) -> bool:
    return any(each.login == shift.login and each.kind in AWAY and each.holds(shift.day) for each in absences)
