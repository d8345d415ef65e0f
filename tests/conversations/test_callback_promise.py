"""The promise of an answer: its day, its alarms, its attempts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.callback_promise import (
    ALARMS,
    RETRY_PAUSE,
    Attempt,
    CallbackPromise,
    Outcome,
    alarms,
    instant,
    next_alarm,
    not_reached,
    overdue,
    promise,
    returns_at,
    stands_since,
    tried,
)

GIVEN = datetime(2026, 3, 28, 21, 30, tzinfo=UTC)
OWED = promise(GIVEN, Address("voice", "+74950000000"), "надо уточнить", "anna")
MOMENTS = st.floats(-1000, 100_000).map(lambda s: GIVEN + timedelta(seconds=s))


def after(owed: CallbackPromise, *outcomes: Outcome) -> CallbackPromise:
    for number, outcome in enumerate(outcomes):
        owed = tried(owed, Attempt(GIVEN + timedelta(minutes=number), "anna", outcome))
    return owed


def test_a_day_is_86400_seconds_on_a_night_when_the_clocks_change() -> None:
    # SL-05, D5: 29 March 2026 has 23 hours in Berlin, and the deadline does not care
    local = GIVEN.astimezone(ZoneInfo("Europe/Berlin"))
    assert promise(GIVEN, OWED.address, "").due.timestamp() - local.timestamp() == 86_400


def test_at_the_deadline_it_is_in_time_and_then_it_is_not() -> None:
    # SL-05
    assert not overdue(OWED, OWED.due)
    assert overdue(OWED, OWED.due + timedelta(microseconds=1))


def test_alarms_stand_at_their_parts_of_the_day() -> None:
    # SL-05
    assert [(instant(OWED, percent) - GIVEN).total_seconds() for percent in ALARMS] == [43_200, 69_120, 82_080, 86_400]


@given(st.lists(MOMENTS, max_size=30))
def test_each_alarm_is_raised_once_and_never_early_however_often_one_looks(moments: list[datetime]) -> None:
    # SL-05
    owed, raised = OWED, []
    for now in sorted(moments):
        for percent in alarms(owed, now):
            assert instant(owed, percent) <= now
            raised.append(percent)
            owed = replace(owed, alarmed=percent)
        upcoming = next_alarm(owed)
        assert upcoming is None or upcoming > now
    assert raised == list(ALARMS[:len(raised)])


@pytest.mark.parametrize(("outcomes", "expected"), [
    ((), False),
    ((Outcome.NO_ANSWER, Outcome.BUSY), False),
    ((Outcome.NO_ANSWER, Outcome.BUSY, Outcome.UNREACHABLE), True),
    ((Outcome.NO_ANSWER, Outcome.SPOKE, Outcome.NO_ANSWER, Outcome.BUSY), False),
    ((Outcome.SPOKE, Outcome.NO_ANSWER, Outcome.BUSY, Outcome.BUSY), True),
])
def test_three_unanswered_attempts_in_a_row_are_not_reached(outcomes: tuple[Outcome, ...], expected: bool) -> None:
    # SL-05, D5
    owed = after(OWED, *outcomes)
    assert not_reached(owed) == expected
    assert (returns_at(owed, GIVEN) is None) == expected
    assert (owed.due, next_alarm(owed)) == (OWED.due, next_alarm(OWED))


@given(MOMENTS)
def test_a_promise_returns_at_four_fifths_of_its_time_but_not_straight_after_an_attempt(kept_since: datetime) -> None:
    # SL-05
    back = returns_at(OWED, kept_since)
    assert back is not None
    assert back >= instant(OWED, 80)
    assert back - kept_since >= RETRY_PAUSE
    assert back in {instant(OWED, 80), kept_since + RETRY_PAUSE}


def test_when_time_is_short_it_stands_before_all_others() -> None:
    # SL-05
    early, late = instant(OWED, 80), instant(OWED, 95)
    assert stands_since(OWED, early) == early
    assert stands_since(OWED, late) == GIVEN
