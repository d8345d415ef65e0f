"""A generated year of contacts: weekly and daily habits, growth, Russian holidays, payment days, shocks; Poisson around all of it.

The real effects here are not the model's: holidays differ by kind, payments last two days, shocks come without notice.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from hub.organisation.production_calendar import is_day_off, is_shortened, is_worked
from hub.workforce.volumes import QUARTERS, History, Series

FIRST = date(2025, 12, 1)
WEEKDAYS = (1.15, 1.08, 1.02, 1.0, 0.93, 0.42, 0.30)
LOCAL_HOURS = (3, 2, 2, 2, 3, 5, 12, 40, 100, 160, 170, 145, 110, 105, 110, 105, 85, 55, 32, 22, 15, 10, 6, 4)
SHOCKS = 6
"""Days of a year on which something happens that nobody knew of."""
HANDLING_S = 300.0


def names(centres: int, topics: int) -> tuple[Series, ...]:
    return tuple(Series(f"{centre:03d}", "voice", f"topic-{topic}") for centre in range(centres) for topic in range(topics))


def generated_year(series: Sequence[Series], contacts_a_day: float, seed: int, days: int = 365) -> History:
    """`contacts_a_day` is the mean of one series on a weekday; the series differ in size, slope and hours."""
    random = np.random.default_rng(seed)
    dates = [FIRST + timedelta(days=number) for number in range(days)]
    profile = np.interp(np.arange(QUARTERS) / 4, np.arange(25), (*LOCAL_HOURS, LOCAL_HOURS[0]))
    common = np.array([_of_day(day) for day in dates])
    common[random.choice(days, SHOCKS, replace=False)] *= random.uniform(1.6, 3.0, SHOCKS)
    # Days of one week are alike in what no calendar explains.
    drift = np.exp(np.repeat(random.normal(0, 0.05, days // 7 + 1), 7)[:days] + random.normal(0, 0.03, days))
    counts = np.empty((len(series), days, QUARTERS))
    for row in range(len(series)):
        size, slope, late = contacts_a_day * random.lognormal(0, 0.6), random.uniform(-0.2, 0.4), random.integers(-2, 3)
        day_means = size * common * drift * (1 + slope * np.arange(days) / 365)
        shares = np.roll(profile, late) / profile.sum()
        counts[row] = random.poisson(day_means[:, None] * shares[None, :])
    return History(FIRST, tuple(series), counts, np.full(len(series), HANDLING_S))


def _of_day(day: date) -> float:
    """The habit of a date."""
    if is_day_off(day):
        return 0.18 if (day.month, day.day) == (1, 1) else 0.35
    habit = WEEKDAYS[day.weekday()] if is_worked(day) == (day.weekday() < 5) else WEEKDAYS[0] * 0.8
    if is_shortened(day):
        habit *= 0.85
    if is_worked(day) and is_day_off(day - timedelta(days=1)):
        habit *= 1.45
    if day.day in {3, 4}:
        habit *= 1.25
    if day.day in {10, 25}:
        habit *= 1.12
    return habit
