"""Legal terms in calendar days, working days or hours, and the day on which a term ends. Pure."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, Literal

from msgspec import Meta, Struct

Works = Callable[[date], bool]
"""Whether a day is a working day by the production calendar."""
Count = Annotated[int, Meta(ge=0, le=366)]


class LegalTerm(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Exactly one of the three units; raises ValueError otherwise."""

    days: Count = 0
    working_days: Count = 0
    hours: Count = 0
    if_off: Literal["before", "after", "stays"] = "stays"
    """Where a term in calendar days ends that would end on a day off: the working day before, or the one after."""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.days, self.working_days, self.hours))) != 1:
            raise ValueError("a term is either days, working_days or hours")


def last_day(moment: datetime, zone: tzinfo) -> str:
    """The last day of a term: for a term that ends at midnight the day before it, else the moment."""
    local = moment.astimezone(zone)
    whole = (local.hour, local.minute, local.second) == (0, 0, 0)
    return f"{local - timedelta(days=1):%d.%m.%Y}" if whole else f"{local:%d.%m.%Y %H:%M}"


def midnight_after(day: date, zone: tzinfo) -> datetime:
    """The midnight that ends a day; from then on it is too late (ГК РФ ст. 194)."""
    return datetime.combine(day + timedelta(days=1), time(), zone)


def end_of_term(start: date, term: LegalTerm, works: Works) -> date:
    """The last day of a term in days: the first day is the one after `start`."""
    if term.days:
        day = start + timedelta(days=term.days)
        step = timedelta(days={"before": -1, "stays": 0, "after": 1}[term.if_off])
        while step and not works(day) and day > start:
            day += step
        return day
    day, left = start, term.working_days
    while left:
        day += timedelta(days=1)
        left -= works(day)
    return day
