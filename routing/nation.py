"""Staffing of a whole country: the fewest operators of all centres, with overflow between the levels.

A centre's operators follow from one price for its level: one more operator must prevent so many late calls an hour. So each is
placed where they are most useful (B. Fox, Discrete optimization via marginal analysis, Management Science 13(3), 1966). The federal
centre has a number of operators for each erlang of its own, which leaves capacity for the others' general questions. Prices and
capacity are searched by simulating the busy hour, since there is no formula for overflow.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, exp
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from hub.organisation.level import Level, TopicClass
from hub.organisation.overload_thresholds import OverloadThresholds
from hub.workforce.erlang import Goal, blockings, operators_needed
from routing.demand import HOUR_S, HOURS, Behaviour, Call, Place, calls_of, exponential, hourly, lognormal
from routing.service_level import ServiceLevelFigures
from routing.simulate import OverflowPolicy, Simulation, StaffedCentre

FEDERAL = "000"
AHT_S, PATIENCE_S = 300.0, 180.0
GOAL = Goal(occupancy=1)
"""D2; the sustainable occupancy is another question, answered by `okno staff`."""
WARM_UP_S = 900.0
LOCAL = (Level.REGIONAL, Level.MUNICIPAL)
CHEAPEST, DEAREST = 0.02, 60.0
"""Bounds of the search for prices: late calls an hour that one more operator must prevent."""
MORE = 1.08
"""Factor for the price of a level, increased each time, when a whole day shows too few operators."""
ROOMS = (1.15, 1.3, 1.45, 1.6, 1.8, 2.0, 2.4, 2.8)
"""Candidates for the federal centre's operators for each erlang of its own."""
D9 = OverflowPolicy()
EARLY = OverflowPolicy(OverloadThresholds(wait_on_s=0.5, wait_off_s=0.2, occupancy_on=0.95, occupancy_off=0.9, lasting_s=0))
"""As soon as anybody waits, and until nine of ten federal operators are busy."""
NEVER = OverflowPolicy(given=False)


class Prices(Struct, frozen=True):
    """What a level's operators must be worth, in late calls an hour; the federal centre's operators for each erlang of its own."""

    regional: float
    municipal: float
    federal: float


FOUND = Prices(3.83, 2.32, 1.6)
"""Result of the search for the base case and help as in D9."""


class StaffingPlan(Struct, frozen=True):
    """A staffing that meets the goal at every level, and the observations of the busy hour."""

    prices: Prices
    operators: int
    by_level: dict[Level, int]


@dataclass(frozen=True)
class Nation:
    """Places, mean calls by place and hour, and behaviour of callers."""

    places: Sequence[Place]
    by_hour: Sequence[Sequence[float]]
    behaviour: Behaviour

    @classmethod
    def of(cls, places: Sequence[Place], calls: float, patience_s: float = PATIENCE_S) -> "Nation":
        """`calls` of a day, on average."""
        return cls(places, hourly(places, calls), Behaviour(lognormal(AHT_S), exponential(patience_s)))

    @property
    def busy_hour(self) -> int:
        return max(range(HOURS), key=self._calls)

    def _calls(self, hour: int) -> float:
        return sum(place[hour] for place in self.by_hour)

    def loads(self, hour: int) -> dict[str, float]:
        """Erlangs of each centre without overflow: dialled calls, and those the federal centre hands over."""
        general = dict(self.behaviour.topics)[TopicClass.GENERAL]
        own = 1 - self.behaviour.federal_share * general
        loads = {FEDERAL: 0.0}
        for place, calls in zip(self.places, self.by_hour, strict=True):
            load = calls[hour] * AHT_S / HOUR_S
            centre = place.municipal or place.regional
            loads[centre] = loads.get(centre, 0) + load * own
            loads[FEDERAL] += load * (1 - own)
        return loads

    def staffing(self, prices: Prices, hours: Sequence[int] = range(HOURS)) -> list[StaffedCentre]:
        """Operators of every centre in each of these hours."""
        by_hour = [self._operators(prices, hour) for hour in hours]
        return [StaffedCentre(code, level_of(code), tuple(each[code] for each in by_hour)) for code in by_hour[0]]

    def _operators(self, prices: Prices, hour: int) -> dict[str, int]:
        loads = self.loads(hour)
        # At night a late call has more weight, so that each hour meets the goal and not only the day.
        part = self._calls(hour) / self._calls(self.busy_hour)
        price = {Level.REGIONAL: prices.regional * part, Level.MUNICIPAL: prices.municipal * part}
        operators = {code: worth(load, price[level_of(code)]) for code, load in loads.items() if code != FEDERAL}
        operators[FEDERAL] = max(ceil(loads[FEDERAL] * prices.federal), operators_needed(loads[FEDERAL], AHT_S, GOAL))
        return operators

    def day(self, random: Random, shown: Callable[[Iterable[Call]], Iterator[Call]] = iter) -> Simulation:
        """A whole day with the known staffing of the base case."""
        simulation = Simulation(self.staffing(FOUND), self.places)
        simulation.run(shown(calls_of(self.by_hour, self.behaviour, random)), HOURS * HOUR_S)
        return simulation

    def busy_hour_calls(self, random: Random) -> list[Call]:
        """With a quarter of an hour before it, in which the lines fill."""
        hour = self.busy_hour
        steady = [[place[hour]] * HOURS for place in self.by_hour]
        return [replace(call, at_s=call.at_s - HOUR_S + WARM_UP_S) for call in calls_of(steady, self.behaviour, random, range(2))
                if call.at_s >= HOUR_S - WARM_UP_S]

    def try_busy_hour(self, prices: Prices, calls: Sequence[Call], help_: OverflowPolicy = D9) -> Simulation:
        simulation = Simulation(self.staffing(prices, [self.busy_hour]), self.places, help_=help_, from_s=WARM_UP_S)
        simulation.run(calls, WARM_UP_S + HOUR_S)
        return simulation

    def alone(self) -> int:
        """Operators in the busy hour when each centre meets the goal alone (Erlang C)."""
        return sum(operators_needed(load, AHT_S, GOAL) for load in self.loads(self.busy_hour).values())

    def regions(self) -> int:
        """The same, if there were one centre in each region, and it answered everything (Erlang C)."""
        loads: dict[str, float] = {}
        for place, calls in zip(self.places, self.by_hour, strict=True):
            loads[place.regional] = loads.get(place.regional, 0) + calls[self.busy_hour] * AHT_S / HOUR_S
        return sum(operators_needed(load, AHT_S, GOAL) for load in loads.values())

    def general_together(self) -> int:
        """The same, if every general question went to the federal centre and nothing else did."""
        loads, general = self.loads(self.busy_hour), dict(self.behaviour.topics)[TopicClass.GENERAL]
        everything = sum(loads.values())
        rest = everything * (1 - general) / (everything - loads[FEDERAL])
        local = sum(operators_needed(load * rest, AHT_S, GOAL) for code, load in loads.items() if code != FEDERAL)
        return local + operators_needed(everything * general, AHT_S, GOAL)

    def pooled(self) -> int:
        """The same, if all could answer everything (Erlang C)."""
        return operators_needed(sum(self.loads(self.busy_hour).values()), AHT_S, GOAL)


