"""Rosters as an optimisation by OR-tools' CP-SAT: first how many work which shift, then who (SL-01). Pure; needs okno[workforce].

People are named in teams, one after another: each team takes its share of what is left. So the time grows with the number of
people and not with its square, and what one team could not take the next ones do.
"""

from collections.abc import Sequence
from math import ceil
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct

from hub.organisation.production_calendar import SATURDAY
from hub.workforce.labour_code import WINDOW, WORKDAYS, may_follow, norm_h
from hub.workforce.roster_problem import SLOT_H, UNSKILLED, WISH, Person, RosterProblem, cost
from hub.workforce.shift import DAY_MIN, KINDS, RosteredShift, present
from hub.workforce.shift_counts import LENGTHS, Counts, shift_counts

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

TEAM = 7
"""People who are named at once."""
SCALE = 4
"""Costs are whole numbers of quarters of an hour."""
UNEVEN_H = 2
"""Cost of a night or weekend day beyond the others', so that they are shared evenly; no part of a roster's published cost."""
LOOKED_EVERY_H = 2
COUNTING = 0.2
"""Share of the time for the counts."""


class RosterSolution(Struct, frozen=True):
    """No roster costs less than `bound`."""

    shifts: tuple[RosteredShift, ...]
    cost: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """How far above the bound it is, of its cost."""
        return (self.cost - self.bound) / self.cost if self.cost > 0 else 0.0


def solve(problem: RosterProblem, limit_s: float, workers: int = 2) -> RosterSolution:
    """Raises ImportError without OR-tools."""
    begun = monotonic()
    counted = shift_counts(problem, limit_s * COUNTING, workers)
    # Those with the same skills are spread over the teams.
    people = sorted(problem.people, key=lambda each: (sorted(name for name, _ in each.skills), each.nights, each.login))
    teams = max(1, ceil(len(people) / TEAM))
    shifts: list[RosteredShift] = []
    left = dict(counted.counts)
    for number in range(teams):
        rest = teams - number
        team = _Team(problem, people[number::teams], _share(left, rest, problem.days),
                     _unskilled(problem, shifts), rest)
        taken = team.solve((limit_s - (monotonic() - begun)) / rest, workers)
        shifts += taken
        for day, kind in ((problem.dates.index(each.day), each.kind) for each in taken):
            left[day, next(at for at, each in enumerate(KINDS) if each.code == kind)] -= 1
    return RosterSolution(tuple(shifts), cost(problem, shifts), counted.bound, monotonic() - begun)


def _share(left: Counts, teams: int, days: int) -> Counts:
    """What one of so many teams takes; what rounding leaves out of one day is added to the next."""
    found: Counts = {}
    for at in range(len(KINDS)):
        carried = 0.5
        for day in range(days):
            exact = max(left[day, at], 0) / teams + carried
            found[day, at] = int(exact)
            carried = exact - int(exact)
    return found


def _unskilled(problem: RosterProblem, shifts: Sequence[RosteredShift]) -> dict[tuple[str, int, int], int]:
    """How many with a skill are still missing, by skill, day and hour."""
    people = {person.login: person for person in problem.people}
    found: dict[tuple[str, int, int], int] = {}
    for skill, least in problem.skilled:
        there = present([each for each in shifts if people[each.login].has(skill, each.day)], problem.first, problem.days, 60)
        found |= {(skill, day, hour): least - there[day][hour] for day in range(problem.days) for hour in range(0, 24, LOOKED_EVERY_H)}
    return found


