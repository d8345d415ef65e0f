"""What a date does to the number of contacts: holidays, eves, the first day after them, payment days. Pure.

The effect of each mark is a factor of the usual day. It is learnt from marked days beside the usual days of the same weekday around
them, of all series together and then of each one, as far as it has contacts.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from hub.organisation.production_calendar import is_day_off, is_shortened, is_worked, worked_as

Array = NDArray[np.float64]
PAYMENT_DAYS = (3, 10, 25)
"""Days of the month on which benefits and pensions are paid by default; on a day off, the working day before."""
AROUND_WEEKS = 4
"""The usual day is the median of the same weekday in so many weeks before and after."""
KNOWN_CONTACTS = 100.0
"""With so many contacts on usual days a series' own effect counts as much as that of all."""
WEEK, SUNDAY = 7, 6


class Mark(IntEnum):
    HOLIDAY = 0
    EVE = 1
    """A shortened working day."""
    AFTER = 2
    """The first working day after a holiday."""
    PAYMENT = 3


def weekday(day: date) -> int:
    """The weekday whose hours and habits apply: a working Saturday is the weekday that is off instead, a holiday is a Sunday."""
    return SUNDAY if is_day_off(day) else worked_as(day).weekday()


def marks(days: Sequence[date], payments: Sequence[int] = PAYMENT_DAYS) -> NDArray[np.bool_]:
    """A row for each day, a column for each mark."""
    table = np.zeros((len(days), len(Mark)), bool)
    for row, day in enumerate(days):
        table[row, Mark.HOLIDAY] = is_day_off(day)
        table[row, Mark.EVE] = is_shortened(day)
        table[row, Mark.AFTER] = is_worked(day) and _is_after_holiday(day)
        table[row, Mark.PAYMENT] = is_worked(day) and _is_paid(day, payments)
    return table


def _is_after_holiday(day: date) -> bool:
    """Whether a holiday is among the days off right before it."""
    before = day - timedelta(days=1)
    while not is_worked(before):
        if is_day_off(before):
            return True
        before -= timedelta(days=1)
    return False


def _is_paid(day: date, payments: Sequence[int]) -> bool:
    """Whether a payment falls on a working day, or on the days off right after it."""
    paid = day
    while True:
        if paid.day in payments:
            return True
        paid += timedelta(days=1)
        if is_worked(paid):
            return False


def usual(daily: Array, weekdays: NDArray[np.int_], odd: NDArray[np.bool_]) -> Array:
    """For each series and day the median of usual days with the same weekday around it; the day itself where there is none."""
    found = daily.copy()
    for day in range(daily.shape[1]):
        near = np.flatnonzero(~odd & (weekdays == weekdays[day]) & (np.abs(np.arange(len(odd)) - day) <= AROUND_WEEKS * WEEK))
        near = near[near != day]
        if len(near):
            found[:, day] = np.median(daily[:, near], axis=1)
    return found


def effects(daily: Array, usual_days: Array, marked: NDArray[np.bool_]) -> Array:
    """The factor of each mark for each series; 1 where no day with that mark alone was seen."""
    factors = np.ones((daily.shape[0], len(Mark)))
    for mark in Mark:
        alone = marked[:, mark] & (marked.sum(axis=1) == 1)
        seen, expected = daily[:, alone].sum(axis=1), usual_days[:, alone].sum(axis=1)
        if expected.sum() > 0:
            common = (seen.sum() + KNOWN_CONTACTS) / (expected.sum() + KNOWN_CONTACTS)
            factors[:, mark] = (seen + KNOWN_CONTACTS * common) / (expected + KNOWN_CONTACTS)
    return factors


def factor(factors: Array, marked: NDArray[np.bool_]) -> Array:
    """The product of the factors of all marks of a day, for each series and day."""
    product: Array = np.where(marked[None, :, :], factors[:, None, :], 1.0).prod(axis=2)
    return product
