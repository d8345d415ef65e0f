"""Forecasts of contacts on a generated year, whose holidays, payment days and shocks no part of the model has drawn (MC-02)."""

from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks.workforce_year import generated_year, names
from hub.workforce.back_test import LEADS, back_test, interval
from hub.workforce.calendar_effects import Mark, marks, weekday
from hub.workforce.forecast import forecast, naive
from hub.workforce.volumes import History

ALL = np.ones(6, bool)


@pytest.fixture(scope="module")
def year() -> History:
    return generated_year(names(2, 3), 120, seed=7)


def people(contacts: float) -> int:
    return int(np.ceil(contacts / 2.5))


def test_marks_are_those_of_the_production_calendar() -> None:
    # MC-02: ТК РФ ст. 95, 112; a payment of the 3rd on a day off comes on the working day before
    days = [date(2026, 1, 1), date(2026, 1, 12), date(2026, 4, 30), date(2026, 5, 1), date(2026, 10, 2)]
    table = marks(days, payments=(3,))
    assert [{mark.name for mark in Mark if table[row, mark]} for row in range(len(days))] == [
        {"HOLIDAY"}, {"AFTER"}, {"EVE", "PAYMENT"}, {"HOLIDAY"}, {"PAYMENT"}]
    assert marks([date(2026, 11, 5)])[0, Mark.AFTER]
    assert weekday(date(2026, 5, 1)) == 6


@pytest.mark.parametrize("lead", range(len(LEADS)))
def test_a_forecast_errs_less_than_last_week_at_every_lead(year: History, lead: int) -> None:
    # MC-02
    told = back_test(year, ALL, people).errors[lead]
    assert told.days >= 4
    assert told.quarter_wape < 0.85 * told.naive_quarter_wape
    assert told.day_wape < told.naive_day_wape
    assert told.people_missing + told.people_idle < 3


def test_a_holiday_is_not_taken_for_a_usual_day(year: History) -> None:
    # MC-02: what comes after 4 November is not a Sunday, and what it brings is known from other holidays
    cut = year.until((date(2026, 11, 1) - year.first).days)
    told = forecast(cut, 7).expected.sum(axis=(0, 2))
    seen = year.counts[:, cut.days:cut.days + 7].sum(axis=(0, 2))
    before = naive(cut, 7).sum(axis=(0, 2))
    at = (date(2026, 11, 4) - date(2026, 11, 1)).days
    assert abs(told[at] - seen[at]) < 0.3 * seen[at]
    assert abs(before[at] - seen[at]) > 1.0 * seen[at]


def test_nine_of_ten_quarters_fall_into_the_interval(year: History) -> None:
    # MC-02
    inside, every = 0, 0
    for weeks in (6, 5, 4, 3):
        cut = year.until(year.days - weeks * 7)
        test = back_test(cut, ALL, people)
        told, seen = forecast(cut, 7).expected.sum(axis=0), year.counts[:, cut.days:cut.days + 7].sum(axis=0)
        for day in range(7):
            low, high = interval(told[day], test.deviations[day])
            inside += int(((low <= seen[day]) & (seen[day] <= high)).sum())
            every += seen[day].size
    assert 0.84 < inside / every < 0.97


def test_the_sum_of_the_quarters_is_the_day_and_nothing_is_negative(year: History) -> None:
    told = forecast(year, 28)
    assert told.first == year.first + timedelta(days=365)
    assert told.expected.shape == (6, 28, 96)
    assert (told.expected >= 0).all()
    assert np.isfinite(told.expected).all()


def test_few_days_are_no_history(year: History) -> None:
    with pytest.raises(ValueError, match="28 days"):
        forecast(year.until(27), 7)
    assert [each.days for each in back_test(year.until(28), ALL, people).errors] == [0, 0, 0]


def test_a_line_without_contacts_is_forecast_none() -> None:
    empty = generated_year(names(1, 2), 0, seed=1, days=60)
    assert forecast(empty, 7).expected.sum() < 0.01
