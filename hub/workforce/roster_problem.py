"""What a roster is made for, and what it costs (SL-01). Pure.

Cost in hours: a person-hour missing 10, one that is paid and not needed 1, a wished free day that is worked 4. What the Labour Code
forbids is no cost: no roster has it.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct

from hub.workforce.shift import RosteredShift, present

MISSING, IDLE, WISH, UNSKILLED = 10.0, 1.0, 4.0, 10.0
SLOT_MIN = 30
SLOT_H = SLOT_MIN / 60


class Person(Struct, frozen=True):
    """`share` of a full working time; `away` are granted absences; `skills` hold until a day, None for good."""

    login: str
    share: float = 1.0
    nights: bool = True
    away: frozenset[date] = frozenset()
    wishes: frozenset[date] = frozenset()
    skills: tuple[tuple[str, date | None], ...] = ()

    def has(self, skill: str, day: date) -> bool:
        return any(name == skill and (until is None or day < until) for name, until in self.skills)


class RosterProblem(Struct, frozen=True):
    """`needs` are operators in each half-hour of each day, `skilled` the least of them with a skill, at any time."""

    first: date
    needs: tuple[tuple[int, ...], ...]
    people: tuple[Person, ...]
    skilled: tuple[tuple[str, int], ...] = ()

    @property
    def days(self) -> int:
        return len(self.needs)

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]


def cost(problem: RosterProblem, shifts: Iterable[RosteredShift]) -> float:
    """In hours, as above."""
    worked = list(shifts)
    total = _cover(problem.needs, present(worked, problem.first, problem.days, SLOT_MIN))
    wishes = {(person.login, day) for person in problem.people for day in person.wishes}
    total += WISH * sum((each.login, each.day) in wishes for each in worked)
    people = {person.login: person for person in problem.people}
    for skill, least in problem.skilled:
        able = [each for each in worked if people[each.login].has(skill, each.day)]
        there = present(able, problem.first, problem.days, SLOT_MIN)
        total += UNSKILLED * SLOT_H * sum(max(least - number, 0) for row in there for number in row)
    return total


def _cover(needs: Iterable[Iterable[int]], there: Iterable[Iterable[int]]) -> float:
    pairs = [(number, needed) for row, wanted in zip(there, needs, strict=True) for number, needed in zip(row, wanted, strict=True)]
    return SLOT_H * sum(MISSING * max(needed - number, 0) + IDLE * max(number - needed, 0) for number, needed in pairs)
