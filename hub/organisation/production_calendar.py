"""The production calendar of Russia: days off, moved working Saturdays and shortened days (ТК РФ ст. 95, 112). Pure.

A year is computed on first use. Days moved by the government are known once they are decreed, usually in the autumn before.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

# ТК РФ ст. 112: the holidays themselves, regardless of moved days off.
FEASTS = frozenset({*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)})
SATURDAY = 5
_MOVED_FROM = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})")


class Year(NamedTuple):
    days_off: frozenset[date]
    moved: Mapping[date, date]
    """Working Saturday to the weekday that is off instead."""


def is_day_off(day: date) -> bool:
    """A public holiday or a day off moved to this day; ordinary Saturdays and Sundays are not included."""
    return day in _year(day.year).days_off


def is_worked(day: date) -> bool:
    """A working day: a weekday that is not off, or a working Saturday."""
    return not is_day_off(day) and worked_as(day).weekday() < SATURDAY


def worked_as(day: date) -> date:
    """The day whose hours apply to `day`: a working Saturday has those of the day that is off instead.

    Source: the rules of working time, приказ Минздравсоцразвития 588н.
    """
    return _year(day.year).moved.get(day, day)


def is_shortened(day: date) -> bool:
    """A working day that ends an hour earlier because a holiday follows (ТК РФ ст. 95)."""
    worked = worked_as(day)
    eve = worked + timedelta(days=1)
    return worked.weekday() < SATURDAY and not is_day_off(day) and (eve.month, eve.day) in FEASTS


@cache
def _year(year: int) -> Year:
    import holidays  # noqa: PLC0415 - 5 MB, where lines have working days or cases have terms

    known = holidays.country_holidays("RU", years=year, language="ru")
    moved = {_from(found): day for day, name in known.items() if (found := _MOVED_FROM.search(name))}
    return Year(frozenset(known), {day: moved[day] for day in known.weekend_workdays if day in moved})


def _from(found: re.Match[str]) -> date:
    """«Выходной (перенесено с 01.11.2025)»."""
    day, month, year = map(int, found.groups())
    return date(year, month, day)
