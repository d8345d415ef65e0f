"""A simulated day of one centre: its calls by the hours of the day, its operators, the real router (SL-03, SL-07)."""

from collections.abc import Callable, Iterable, Iterator
from random import Random

from msgspec import Struct

from hub.organisation.level import Level
from hub.workforce.erlang import HandlingTime, loads, operators_needed
from routing.demand import HOUR_S, HOURS, LOCAL_HOURS, Behaviour, Call, Place, calls_of, exponential, lognormal
from routing.nation import AHT_S, GOAL
from routing.service_level import ServiceLevelFigures
from routing.simulate import Simulation, StaffedCentre

CODE = "centre"
Shown = Callable[[Iterable[Call]], Iterator[Call]]


class CentreDay(Struct, frozen=True):
    """`operators` by hour; `most_held` are lines in use at once."""

    operators: tuple[int, ...]
    most_held: int
    figures: ServiceLevelFigures


def centre_day(calls: float, patience_s: float, operators: int | None, lines: int | None, random: Random,
               shown: Shown = iter) -> CentreDay:
    """`calls` of the day on average; `operators` at any hour, None is as many as each hour needs; None `lines` are without limit."""
    by_hour = [calls * each / sum(LOCAL_HOURS) for each in LOCAL_HOURS]
    needed = [operators_needed(load, AHT_S, GOAL) for load in loads(by_hour, HOUR_S, HandlingTime(AHT_S))]
    staffed = tuple([operators] * HOURS if operators else needed)
    simulation = Simulation([StaffedCentre(CODE, Level.REGIONAL, staffed, lines)], [Place("центр", 3, 1, CODE)])
    behaviour = Behaviour(lognormal(AHT_S), exponential(patience_s), 0)
    simulation.run(shown(calls_of([by_hour], behaviour, random)), HOURS * HOUR_S)
    return CentreDay(staffed, simulation.most_held(CODE), simulation.observed[Level.REGIONAL])
