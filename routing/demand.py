"""Simulated demand: a country of regions with their clocks, and its calls, from a given random source.

Arrivals are an inhomogeneous Poisson process, handling times lognormal, patience exponential. Source: Brown et al., Statistical
analysis of a telephone call center, JASA 100 (2005).
"""

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from math import inf, log, sqrt
from random import Random

from msgspec import Struct

from hub.organisation.level import TopicClass

HOUR_S, HOURS = 3600.0, 24
WEEKDAY_CALLS = 270_000
"""Of the whole country: half a call a person and year, a weekday 1.35 of the mean."""
REGIONS = 89
ZIPF = 0.7
"""The n-th largest region has n^−0.7 of the people of the first: 14.5 of 146 millions in the first, as in the real country."""
CITY_SHARE = 0.3
"""Share of a region's people who live where there is a municipal centre."""
CITIES = 45
"""Number of regions, the largest, that have one."""
FEDERAL_SHARE = 0.2
"""Share of callers who dial the federal number, wherever they live."""
LOCAL_HOURS = (3, 2, 2, 2, 3, 5, 12, 40, 100, 160, 170, 145, 110, 105, 110, 105, 85, 55, 32, 22, 15, 10, 6, 4)
"""Relative number of calls in each hour of the local clock."""
CLOCKS = (2, *[3] * 47, *[4] * 7, *[5] * 11, *[6] * 2, *[7] * 7, *[8] * 3, *[9] * 4, *[10] * 4, *[11] * 2, 12)
"""Of the regions, hours before Greenwich; spread over large and small ones by `clock`."""
TOPICS = ((TopicClass.GENERAL, 0.5), (TopicClass.TERRITORIAL, 0.2), (TopicClass.PERSONALISED, 0.3))
"""Share of each topic class."""

Draw = Callable[[Random], float]
"""A random number of seconds."""


class Place(Struct, frozen=True):
    """A place whose calls are answered by the same centres."""

    name: str
    clock_h: int
    """Before Greenwich."""
    share: float
    """Of all people."""
    regional: str
    municipal: str = ""
    """Codes of the centres; "" where there is none."""


class Behaviour(Struct, frozen=True):
    """Behaviour of callers. Times are seconds."""

    handling_s: Draw
    patience_s: Draw
    federal_share: float = FEDERAL_SHARE
    topics: tuple[tuple[TopicClass, float], ...] = TOPICS
    accepts_callback: float = 0.3
    """Share of accepted callback offers."""


class Call(Struct, frozen=True, gc=False):
    """All random properties of a call are drawn when it arrives."""

    at_s: float
    place: int
    federal: bool
    """The federal number was dialled."""
    topic: TopicClass
    handling_s: float
    patience_s: float
    accepts_callback: bool


def lognormal(mean_s: float, variation: float = 1.0) -> Draw:
    """`variation` is deviation over mean."""
    variance = log(1 + variation**2)
    return lambda random: random.lognormvariate(log(mean_s) - variance / 2, sqrt(variance))


def exponential(mean_s: float) -> Draw:
    return (lambda random: random.expovariate(1 / mean_s)) if mean_s < inf else (lambda _: inf)


def country(regions: int = REGIONS, cities: int = CITIES) -> list[Place]:
    """The places of a country; the centres of a region have its number, the municipal one with an M."""
    weights = [(number + 1) ** -ZIPF for number in range(regions)]
    places = []
    for number, weight in enumerate(weights):
        code, share = f"{number + 1:03d}", weight / sum(weights)
        city = CITY_SHARE if number < cities else 0
        places.append(Place(code, clock(number), share * (1 - city), code))
        if city:
            places.append(Place(f"{code}M", clock(number), share * city, code, f"{code}M"))
    return places


def clock(region: int) -> int:
    """The first region keeps Moscow's time; the others are spread over all clocks by steps that leave none out."""
    return 3 if region == 0 else CLOCKS[region * 34 % len(CLOCKS)]


def hourly(places: Sequence[Place], calls: float) -> list[list[float]]:
    """The calls that each place makes in each hour of the day, Moscow time."""
    total = sum(LOCAL_HOURS)
    return [[calls * place.share * LOCAL_HOURS[(hour + place.clock_h - 3) % HOURS] / total for hour in range(HOURS)] for place in places]


def calls_of(by_hour: Sequence[Sequence[float]], behaviour: Behaviour, random: Random, hours: range = range(HOURS)) -> Iterator[Call]:
    """All calls of these hours in order; `by_hour` says how many each place makes on average in each hour of the day.

    Hours may go on over midnight. Seconds count from the first midnight.
    """
    topics, shares = [topic for topic, _ in behaviour.topics], list(accumulate(share for _, share in behaviour.topics))
    for hour in hours:
        rates = list(accumulate(place[hour % HOURS] for place in by_hour))
        now_s, end_s = hour * HOUR_S, (hour + 1) * HOUR_S
        while rates[-1] and (now_s := now_s + random.expovariate(rates[-1] / HOUR_S)) < end_s:
            yield Call(
                now_s,
                min(bisect(rates, random.random() * rates[-1]), len(rates) - 1),
                random.random() < behaviour.federal_share,
                topics[min(bisect(shares, random.random() * shares[-1]), len(topics) - 1)],
                behaviour.handling_s(random),
                behaviour.patience_s(random),
                random.random() < behaviour.accepts_callback,
            )