class _Team:
    """`works` by person, day and kind, without what is impossible."""

    def __init__(self, problem: RosterProblem, people: Sequence[Person], wanted: Counts, unskilled: dict[tuple[str, int, int], int],
                 teams: int) -> None:
        from ortools.sat.python import cp_model  # noqa: PLC0415 - as above

        self._problem, self._people = problem, people
        self._model: CpModel = cp_model.CpModel()
        self._solver = cp_model.CpSolver()
        self._works: dict[tuple[int, int, int], IntVar] = {}
        self._costs: list[tuple[IntVar, int]] = []
        for row, person in enumerate(people):
            self._allow(row, person)
            self._limit(row, person)
        for (day, at), number in wanted.items():
            self._want(day, at, number)
        for (skill, day, hour), missing in unskilled.items():
            if (share := ceil(missing / teams)) > 0:
                self._want_skill(skill, day, hour, share)
        self._even()
        self._model.minimize(sum(each * variable for variable, each in self._costs))

    def solve(self, limit_s: float, workers: int) -> list[RosteredShift]:
        parameters = self._solver.parameters
        parameters.max_time_in_seconds, parameters.num_workers, parameters.random_seed = max(limit_s, 1.0), workers, 1
        parameters.relative_gap_limit = 0.005
        status = self._solver.solve(self._model)
        if self._solver.status_name(status) not in {"OPTIMAL", "FEASIBLE"}:
            return []  # nobody works: always lawful
        dates = self._problem.dates
        return [RosteredShift(self._people[row].login, dates[day], KINDS[at].code)
                for (row, day, at), works in self._works.items() if self._solver.boolean_value(works)]

    def _allow(self, row: int, person: Person) -> None:
        """Shifts of one length each, so that hours are not lost between the sizes."""
        lengths = {length: self._model.new_bool_var("") for length in LENGTHS}
        self._model.add_exactly_one(lengths.values())
        for day, date_ in enumerate(self._problem.dates):
            if date_ in person.away:
                continue
            for at, kind in enumerate(KINDS):
                if person.nights or not kind.is_night:
                    self._works[row, day, at] = works = self._model.new_bool_var("")
                    self._model.add_implication(works, lengths[kind.paid_h])
            if date_ in person.wishes:
                self._costs += [(each, int(WISH * SCALE)) for each in self._of(row, day)]

    def _limit(self, row: int, person: Person) -> None:
        """What the Labour Code says (labour_code.py)."""
        model, days, works = self._model, self._problem.days, self._works
        for day in range(days):
            model.add_at_most_one(self._of(row, day))
            for at, kind in enumerate(KINDS):
                too_soon = [works[row, day + 1, after] for after, other in enumerate(KINDS)
                            if (row, day + 1, after) in works and not may_follow(kind, other)]
                if (row, day, at) in works and too_soon:
                    model.add_at_most_one([works[row, day, at], *too_soon])
        worked = [sum(self._of(row, day)) for day in range(days)]
        for begin in range(days - WINDOW + 1):
            model.add(sum(worked[begin:begin + WINDOW]) <= WORKDAYS)
        # Two free days in a row are more than 42 hours, after a night shift, too.
        for begin in range(0, days - WINDOW + 1, WINDOW):
            pairs = []
            for day in range(begin, begin + WINDOW - 1):
                pairs.append(pair := model.new_bool_var(""))
                for each in (*self._of(row, day), *self._of(row, day + 1)):
                    model.add_implication(pair, ~each)
            model.add_bool_or(pairs)
        hours = sum(int(KINDS[at].paid_h * 2) * variable for (who, _, at), variable in works.items() if who == row)
        model.add(hours <= int(norm_h(self._problem.first, days) * person.share * 2))

    def _want(self, day: int, at: int, number: int) -> None:
        """Each shift too few costs as if its hours were missing, each too many as if nobody needed them."""
        few, many = (self._model.new_int_var(0, most, "") for most in (number, len(self._people)))
        there = sum(self._works[row, day, at] for row in range(len(self._people)) if (row, day, at) in self._works)
        self._model.add(there + few - many == number)
        hours = KINDS[at].lasts // 60
        self._costs += [(few, 10 * hours * SCALE), (many, 2 * hours * SCALE)]

    def _want_skill(self, skill: str, day: int, hour: int, number: int) -> None:
        minute = hour * 60
        there = sum(self._works[row, day - back, at] for row, person in enumerate(self._people) for back in (0, 1)
                    for at, kind in enumerate(KINDS)
                    if (row, day - back, at) in self._works and kind.begins <= minute + back * DAY_MIN < kind.begins + kind.lasts
                    and person.has(skill, self._problem.dates[day - back]))
        missing = self._model.new_int_var(0, number, "")
        self._model.add(there + missing >= number)
        self._costs.append((missing, int(UNSKILLED * LOOKED_EVERY_H * SCALE / (2 * SLOT_H))))

    def _even(self) -> None:
        nights = [at for at, kind in enumerate(KINDS) if kind.is_night]
        weekends = [day for day, date_ in enumerate(self._problem.dates) if date_.weekday() >= SATURDAY]
        for days, kinds in ((range(self._problem.days), nights), (weekends, range(len(KINDS)))):
            most = self._model.new_int_var(0, self._problem.days, "")
            for row in range(len(self._people)):
                self._model.add(sum(self._works[row, day, at] for day in days for at in kinds if (row, day, at) in self._works) <= most)
            self._costs.append((most, UNEVEN_H * SCALE))

    def _of(self, row: int, day: int) -> "list[IntVar]":
        return [self._works[row, day, at] for at in range(len(KINDS)) if (row, day, at) in self._works]
