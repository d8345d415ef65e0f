"""Forecast of contacts for each series and quarter of an hour (MC-02). Pure.

A day's number is that of the baseline which erred least in the series' own past, on days without their calendar effects, times these
effects. It is spread over the day as the series' same weekdays were, and where it has few contacts, as those of its whole centre.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.workforce.baselines import BASELINES
from hub.workforce.calendar_effects import PAYMENT_DAYS, WEEK, Array, effects, factor, marks, usual, weekday
from hub.workforce.volumes import QUARTERS, History

LEAST_DAYS = 4 * WEEK
"""Fewer days are no history: there is no forecast."""
TRIED_WEEKS = (1, 2, 4, 6)
"""Baselines are compared from so many weeks before the end on."""
TRIED_DAYS = 7
LEVEL_WEEKS = 26
"""What was half a year ago says nothing about the level of tomorrow."""
SHOCK = 0.4
"""A day that differs from the usual one by this share, and by more than chance does, is an incident: nothing is learnt from it."""
CHANCE = 4.0
"""Standard deviations."""
PROFILE_WEEKS = 8
COMMON_CONTACTS = 300.0
"""With so many contacts on a weekday a series' own profile counts as much as that of its centre."""
SMOOTH = np.array([0.25, 0.5, 0.25])


class Forecast(Struct, frozen=True):
    """`expected` has an axis of series, of days from `first` on, of quarters of an hour; `methods` is the baseline of each series."""

    first: date
    expected: NDArray[np.float64]
    methods: tuple[str, ...]


def forecast(history: History, days: int, payments: Sequence[int] = PAYMENT_DAYS) -> Forecast:
    """The days right after the history. Raises ValueError when that has fewer than 28 days."""
    if history.days < LEAST_DAYS:
        message = f"a forecast needs {LEAST_DAYS} days of history, there are {history.days}"
        raise ValueError(message)
    past, first = history.dates, history.first + timedelta(days=history.days)
    ahead = [first + timedelta(days=number) for number in range(days)]
    weekdays, calendar = np.array([weekday(day) for day in past]), np.array([day.weekday() for day in past])
    daily, marked = history.counts.sum(axis=2), marks(past, payments)
    odd = marked.any(axis=1) | (weekdays != calendar)
    factors = effects(daily, usual(daily, weekdays, odd), marked)
    level = _level(daily, usual(daily, calendar, odd), odd)[:, -LEVEL_WEEKS * WEEK:]
    odd_lately = odd[-LEVEL_WEEKS * WEEK:]
    methods = _best(level, odd_lately)
    horizon = days + WEEK
    plain = np.zeros((len(daily), horizon))
    for name, baseline in BASELINES.items():
        chosen = np.flatnonzero(methods == name)
        plain[chosen] = baseline(level[chosen], horizon)
    totals = plain[:, [_usual_place(day, number) for number, day in enumerate(ahead)]] * factor(factors, marks(ahead, payments))
    shares = _profiles(history, weekdays, odd)
    expected = totals[:, :, None] * shares[:, [weekday(day) for day in ahead], :]
    return Forecast(first, expected, tuple(methods))


def naive(history: History, days: int) -> NDArray[np.float64]:
    """What each method is compared with: each quarter of an hour as in the last week."""
    return np.tile(history.counts[:, -WEEK:], (1, -(-days // WEEK), 1))[:, :days]


def _usual_place(day: date, number: int) -> int:
    """The place in the horizon of the next day with the same habit: a holiday takes that of a Sunday, a working Saturday of a weekday."""
    return number + (weekday(day) - day.weekday()) % WEEK


def _level(daily: Array, typical: Array, odd: NDArray[np.bool_]) -> Array:
    """An odd day or an incident tells nothing about its weekday but what the usual days around it do."""
    far = np.abs(daily - typical)
    return np.where(odd[None, :] | ((far > SHOCK * typical) & (far > CHANCE * np.sqrt(typical))), typical, daily)


def _best(level: Array, odd: NDArray[np.bool_]) -> NDArray[np.str_]:
    """The name of the baseline with the least error of each series, on usual days of the last weeks."""
    errors = np.zeros((len(BASELINES), len(level)))
    for weeks in TRIED_WEEKS:
        cut = level.shape[1] - weeks * WEEK
        if cut < 2 * WEEK:
            break
        plain = ~odd[cut:cut + TRIED_DAYS]
        for row, baseline in enumerate(BASELINES.values()):
            errors[row] += np.abs(baseline(level[:, :cut], TRIED_DAYS) - level[:, cut:cut + TRIED_DAYS])[:, plain].sum(axis=1)
    best: NDArray[np.str_] = np.array(list(BASELINES))[errors.argmin(axis=0)]
    return best


def _profiles(history: History, weekdays: NDArray[np.int_], odd: NDArray[np.bool_]) -> Array:
    """For each series and weekday the share of each quarter of an hour; the shares of a day sum to 1."""
    recent = np.arange(len(weekdays)) >= len(weekdays) - PROFILE_WEEKS * WEEK
    plain = recent & ~odd
    sums = np.stack([history.counts[:, plain & (weekdays == number)].sum(axis=1) for number in range(WEEK)], axis=1)
    centres = np.array([name.centre for name in history.names])
    shares = np.empty_like(sums)
    for centre in np.unique(centres):
        own = centres == centre
        common = sums[own].sum(axis=0) + 1 / QUARTERS
        common = _smoothed(common / common.sum(axis=1, keepdims=True))
        blend = sums[own] + COMMON_CONTACTS * common[None]
        shares[own] = blend / blend.sum(axis=2, keepdims=True)
    return shares


def _smoothed(shares: Array) -> Array:
    """Over the neighbours, around midnight too."""
    smooth: Array = SMOOTH[0] * np.roll(shares, 1, axis=1) + SMOOTH[1] * shares + SMOOTH[2] * np.roll(shares, -1, axis=1)
    return smooth
