"""Forecasts of daily numbers with a season of a week, for many series at once. Pure.

`daily` has a row for each series and a column for each day, the newest last; the answer has so many columns as days ahead.
"""

from collections.abc import Callable, Mapping

import numpy as np

from hub.workforce.calendar_effects import WEEK, Array

TINY = 1e-6
"""Fewer contacts are none: nothing is divided by them."""
Baseline = Callable[[Array, int], Array]


def last_week(daily: Array, days: int) -> Array:
    """Seasonal random walk: as a week ago."""
    return _again(daily[:, -WEEK:], days)


def weekday_mean(weeks: int) -> Baseline:
    """The mean of the same weekday in the last weeks."""
    def mean(daily: Array, days: int) -> Array:
        whole = min(weeks, daily.shape[1] // WEEK)
        return _again(daily[:, -whole * WEEK:].reshape(len(daily), whole, WEEK).mean(axis=1), days)
    return mean


def holt_winters(level_share: float, trend_share: float, season_share: float, damping: float = 0.9) -> Baseline:
    """Damped trend, multiplicative season. Source: Hyndman & Athanasopoulos, Forecasting: principles and practice, 3rd ed., 8.3."""
    def smooth(daily: Array, days: int) -> Array:
        first = daily[:, :2 * WEEK].mean(axis=1)
        level, trend = np.maximum(first, TINY), np.zeros(len(daily))
        start = daily[:, :2 * WEEK].reshape(len(daily), 2, WEEK).mean(axis=1)
        season = np.where(first[:, None] > 0, start / np.maximum(first, TINY)[:, None], 1.0)
        for day in range(daily.shape[1]):
            seen, at = daily[:, day], day % WEEK
            before = level + damping * trend
            level_seen = np.where(season[:, at] > TINY, seen / np.maximum(season[:, at], TINY), before)
            level, was = np.maximum(level_share * level_seen + (1 - level_share) * before, TINY), level
            trend = trend_share * (level - was) + (1 - trend_share) * damping * trend
            season[:, at] += season_share * (seen / np.maximum(before, TINY) - season[:, at])
        ahead = np.arange(1, days + 1)
        grown = level[:, None] + trend[:, None] * np.cumsum(damping ** ahead)[None, :]
        at = (daily.shape[1] + ahead - 1) % WEEK
        daily_ahead: Array = np.maximum(grown, 0) * season[:, at]
        return daily_ahead
    return smooth


BASELINES: Mapping[str, Baseline] = {
    "last_week": last_week, "four_weeks": weekday_mean(4), "eight_weeks": weekday_mean(8),
    "holt_winters": holt_winters(0.1, 0.02, 0.05), "holt_winters_quick": holt_winters(0.3, 0.05, 0.1),
}
"""All that are compared; the names are shown to planners."""


def _again(week: Array, days: int) -> Array:
    return np.tile(week, (1, -(-days // WEEK)))[:, :days]
