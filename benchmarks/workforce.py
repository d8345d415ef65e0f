"""Forecast of a country's contacts, a roster of 300 people, and the forecast's error beside naive ones: `python -m benchmarks.workforce`.

`--people` and `--seconds` make the roster smaller or longer; `--centres` and `--topics` the forecast.
"""

import argparse
from datetime import date
from time import perf_counter

import numpy as np

from benchmarks.report import report, rounded
from benchmarks.workforce_year import HANDLING_S, LOCAL_HOURS, generated_year, names
from hub.workforce.back_test import back_test
from hub.workforce.forecast import forecast
from hub.workforce.intraday import corrected, day_level
from hub.workforce.labour_code import breaches, norm_h
from hub.workforce.mixed_floor import Mix
from hub.workforce.operator_need import need
from hub.workforce.roster_problem import Person, RosterProblem
from hub.workforce.roster_solver import solve
from hub.workforce.shift import RosteredShift

DAYS = 28
FIRST = date(2026, 12, 7)
WEEK = (1.1, 1.05, 1, 1, 0.95, 0.45, 0.35)
LOAD = 0.9
"""Share of the people's hours that the roster's needs ask for."""
SEED = 20261201
INTRADAY_HOURS = (8, 10, 12, 15)
GOALS = ["forecast_s <= 60", "roster_gap_percent <= 1", "roster_s <= 300", "roster_breaches <= 0"]


def country(centres: int, topics: int) -> float:
    """Seconds for four weeks of all series."""
    history = generated_year(names(centres, topics), 20, SEED)
    begun = perf_counter()
    forecast(history, DAYS)
    return perf_counter() - begun


def errors(seeds: int = 3) -> dict[str, float]:
    """Means over generated years of one centre, with holidays, payment days and shocks."""
    found: dict[str, float] = {}
    for seed in range(seeds):
        tested = back_test(generated_year(names(1, 10), 60, SEED + seed), np.ones(10, bool), _people)
        for each in tested.errors:
            for name in ("day_wape", "naive_day_wape", "quarter_wape", "naive_quarter_wape", "people_missing", "people_idle"):
                key = f"{name}_{each.lead}"
                found[key] = found.get(key, 0.0) + getattr(each, name) / seeds
    return found


def today(seeds: int = 3) -> dict[str, float]:
    """Error of the contacts still to come on a day, in per cent, as forecast in the morning and as corrected by what came until an hour.

    The second half of the same years, one centre; `within` is the share of quarters of an hour inside their interval of 90 %.
    """
    sums = {hour: np.zeros(6) for hour in INTRADAY_HOURS}
    for seed in range(seeds):
        year = generated_year(names(1, 10), 60, SEED + seed)
        deviation = back_test(year, np.ones(10, bool), _people).deviations[0]
        for day in range(year.days // 2, year.days):
            expected, came = forecast(year.until(day), 1).expected.sum(axis=0)[0], year.counts[:, day].sum(axis=0)
            for hour in INTRADAY_HOURS:
                at = hour * 4
                told, low, high = corrected(expected[at:], day_level(expected[:at].sum(), came[:at].sum(), deviation))
                left, rest = expected[at:], came[at:]
                within = ((rest >= low) & (rest <= high)).mean() / (seeds * (year.days - year.days // 2))
                sums[hour] += (abs(left.sum() - rest.sum()), abs(told.sum() - rest.sum()), np.abs(left - rest).sum(),
                               np.abs(told - rest).sum(), rest.sum(), within)
    return {f"{name}_{hour}": share for hour, (morning, now, morning_quarter, now_quarter, whole, within) in sums.items()
            for name, share in (("rest_wape", morning / whole), ("rest_wape_corrected", now / whole),
                                ("rest_quarter_wape", morning_quarter / whole), ("rest_quarter_wape_corrected", now_quarter / whole),
                                ("rest_within", within))}


def roster(people: int, seconds: float) -> dict[str, float]:
    staff = tuple(Person(f"p{number:03d}", nights=number % 10 != 0) for number in range(people))
    hours = norm_h(FIRST, DAYS) * people * LOAD
    shape = np.array([[WEEK[day % 7] * LOCAL_HOURS[slot // 2] for slot in range(48)] for day in range(DAYS)])
    needs = np.maximum(np.round(shape * hours * 2 / shape.sum()), max(2, people // 30)).astype(int)
    made = solve(RosterProblem(FIRST, tuple(tuple(int(each) for each in row) for row in needs), staff), seconds)
    own: dict[str, list[RosteredShift]] = {}
    for each in made.shifts:
        own.setdefault(each.login, []).append(each)
    faults = [fault for person in staff for fault in breaches(own.get(person.login, []), FIRST, DAYS, nights=person.nights)]
    return {"roster_gap_percent": made.gap * 100, "roster_cost_h": made.cost, "roster_bound_h": made.bound, "roster_s": made.seconds,
            "roster_shifts": len(made.shifts), "roster_breaches": len(faults)}


def _people(contacts: float) -> int:
    return need(Mix(contacts, 0, HANDLING_S, HANDLING_S)).operators


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--centres", type=int, default=135)
    parser.add_argument("--topics", type=int, default=10)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    figures = {"forecast_s": country(options.centres, options.topics)} | errors() | today() | roster(options.people, options.seconds)
    report("workforce", {name: rounded(value) for name, value in figures.items()}, GOALS)


if __name__ == "__main__":
    main()
