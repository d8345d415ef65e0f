"""Shifts of people: kinds with their hours, who works which on which day, who is away (SL-01). Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.organisation.opening_hours import Span

NIGHT_FROM_H, NIGHT_UNTIL_H = 22, 6
"""ТК РФ ст. 96."""
DAY_MIN = 24 * 60


class ShiftKind(Struct, frozen=True):
    """`begins` and `lasts` are minutes; the unpaid `rest` inside is one's own time (ТК РФ ст. 108)."""

    code: str
    begins: int
    lasts: int
    rest: int

    @property
    def paid_h(self) -> float:
        return (self.lasts - self.rest) / 60

    @property
    def is_night(self) -> bool:
        """At least half of it is night: it is shortened by an hour in other work, which shifts are not (ТК РФ ст. 96)."""
        nights = ((NIGHT_FROM_H - 24) * 60, NIGHT_UNTIL_H * 60), (NIGHT_FROM_H * 60, (24 + NIGHT_UNTIL_H) * 60)
        return 2 * sum(max(0, min(self.begins + self.lasts, ends) - max(self.begins, begins)) for begins, ends in nights) >= self.lasts

    def span(self, day: date, zone: ZoneInfo) -> Span:
        begins = datetime.combine(day, time(self.begins // 60, self.begins % 60), zone)
        return Span(begins.astimezone(UTC), (begins + timedelta(minutes=self.lasts)).astimezone(UTC))


KINDS = (ShiftKind("early", 7 * 60, 9 * 60, 60), ShiftKind("day", 9 * 60, 9 * 60, 60), ShiftKind("late", 13 * 60, 9 * 60, 60),
         ShiftKind("long", 8 * 60, 12 * 60, 60), ShiftKind("night", 20 * 60, 12 * 60, 60))
BY_CODE = {kind.code: kind for kind in KINDS}


class RosteredShift(Struct, frozen=True, array_like=True):
    login: str
    day: date
    kind: str


class ShiftRoster(Document, frozen=True, omit_defaults=True, tag="shift_roster"):
    """`needs` are operators for each half-hour of each day; costs are those of roster_problem.py."""

    key: str
    centre: str
    zone: str
    first: date
    days: int
    shifts: tuple[RosteredShift, ...]
    needs: tuple[tuple[int, ...], ...]
    cost: float
    bound: float
    """No roster costs less."""
    made: datetime
    made_by: str
    published: datetime | None = None
    published_by: str = ""

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)

    def overlaps(self, other: "ShiftRoster") -> bool:
        return self.first <= other.last and other.first <= self.last

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("centre", self.centre, datetime.combine(self.first, time(), UTC))

    def of(self, login: str) -> list[RosteredShift]:
        return sorted((each for each in self.shifts if each.login == login), key=lambda each: each.day)


class AbsenceState(StrEnum):
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


class AbsenceKind(StrEnum):
    LEAVE = "leave"
    ILLNESS = "illness"
    WISH = "wish"
    """A day on which somebody would rather not work: it costs, and is not forbidden."""


class Absence(Document, frozen=True, omit_defaults=True, tag="absence"):
    key: str
    login: str
    centre: str
    kind: AbsenceKind
    first: date
    last: date
    asked: datetime
    state: AbsenceState = AbsenceState.ASKED
    by: str = ""
    """Who decided."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("centre", self.centre, datetime.combine(self.first, time(), UTC))
        yield IndexEntry("login", self.login, datetime.combine(self.first, time(), UTC))

    def holds(self, day: date) -> bool:
        return self.state is AbsenceState.GRANTED and self.first <= day <= self.last


def present(shifts: Iterable[RosteredShift], first: date, days: int, slot_min: int = 30) -> list[list[int]]:
    """How many are there in each slot of each day; breaks are taken in turns, and the night belongs to both days."""
    slots = DAY_MIN // slot_min
    found = [[0] * slots for _ in range(days)]
    for each in shifts:
        kind, row = BY_CODE[each.kind], (each.day - first).days
        for at in range(kind.begins // slot_min, (kind.begins + kind.lasts) // slot_min):
            if 0 <= row + at // slots < days:
                found[row + at // slots][at % slots] += 1
    return found
