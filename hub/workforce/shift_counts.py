"""How many work each kind of shift on each day, for the least cost; nobody is named yet. Pure; needs okno[workforce].

Every roster has such counts, so no roster costs less than they do: this is the bound that rosters are measured by.
"""

from typing import TYPE_CHECKING

from msgspec import Struct

from hub.workforce.labour_code import WINDOW, WORKDAYS, may_follow, norm_h
from hub.workforce.roster_problem import IDLE, MISSING, SLOT_H, SLOT_MIN, RosterProblem
from hub.workforce.shift import DAY_MIN, KINDS

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

LENGTHS = tuple(sorted({kind.paid_h for kind in KINDS}))
Counts = dict[tuple[int, int], int]
"""By day and kind."""


class ShiftCounts(Struct, frozen=True):
    counts: Counts
    bound: float


def shift_counts(problem: RosterProblem, limit_s: float, workers: int) -> ShiftCounts:
    """Raises ImportError without OR-tools."""
    from ortools.sat.python import cp_model  # noqa: PLC0415 - 78 MB, of the extra

    model, solver = cp_model.CpModel(), cp_model.CpSolver()
    counts = _lawful(model, problem)
    costs = []
    for day, needs in enumerate(problem.needs):
        for slot, needed in enumerate(needs):
            there = sum(counts[day - back, at] for back in (0, 1) if day >= back for at, kind in enumerate(KINDS)
                        if kind.begins <= slot * SLOT_MIN + back * DAY_MIN < kind.begins + kind.lasts)
            missing = model.new_int_var(0, needed, "")
            idle = model.new_int_var(0, len(problem.people), "")
            model.add(there + missing - idle == needed)
            costs.append(int(MISSING) * missing + int(IDLE) * idle)
    model.minimize(sum(costs))
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = limit_s / 2, workers
    solver.solve(model)
    bound = max(solver.best_objective_bound, 0) * SLOT_H
    _one_length(model, problem, counts)
    solver.solve(model)
    return ShiftCounts({key: solver.value(variable) for key, variable in counts.items()}, bound)


def _one_length(model: "CpModel", problem: RosterProblem, counts: "dict[tuple[int, int], IntVar]") -> None:
    """Counts that can be named: each person works shifts of one length, as many as their hours hold. The bound does not assume it."""
    norm, totals = norm_h(problem.first, problem.days), list["IntVar"]()
    for length in LENGTHS:
        # So many half-persons, since some work less than the full time.
        halves = model.new_int_var(0, sum(round(2 * person.share) for person in problem.people), "")
        totals.append(halves)
        worked = sum(variable for (_, at), variable in counts.items() if KINDS[at].paid_h == length)
        model.add(2 * worked <= int(norm // length) * halves)
    model.add(sum(totals) <= sum(int(2 * person.share) for person in problem.people))


def _lawful(model: "CpModel", problem: RosterProblem) -> "dict[tuple[int, int], IntVar]":
    """What holds of the sums because it holds of everybody."""
    people, days = problem.people, problem.days
    counts = {(day, at): model.new_int_var(0, len(people), "") for day in range(days) for at in range(len(KINDS))}
    nights = [at for at, kind in enumerate(KINDS) if kind.is_night]
    for day, date_ in enumerate(problem.dates):
        there = [person for person in people if date_ not in person.away]
        model.add(sum(counts[day, at] for at in range(len(KINDS))) <= len(there))
        model.add(sum(counts[day, at] for at in nights) <= sum(person.nights for person in there))
        for at, kind in enumerate(KINDS):
            too_soon = [counts[day + 1, after] for after, other in enumerate(KINDS) if day + 1 < days and not may_follow(kind, other)]
            model.add(counts[day, at] + sum(too_soon) <= len(people))
    for begin in range(days - WINDOW + 1):
        model.add(sum(counts[day, at] for day in range(begin, begin + WINDOW) for at in range(len(KINDS))) <= WORKDAYS * len(people))
    hours = sum(int(kind.paid_h * 2) * counts[day, at] for day in range(days) for at, kind in enumerate(KINDS))
    model.add(hours <= sum(int(norm_h(problem.first, days) * person.share * 2) for person in people))
    return counts
