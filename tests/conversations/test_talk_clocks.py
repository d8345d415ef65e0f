"""The clocks of a talk: 20 seconds, 8 and 10 minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.conversations.talk_clocks import ClockStage, answered_in_time, next_stage_at, stage, talked_in_time

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def test_twenty_seconds_are_not_exceeded_by_twenty_seconds() -> None:
    # SL-03, D2: «не должно превышать 20 секунд»
    assert answered_in_time(START, START + timedelta(seconds=20))
    assert not answered_in_time(START, START + timedelta(seconds=20) + TICK)


@pytest.mark.parametrize(("minutes", "before", "then"), [(8, ClockStage.TALK, ClockStage.PROMPT), (10, ClockStage.PROMPT, ClockStage.DECIDE)])
def test_the_stages_of_a_talk_begin_at_8_and_10_minutes(minutes: int, before: ClockStage, then: ClockStage) -> None:
    # SL-04, D4
    moment = START + timedelta(minutes=minutes)
    assert (stage(START, moment - TICK), stage(START, moment)) == (before, then)
    assert next_stage_at(START, before) == moment


@given(st.integers(0, 2000))
def test_the_next_stage_begins_when_it_is_said_to(seconds: int) -> None:
    # SL-04
    reached = stage(START, START + timedelta(seconds=seconds))
    upcoming = next_stage_at(START, reached)
    if upcoming is None:
        assert reached is ClockStage.DECIDE
    else:
        assert upcoming > START + timedelta(seconds=seconds)
        assert stage(START, upcoming) is not reached
        assert stage(START, upcoming - TICK) is reached


def test_ten_minutes_are_in_time() -> None:
    # SL-04
    assert talked_in_time(START, START + timedelta(minutes=10))
    assert not talked_in_time(START, START + timedelta(minutes=10) + TICK)
