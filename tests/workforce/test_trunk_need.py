"""Lines for the busiest hour (SL-07)."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.monitoring.trunk import TrunkHour, hour_of
from hub.workforce.trunk_need import need

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def hour(after: int, calls: int, erlang: float, refused: int = 0) -> TrunkHour:
    empty = hour_of("a1/trunk", NOON + timedelta(hours=after))
    return TrunkHour(empty.key, empty.trunk, empty.hour, most=calls, calls=calls, refused=refused, held_s=erlang * 3600)


def test_the_busiest_hour_decides() -> None:
    # SL-07: tables of Erlang B: 5 erlangs need 11 lines for 1 %
    told = need([hour(0, 40, 2.0), hour(1, 100, 5.0), hour(2, 90, 4.5)])
    assert told is not None
    assert (told.hour, told.erlang, told.lines) == (NOON + timedelta(hours=1), 5.0, 11)
    assert told.blocked(10) == pytest.approx(0.018385, abs=1e-6)


def test_refused_callers_would_have_talked_too() -> None:
    # SL-07: what was carried on full lines is not what came
    told = need([hour(0, 80, 4.0, refused=20)])
    assert told is not None
    assert (told.erlang, told.lines) == (5.0, 11)


def test_without_calls_nothing_is_needed() -> None:
    assert need([]) is None
    assert need([hour(0, 0, 0.0, refused=3)]) is None