def level_of(code: str) -> Level:
    if code == FEDERAL:
        return Level.FEDERAL
    return Level.MUNICIPAL if code.endswith("M") else Level.REGIONAL


@cache
def worth(load: float, price: float) -> int:
    """Operators, of whom the last one prevents at least `price` waits longer than 20 s an hour (Erlang C); at least one."""
    calls = load * HOUR_S / AHT_S
    late = calls
    for operators, blocked in blockings(load):
        if operators <= load:
            continue
        waiting = operators * blocked / (operators - load * (1 - blocked))
        then = calls * waiting * exp(-(operators - load) * GOAL.within_s / AHT_S)
        if late - then < price:
            return max(operators - 1, 1)
        late = then
    raise AssertionError  # the iterator is infinite


def meets(seen: ServiceLevelFigures, goal: Goal = GOAL) -> bool:
    return seen.share >= goal.share and seen.mean_wait_s <= goal.mean_wait_s


def search(
    nation: Nation, calls: Sequence[Call], help_: OverflowPolicy = D9, *,
    rooms: Sequence[float] = ROOMS, steps: int = 7, tell: Callable[[], object] = int,
) -> StaffingPlan:
    """The fewest operators in the busy hour, over these federal capacities; `tell` is called after each simulation.

    For each capacity the prices of both levels are searched together by bisection: the result of a level follows from its own price.
    Raises ValueError when nothing meets the goal.
    """
    best: StaffingPlan | None = None
    for room in rooms:
        low, high = dict.fromkeys(LOCAL, CHEAPEST), dict.fromkeys(LOCAL, DEAREST)
        for _ in range(steps):
            middle = {level: (low[level] * high[level]) ** 0.5 for level in LOCAL}
            prices = Prices(middle[Level.REGIONAL], middle[Level.MUNICIPAL], room)
            seen = nation.try_busy_hour(prices, calls, help_).observed
            tell()
            for level in LOCAL:
                (low if meets(seen[level]) else high)[level] = middle[level]
            centres = nation.staffing(prices, [nation.busy_hour])
            operators = sum(centre.operators[0] for centre in centres)
            if all(map(meets, seen.values())) and (best is None or operators < best.operators):
                best = StaffingPlan(prices, operators, by_level(centres))
    if best is None:
        message = "nothing between the prices meets the goal"
        raise ValueError(message)
    return best


def confirm(nation: Nation, found: StaffingPlan, calls: Sequence[Call], help_: OverflowPolicy = D9, *,
            tell: Callable[[], object] = int) -> tuple[StaffingPlan, Simulation]:
    """Simulate a whole day; a level that misses its goal gets more operators until it meets it."""
    prices, step = found.prices, 1.0
    while True:
        step *= MORE
        simulation = Simulation(nation.staffing(prices), nation.places, help_=help_)
        simulation.run(calls, HOURS * HOUR_S)
        tell()
        seen = simulation.observed
        if all(map(meets, seen.values())):
            centres = nation.staffing(prices, [nation.busy_hour])
            return StaffingPlan(prices, sum(centre.operators[0] for centre in centres), by_level(centres)), simulation
        more = {level: 1 if meets(each) else step for level, each in seen.items()}
        regional, municipal = prices.regional / more[Level.REGIONAL], prices.municipal / more[Level.MUNICIPAL]
        prices = Prices(regional, municipal, prices.federal * more[Level.FEDERAL])


def by_level(centres: Sequence[StaffedCentre]) -> dict[Level, int]:
    """Operators in the first hour."""
    counted: dict[Level, int] = dict.fromkeys(Level, 0)
    for centre in centres:
        counted[centre.level] += centre.operators[0]
    return counted
