"""The roster: minutes of a centre without, or with too few, operators.

The centre as a whole needs an operator at every minute, nights and holidays included: the 20 seconds have no exemption, and an
automatic announcement is no answer (SL-01, D15). A queue needs one while it is open. More may be needed at times. It does not matter
whether operators are the centre's own, of a pool of several centres or a contractor's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.organisation.opening_hours import ALWAYS, Calendar, Clock, DayName, Hours, Span, Timetable, between

DAYS = 60
"""Days ahead for which a roster must have no gaps (SL-01)."""
Name = Annotated[str, Meta(min_length=1)]
Many = Annotated[int, Meta(ge=1)]


class Staff(StrEnum):
    """Whose operators work a shift (D15)."""

    OWN = "own"
    POOLED = "pooled"
    """A site that serves several centres: it counts in full for each of them."""
    CONTRACTOR = "contractor"


class Centre(Struct, frozen=True, forbid_unknown_fields=True):
    """A centre whose minutes are checked, with its queues that are staffed separately."""

    id: Name
    title: str = ""
    zone: str = "Europe/Moscow"
    """The time zone of reported gaps."""
    queues: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        Timetable(zone=self.zone)


class Shift(Timetable, frozen=True, kw_only=True):
    """Operators with the same hours. Empty `centres` and `queues` are all of them."""

    name: Name
    staff: Staff = Staff.OWN
    contractor: str = ""
    """The employer, as named in the registry's contracts; "" where it is not checked (LV-07)."""
    operators: Many = 1
    centres: tuple[Name, ...] = ()
    queues: tuple[Name, ...] = ()


class Need(Timetable, frozen=True, kw_only=True):
    """Number needed at these hours (always, if none are given); of overlapping needs the greatest counts."""

    centre: Name
    queue: str = ""
    operators: Many
    week: dict[DayName, tuple[Clock, ...]] = msgspec.field(default_factory=lambda: {"every_day": (ALWAYS,)})


