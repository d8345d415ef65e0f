"""Numbers of operators and lines needed: the formulas of Erlang and Palm.

Load is in erlangs: calls a second times seconds a call. Every formula is exact for Poisson arrivals and exponential handling times.
Each is one pass of a stable recursion, without overflow for any load.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from math import ceil, erf, exp, expm1, inf, log, sqrt

from msgspec import Struct

NEGLIGIBLE = 1e-17
"""A probability too small to change a sum near 1."""


class Goal(Struct, frozen=True):
    """Service goals; the defaults are D2, and the sustainable occupancy.

    `share` is of all offered calls, answered within `within_s`. `occupancy` 1 is no cap.
    """

    share: float = 0.98
    within_s: float = 20
    mean_wait_s: float = 8
    occupancy: float = 0.88


class Prediction(Struct, frozen=True):
    """What so many operators achieve; `mean_wait_s` is over all calls, those given up included, and may be infinite."""

    waiting: float
    """Probability that a call has to wait at all."""
    answered: float
    """Share of all calls that are answered within the time."""
    mean_wait_s: float
    abandoned: float
    occupancy: float

    def meets(self, goal: Goal) -> bool:
        return self.answered >= goal.share and self.mean_wait_s <= goal.mean_wait_s and self.occupancy <= goal.occupancy


def blockings(load: float) -> Iterator[tuple[int, float]]:
    """1, 2, 3… lines with the probability that all are busy. Source: Erlang B (Erlang 1917), B_n = aB_{n-1} / (n + aB_{n-1})."""
    blocked = 1.0
    for lines in count(1):
        blocked = load * blocked / (lines + load * blocked)
        yield lines, blocked


def erlang_b(load: float, lines: int) -> float:
    """The probability that a call finds all lines busy and is lost; 1 without lines, if anybody calls."""
    blocked = 1.0 if load else 0.0
    for line in range(1, lines + 1):
        blocked = load * blocked / (line + load * blocked)
    return blocked


def erlang_c(load: float, operators: int) -> float:
    """The probability that a call waits, if nobody gives up; 1 when the load is no less than the operators. Source: Erlang 1917."""
    return _waiting(load, operators, erlang_b(load, operators)) if operators > load else 1.0


def predict(load: float, operators: int, aht_s: float, within_s: float = 20, patience_s: float = inf) -> Prediction:
    """What `operators` achieve for `load`; a call takes `aht_s` on average, a caller gives up after `patience_s` on average."""
    if patience_s == inf:
        return _patient(load, operators, aht_s, within_s, erlang_b(load, operators))
    return _impatient(load, operators, aht_s, within_s, patience_s)


def operators_needed(load: float, aht_s: float, goal: Goal, patience_s: float = inf) -> int:
    """The fewest operators (at least one) who meet the goal; raises ValueError when no number does."""
    if goal.share > 1 or goal.mean_wait_s < 0 or goal.occupancy <= 0:
        message = "nobody can meet that goal"
        raise ValueError(message)
    if patience_s == inf:
        least = load / min(goal.occupancy, 1)
        return next(n for n, blocked in blockings(load) if n >= least and _patient(load, n, aht_s, goal.within_s, blocked).meets(goal))
    few, enough = 0, 1
    while not _impatient(load, enough, aht_s, goal.within_s, patience_s).meets(goal):
        few, enough = enough, enough * 2
    while enough - few > 1:
        middle = (few + enough) // 2
        met = _impatient(load, middle, aht_s, goal.within_s, patience_s).meets(goal)
        few, enough = (few, middle) if met else (middle, enough)
    return enough


def lines_needed(load: float, blocked: float) -> int:
    """The fewest lines on which no greater share of calls finds a busy signal (SL-07). Source: Erlang B."""
    return next(lines for lines, share in blockings(load) if share <= blocked)


def paid(operators: int, shrinkage: float) -> int:
    """Operators on the payroll for so many at work, N / (1 − s); leave, illness, training and breaks are the share `shrinkage`."""
    # What is lost in the division is less than a billionth of a person.
    return ceil(operators / (1 - shrinkage) - 1e-9)


class HandlingTime(Struct, frozen=True):
    """A lognormal handling time. Source: Brown et al., JASA 2005 (`variation` is deviation over mean, near 1 there)."""

    mean_s: float
    variation: float = 1.0

    def limited(self, seconds: float) -> float:
        """E[min(S, x)] = ∫₀ˣ P(S>u) du, in seconds."""
        if seconds <= 0:
            return 0.0
        variance = log(1 + self.variation**2)
        if not variance:
            return min(self.mean_s, seconds)
        place, deviation = (log(seconds / self.mean_s) + variance / 2), sqrt(variance)
        return self.mean_s * _normal((place - variance) / deviation) + seconds * _normal(-place / deviation)


def loads(calls: Sequence[float], interval_s: float, handling: HandlingTime) -> list[float]:
    """The greatest load of each interval, in erlangs, when `calls` come in it; before the first they came as in the first.

    Calls of an interval are still talking in the next ones, so the load lags. Source: m(t) = ∫λ(t−u)P(S>u)du, Jennings,
    Mandelbaum, Massey, Whitt 1996; looked at in the beginning, the middle and the end of each interval.
    """
    rates = [each / interval_s for each in calls]
    return [max(_load(rates, (place + part) * interval_s, interval_s, handling) for part in (0, 0.5, 1)) for place in range(len(rates))]


def _load(rates: Sequence[float], at_s: float, interval_s: float, handling: HandlingTime) -> float:
    talking = [handling.limited(at_s - place * interval_s) for place in range(len(rates) + 1)]
    before = rates[0] * (handling.mean_s - talking[0])
    return before + sum(rate * (talking[place] - talking[place + 1]) for place, rate in enumerate(rates))


def _normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


def _waiting(load: float, operators: int, blocked: float) -> float:
    """Erlang C from Erlang B: C = N·B / (N − a(1 − B))."""
    return operators * blocked / (operators - load * (1 - blocked))


def _patient(load: float, operators: int, aht_s: float, within_s: float, blocked: float) -> Prediction:
    """M/M/N: SL = 1 − C·exp(−(N−a)T/AHT), ASA = C·AHT/(N−a). Source: Erlang 1917; Gans, Koole, Mandelbaum 2003."""
    if operators <= load:
        return Prediction(1, 0, inf, 0, 1)
    waiting, spare = _waiting(load, operators, blocked), operators - load
    return Prediction(waiting, 1 - waiting * exp(-spare * within_s / aht_s), waiting * aht_s / spare, 0, load / operators)


def _impatient(load: float, operators: int, aht_s: float, within_s: float, patience_s: float) -> Prediction:
    """M/M/N+M, Erlang A. Source: Palm 1946; Garnett, Mandelbaum, Reiman 2002.

    As in Erlang B, what is known of up to j calls in the system is carried on to j + 1, so that all sums stay below 1. With k
    ahead in line e^−θ·wait is Beta(s, k+1), s = N·patience/AHT, so s/(s+k+1) · I_{1−e^−θT}(k+1, s+1) of them are answered within
    T; the incomplete beta function I falls by one term of a negative binomial from k to k + 1.
    """
    if not load:
        return Prediction(0, 1, 0, 0, 0)
    # In units of one patience: what could be answered, what comes, how long a wait is still good.
    speed, arrivals, good = operators * patience_s / aht_s, load * patience_s / aht_s, within_s / patience_s
    log_term, log_share = -(speed + 1) * good, log(-expm1(-good)) if good else -inf
    blocked = erlang_b(load, operators)
    waiting, queue, reached = blocked, 0.0, -expm1(log_term)
    answered = 1 - blocked + blocked * speed / (speed + 1) * reached
    for ahead in count(1):
        rate = speed + ahead
        blocked = arrivals * blocked / (rate + arrivals * blocked)
        if rate > arrivals and blocked < NEGLIGIBLE * min(1, arrivals):
            break
        log_term += log_share + log(rate / ahead)
        reached = max(0.0, reached - exp(log_term))
        waiting += blocked * (1 - waiting)
        queue += blocked * (ahead - queue)
        answered += blocked * (speed / (rate + 1) * reached - answered)
    abandoned = queue / arrivals
    return Prediction(waiting, answered, abandoned * patience_s, abandoned, min(1, load * (1 - abandoned) / operators))
