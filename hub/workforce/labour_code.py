"""What the Labour Code allows of a person's shifts; used to make rosters and, apart from that, to check them (SL-01). Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise

from msgspec import Struct

from hub.organisation.production_calendar import is_shortened, is_worked
from hub.workforce.shift import BY_CODE, DAY_MIN, RosteredShift, ShiftKind

WORKING_DAY_H, YEAR_DAYS = 8, 365
BETWEEN_MIN = 12 * 60
"""Rest between shifts: two in a row are forbidden (ст. 103), and a day's rest is what remains of a day of 12 hours."""
WEEKLY_REST_MIN = 42 * 60
"""Ст. 110."""
OF_THE_WEEK_MIN = 40 * 60
"""So much of it lies in the week that it is counted for: it may begin with a night shift's end, or end with the next week's first."""
WORKDAYS, WINDOW = 5, 7
"""Working days in any seven (ст. 111)."""
NOTICE = timedelta(days=30)
"""A roster is made known a month before it begins (ст. 103)."""


class LabourFault(StrEnum):
    TWO_A_DAY = "two_a_day"
    REST = "rest"
    WEEKLY_REST = "weekly_rest"
    DAYS = "days"
    HOURS = "hours"
    NIGHT = "night"
    AWAY = "away"


class LabourBreach(Struct, frozen=True):
    login: str
    day: date
    fault: LabourFault


@cache
def norm_h(first: date, days: int) -> float:
    """Hours of a full-time person in a period: 40 a week, an hour less before holidays (ст. 91, 95).

    Shifts are accounted for by the year (ст. 104), so each period has its share of the year that begins with it, holidays or not.
    """
    dates = [first + timedelta(days=number) for number in range(YEAR_DAYS)]
    year = sum(WORKING_DAY_H - is_shortened(day) for day in dates if is_worked(day))
    return year * days / YEAR_DAYS


def may_follow(kind: ShiftKind, following: ShiftKind) -> bool:
    """Whether a shift of the next day leaves the rest between shifts."""
    return DAY_MIN + following.begins - (kind.begins + kind.lasts) >= BETWEEN_MIN


def breaches(shifts: Iterable[RosteredShift], first: date, days: int, share: float = 1.0, *, nights: bool = True,
             away: Iterable[date] = ()) -> list[LabourBreach]:
    """All faults of one person's shifts in a period; `share` of a full working time, `nights` whether they may work at night."""
    own, absent = sorted(shifts, key=lambda each: (each.day, each.kind)), frozenset(away)
    found = [LabourBreach(each.login, each.day, LabourFault.NIGHT) for each in own if BY_CODE[each.kind].is_night and not nights]
    found += [LabourBreach(each.login, each.day, LabourFault.AWAY) for each in own if each.day in absent]
    for before, after in pairwise(own):
        if before.day == after.day:
            found.append(LabourBreach(after.login, after.day, LabourFault.TWO_A_DAY))
        elif _begins(after, first) - _ends(before, first) < BETWEEN_MIN:
            found.append(LabourBreach(after.login, after.day, LabourFault.REST))
    found += _of_weeks(own, first, days)
    hours = sum(BY_CODE[each.kind].paid_h for each in own)
    if own and hours > norm_h(first, days) * share:
        found.append(LabourBreach(own[-1].login, own[-1].day, LabourFault.HOURS))
    return found


def _of_weeks(own: Sequence[RosteredShift], first: date, days: int) -> list[LabourBreach]:
    worked = {(each.day - first).days for each in own}
    found = [LabourBreach(own[0].login, first + timedelta(days=begin), LabourFault.DAYS) for begin in range(max(days - WINDOW + 1, 0))
             if len(worked & set(range(begin, begin + WINDOW))) > WORKDAYS]
    for begin in range(0, days - WINDOW + 1 if own else 0, WINDOW):
        moments = [-WINDOW * DAY_MIN, *(moment for each in own for moment in (_begins(each, first), _ends(each, first))),
                   (days + WINDOW) * DAY_MIN]
        here, until = begin * DAY_MIN, (begin + WINDOW) * DAY_MIN
        rests = zip(moments[::2], moments[1::2], strict=True)
        if not any(ends - begins >= WEEKLY_REST_MIN and min(ends, until) - max(begins, here) >= OF_THE_WEEK_MIN for begins, ends in rests):
            found.append(LabourBreach(own[0].login, first + timedelta(days=begin), LabourFault.WEEKLY_REST))
    return found


def _begins(each: RosteredShift, first: date) -> int:
    return (each.day - first).days * DAY_MIN + BY_CODE[each.kind].begins


def _ends(each: RosteredShift, first: date) -> int:
    return _begins(each, first) + BY_CODE[each.kind].lasts
