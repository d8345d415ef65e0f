"""How far forecasts were off: past days forecast from what was known before them, beside the naive baseline (MC-02). Pure.

WAPE is the sum of absolute errors over the sum of contacts. The naive baseline takes each quarter of an hour from a week before.
"""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.workforce.calendar_effects import PAYMENT_DAYS, WEEK, Array
from hub.workforce.forecast import LEAST_DAYS, forecast, naive
from hub.workforce.volumes import History

LEADS = (1, 7, 28)
"""Days ahead of which the error is told."""
ORIGINS, APART = 10, 5
"""Past days on which a forecast is made, and how far they are from each other: all weekdays are among them."""
ROBUST = 1.4826
"""Standard deviation over the median of absolute errors: incidents do not widen the interval of every day."""
NINETY = 1.645
"""Standard deviations on each side of an interval of 90 %."""
UNSEEN_SHARE = 0.25
"""Relative deviation of a day that was never tested."""


class LeadError(Struct, frozen=True):
    """Of forecasts of so many days ahead. Shares are of all contacts, people are the mean over all quarters of an hour."""

    lead: int
    days: int
    """So many days were compared; 0 tells nothing."""
    day_wape: float
    quarter_wape: float
    naive_day_wape: float
    naive_quarter_wape: float
    people_missing: float
    """Operators whom the plan would have lacked, and whom it would have paid in vain."""
    people_idle: float


class BackTest(Struct, frozen=True):
    errors: tuple[LeadError, ...]
    deviations: tuple[float, ...]
    """Of the day's number, relative, for each day ahead."""


def back_test(history: History, chosen: NDArray[np.bool_], people: Callable[[float], int],
              payments: Sequence[int] = PAYMENT_DAYS) -> BackTest:
    """Of the sum of the `chosen` series; `people` says how many operators so many contacts in a quarter of an hour need."""
    longest = max(LEADS)
    told: list[list[Array]] = [[] for _ in range(longest)]
    plain: list[list[Array]] = [[] for _ in range(longest)]
    seen: list[list[Array]] = [[] for _ in range(longest)]
    for cut in _origins(history.days):
        known = history.until(cut)
        days = min(longest, history.days - cut)
        expected, as_before = forecast(known, days, payments).expected[chosen].sum(axis=0), naive(known, days)[chosen].sum(axis=0)
        actual = history.counts[chosen, cut:cut + days].sum(axis=0)
        for lead in range(days):
            told[lead].append(expected[lead])
            plain[lead].append(as_before[lead])
            seen[lead].append(actual[lead])
    errors = tuple(_error(lead, told[lead - 1], plain[lead - 1], seen[lead - 1], people) for lead in LEADS)
    return BackTest(errors, _deviations(told, seen))


def _origins(days: int) -> list[int]:
    """So far back that the longest lead is known, where the history is long enough."""
    last = days - max(LEADS) if days - max(LEADS) >= LEAST_DAYS else days - 1
    return list(range(last, LEAST_DAYS - 1, -APART))[:ORIGINS]


def interval(expected: Array, deviation: float) -> tuple[Array, Array]:
    """The bounds between which nine of ten quarters of an hour fall: chance of arrivals, and error of the day's number."""
    spread = NINETY * np.sqrt(expected + (deviation * expected) ** 2)
    return np.maximum(expected - spread, 0), expected + spread


def day_interval(expected: float, deviation: float) -> tuple[float, float]:
    """The same of a whole day."""
    spread = NINETY * float(np.sqrt(expected + (deviation * expected) ** 2))
    return max(expected - spread, 0), expected + spread


def _error(lead: int, told: Sequence[Array], plain: Sequence[Array], seen: Sequence[Array], people: Callable[[float], int]) -> LeadError:
    if not seen:
        return LeadError(lead, 0, 0, 0, 0, 0, 0, 0)
    forecasts, before, actual = np.array(told), np.array(plain), np.array(seen)
    contacts = max(float(actual.sum()), 1.0)
    needed = np.array([people(round(each)) for each in actual.flat])
    planned = np.array([people(round(each)) for each in forecasts.flat])
    return LeadError(
        lead, len(actual), float(np.abs(forecasts.sum(axis=1) - actual.sum(axis=1)).sum()) / contacts,
        float(np.abs(forecasts - actual).sum()) / contacts, float(np.abs(before.sum(axis=1) - actual.sum(axis=1)).sum()) / contacts,
        float(np.abs(before - actual).sum()) / contacts,
        float(np.maximum(needed - planned, 0).mean()), float(np.maximum(planned - needed, 0).mean()))


def _deviations(told: Sequence[Sequence[Array]], seen: Sequence[Sequence[Array]]) -> tuple[float, ...]:
    """Of each lead, over all errors up to a week around it; chance of arrivals is not counted twice."""
    relative = [[(float(was.sum() - said.sum()), float(said.sum())) for said, was in zip(*each, strict=True)]
                for each in zip(told, seen, strict=True)]
    found = []
    for lead in range(len(relative)):
        near = [each for row in relative[max(0, lead - WEEK // 2):lead + WEEK // 2 + 1] for each in row if each[1] > 0]
        middle = ROBUST * float(np.median([abs(error / said) for error, said in near])) if near else UNSEEN_SHARE
        chance = float(np.mean([1 / said for _, said in near])) if near else 0.0
        found.append(float(np.sqrt(max(middle ** 2 - chance, 0))))
    return tuple(found)