class Roster(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Input of a check; raises ValueError for an unknown name."""

    centres: Annotated[tuple[Centre, ...], Meta(min_length=1)]
    hours: tuple[Calendar, ...] = ()
    shifts: tuple[Shift, ...] = ()
    needs: tuple[Need, ...] = ()

    def __post_init__(self) -> None:
        centres, queues = Counter(each.id for each in self.centres), {queue for each in self.centres for queue in each.queues}
        if twice := [id_ for id_, times in centres.items() if times > 1]:
            message = f"centre {twice[0]!r} is there twice"
            raise ValueError(message)
        if odd := next((each for each in self.shifts if each.contractor and each.staff is not Staff.CONTRACTOR), None):
            message = f'the shift {odd.name!r} has a contractor, but its staff is not "contractor"'
            raise ValueError(message)
        meant = [*((each.centre, each.queue) for each in self.hours), *((each.centre, each.queue) for each in self.needs),
                 *((centre, "") for each in self.shifts for centre in each.centres),
                 *(("", queue) for each in self.shifts for queue in each.queues)]
        for centre, queue in meant:
            if centre not in {"", *centres} or queue not in {"", *queues}:
                message = f"there is no centre {centre!r}" if centre not in {"", *centres} else f"no centre has a queue {queue!r}"
                raise ValueError(message)


class Gap(Struct, frozen=True):
    """Minutes, in UTC, with fewer operators than needed. `queue` "" is the centre as a whole."""

    centre: str
    queue: str
    begins: datetime
    ends: datetime
    present: int
    needed: int


def uncovered(roster: Roster, now: datetime, days: int = DAYS) -> list[Gap]:
    """Minutes of the next days without an operator, as separate intervals, by centre and queue."""
    return list(_joined(gap for gap in short(roster, now, days) if not gap.present))


def short(roster: Roster, now: datetime, days: int = DAYS) -> list[Gap]:
    """Minutes of the next days with fewer operators than needed, including none."""
    window = Span(now.astimezone(UTC), now.astimezone(UTC) + timedelta(days=days))
    return [gap for row in _rows(roster, window) for gap in row.gaps()]


def covered_centres(roster: Roster, now: datetime, days: int = DAYS) -> frozenset[str]:
    """The centres without an uncovered minute: the condition of the 24 hours, 7 days (GV-01)."""
    return frozenset(each.id for each in roster.centres) - {gap.centre for gap in uncovered(roster, now, days)}


class _Row:
    """One centre or queue: changes of the number of operators, and of the need, over time."""

    def __init__(self, centre: str, queue: str) -> None:
        self.centre, self.queue = centre, queue
        self._coming: defaultdict[datetime, int] = defaultdict(int)
        self._needs: defaultdict[datetime, Counter[int]] = defaultdict(Counter)

    def work(self, spans: Sequence[Span], operators: int) -> None:
        coming = self._coming
        for begins, ends in spans:
            coming[begins] += operators
            coming[ends] -= operators

    def need(self, spans: Sequence[Span], operators: int) -> None:
        for begins, ends in spans:
            self._needs[begins][operators] += 1
            self._needs[ends][operators] -= 1

    def gaps(self) -> list[Gap]:
        """A sweep over all changes."""
        present, needed, open_needs, gaps = 0, 0, Counter[int](), list[Gap]()
        for begins, ends in pairwise(sorted({*self._coming, *self._needs})):
            present += self._coming.get(begins, 0)
            if begins in self._needs:
                open_needs.update(self._needs[begins])
                needed = max((level for level, times in open_needs.items() if times), default=0)
            if present >= needed:
                continue
            if gaps and (gaps[-1].ends, gaps[-1].present, gaps[-1].needed) == (begins, present, needed):
                gaps[-1] = msgspec.structs.replace(gaps[-1], ends=ends)
            else:
                gaps.append(Gap(self.centre, self.queue, begins, ends, present, needed))
        return gaps


def _rows(roster: Roster, window: Span) -> Iterator[_Row]:
    working = _working(roster.shifts, window)
    for centre in roster.centres:
        for queue in ("", *centre.queues):
            row = _Row(centre.id, queue)
            duty = between(Hours(roster.hours, centre.id, queue), *window) if queue else [window]
            row.need(duty, 1)
            for need in roster.needs:
                if (need.centre, need.queue) == (centre.id, queue):
                    row.need(between(need, *window), need.operators)
            for (centres, queues), crews in working.items():
                if (not centres or centre.id in centres) and (not queues or not queue or queue in queues):
                    for spans, operators in crews:
                        row.work(spans, operators)
            yield row


Covered = tuple[tuple[str, ...], tuple[str, ...]]


def _working(shifts: Iterable[Shift], window: Span) -> dict[Covered, list[tuple[list[Span], int]]]:
    """Shifts by coverage; those with the same hours are merged."""
    alike: defaultdict[Covered, Counter[bytes]] = defaultdict(Counter)
    hours: dict[bytes, Timetable] = {}
    for shift in shifts:
        key = msgspec.msgpack.encode((shift.zone, shift.holidays, shift.week, shift.special, shift.valid_from, shift.valid_until))
        hours.setdefault(key, shift)
        alike[shift.centres, shift.queues][key] += shift.operators
    spans = {key: between(each, *window) for key, each in hours.items()}
    return {covered: [(spans[key], operators) for key, operators in keys.items()] for covered, keys in alike.items()}


def _joined(gaps: Iterable[Gap]) -> Iterator[Gap]:
    """Gaps without an operator, whatever the need."""
    last: Gap | None = None
    for gap in gaps:
        if last and (last.centre, last.queue, last.ends) == (gap.centre, gap.queue, gap.begins):
            last = msgspec.structs.replace(last, ends=gap.ends, needed=max(last.needed, gap.needed))
            continue
        if last:
            yield last
        last = gap
    if last:
        yield last
