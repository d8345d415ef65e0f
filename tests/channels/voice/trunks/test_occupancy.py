"""Calls of a trunk at once, by the hour (CH-19, SL-07)."""

from datetime import UTC, datetime, timedelta

import pytest

from channels.voice.trunks.occupancy import TrunkOccupancy

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_calls_that_last_over_the_hour_are_of_both_hours() -> None:
    # SL-07: 30 minutes of two calls and 10 of one, then 20 of one
    trunk = TrunkOccupancy("a1/trunk")
    trunk.began("a", after(20), caller=True)
    trunk.began("b", after(30), caller=False)
    trunk.ended("b", after(60))
    trunk.ended("a", after(80))
    first, second = trunk.unsaved(after(200))
    assert (first.key, first.hour, first.most, first.calls) == ("a1/trunk/2026-12-01T12", NOON, 2, 1)
    assert (first.held_s, second.held_s) == (pytest.approx(70 * 60), pytest.approx(20 * 60))
    assert (second.hour, second.most, second.calls) == (after(60), 1, 0)


def test_a_refused_caller_has_no_line() -> None:
    # CH-19
    trunk = TrunkOccupancy("a1/trunk")
    trunk.began("a", after(0), caller=True)
    trunk.refused(after(1))
    (hour,) = trunk.unsaved(after(1))
    assert (trunk.in_use, trunk.refusals, hour.most, hour.refused) == (1, 1, 1, 1)


def test_what_is_told_twice_counts_once() -> None:
    trunk = TrunkOccupancy("a1/trunk")
    for _ in range(2):
        trunk.began("a", after(0), caller=True)
    for _ in range(2):
        trunk.ended("a", after(1))
    (hour,) = trunk.unsaved(after(1))
    assert (trunk.in_use, hour.calls, hour.most) == (0, 1, 1)


def test_hours_that_could_not_be_saved_are_given_back() -> None:
    trunk = TrunkOccupancy("a1/trunk")
    trunk.began("a", after(0), caller=True)
    taken = trunk.take(after(10))
    trunk.began("b", after(10), caller=True)
    trunk.give_back(taken)
    (hour,) = trunk.unsaved(after(20))
    assert (hour.most, hour.calls, hour.held_s) == (2, 2, pytest.approx(30 * 60))


def test_after_a_lost_line_the_calls_that_are_there_count() -> None:
    trunk = TrunkOccupancy("a1/trunk")
    trunk.began("a", after(0), caller=True)
    trunk.resume({"b", "c"}, after(10))
    assert trunk.in_use == 2
    assert [hour.most for hour in trunk.unsaved(after(10))] == [2]
