"""The forecast against the truth: a seeded hall of operators, in quiet and bad times."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.conversations.talk_clocks import WaitAlarm
from routing.forecast import TARGET_S, Estimates, Forecast
from tests.routing.hall import Hall

SEEDS = range(4)


def always(value: Any) -> Callable[[float], Any]:
    return lambda _: value


WORLDS: dict[str, dict[str, Any]] = {
    "steady": {"per_s": always(0.19), "operators": always(40), "handling_s": always(200), "patience_s": 600},
    "rush": {"per_s": always(0.26), "operators": always(40), "handling_s": always(200), "patience_s": 120},
    "half an hour with few": {"per_s": always(0.17), "operators": lambda t: 25 if t // 1800 % 2 else 40, "handling_s": always(200), "patience_s": 120},
    "talks become longer": {"per_s": always(0.17), "operators": always(40), "handling_s": lambda t: 200 if t < 2400 else 320, "patience_s": 180},
    "waves": {"per_s": lambda t: 0.18 + 0.08 * math.sin(t / 600), "operators": always(40), "handling_s": always(200), "patience_s": 240},
    "wrong configuration": {"per_s": always(0.2), "operators": always(40), "handling_s": always(200), "patience_s": 240, "expected_s": 60},
    "half are lent": {"per_s": always(0.12), "operators": always(40), "handling_s": always(200), "patience_s": 240, "lent": 0.5},
    "a small centre": {"per_s": always(0.02), "operators": always(4), "handling_s": always(200), "patience_s": 240},
}
NAIVE = ("last to enter", "head of line", "mean of the past")


def errors(world: dict[str, Any]) -> dict[str, float]:
    """Mean absolute error in seconds, by estimator."""
    total, count = dict.fromkeys((*NAIVE, "queue length", "blend"), 0.0), 0
    for seed in SEEDS:
        past_s = served = 0.0
        for _, waited_s, said in Hall(**world, seed=seed).run():
            for name, value_s in zip(total, (said.last_to_enter_s, said.head_of_line_s, past_s / max(served, 1), said.queue_length_s, said.blend_s), strict=True):
                total[name] += abs(value_s - waited_s)
            past_s, served, count = past_s + waited_s, served + 1, count + 1
    assert count > 100
    return {name: error / count for name, error in total.items()}


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, float]]:
    return {name: errors(world) for name, world in WORLDS.items()}


@pytest.mark.parametrize("world", WORLDS)
def test_the_blend_errs_less_than_the_naive_in_every_world(measured: dict[str, dict[str, float]], world: str) -> None:
    # SL-03, D9
    error = measured[world]
    assert all(error["blend"] < error[naive] for naive in NAIVE), error
    assert error["blend"] < 1.1 * error["queue length"]


def test_the_blend_errs_least_over_all_worlds(measured: dict[str, dict[str, float]]) -> None:
    # SL-03: the choice between the estimators is by what was measured
    total = {name: sum(world[name] for world in measured.values()) for name in (*NAIVE, "queue length", "blend")}
    assert min(total, key=total.__getitem__) == "blend"
    lent = measured["half are lent"]
    assert lent["blend"] < 0.85 * lent["queue length"]


@pytest.mark.parametrize("seed", range(10))
def test_the_alarm_comes_before_anybody_has_waited_so_long(seed: int) -> None:
    # SL-03
    hall = Hall(lambda t: 0.12 if t < 1800 else 0.4, always(40), always(200), 240, seed=seed)
    alarm = first_alarm_s = None
    for now_s, waited_s, _ in hall.run():
        if alarm is None and (alarm := hall.forecast.alarm(now_s)):
            first_alarm_s = now_s
        if waited_s > TARGET_S:
            break
    assert alarm is not None
    assert first_alarm_s is not None
    assert first_alarm_s > 1800
    assert alarm.longest_s < TARGET_S < alarm.predicted_s


def test_calm_times_have_no_alarm() -> None:
    # SL-03
    hall = Hall(always(0.12), always(40), always(200), 240)
    assert not [now_s for now_s, _, _ in hall.run() if hall.forecast.alarm(now_s)]


def rush(waiting: int, busy: int = 10, handling_s: float = 100.0) -> Forecast:
    forecast = Forecast(handling_s)
    forecast.staffed(busy, 0, 0)
    for conversation in range(waiting):
        forecast.arrived(conversation, 0)
    return forecast


def test_a_free_operator_means_no_wait_and_none_at_all_an_endless_one() -> None:
    # SL-03
    forecast = Forecast(100)
    assert forecast.predicted_s(0) == math.inf
    alarm = forecast.alarm(0)
    assert alarm == WaitAlarm(math.inf, 0, 0)
    forecast.staffed(9, 1, 1)
    assert (forecast.predicted_s(1), forecast.alarm(1), forecast.occupancy) == (0, None, 0.9)


def test_the_estimators_by_hand() -> None:
    # SL-03: nine wait, ten operators, 100 s each: the tenth waits for ten departures, one in 10 s
    forecast = rush(9)
    said = forecast.estimates(30)
    assert said == Estimates(0, 30, pytest.approx(100), pytest.approx(65))
    forecast.served(0, 40)
    assert forecast.estimates(40).last_to_enter_s == 40
    forecast.moved(1, 40)
    assert forecast.estimates(40).queue_length_s == pytest.approx(80)


def test_who_gives_up_makes_the_wait_shorter_for_the_rest() -> None:
    # SL-03: Whitt 1999
    patient, impatient = rush(30), rush(40)
    for conversation in range(30, 40):
        impatient.abandoned(conversation, 60)
    for _ in range(30):
        patient.finished(100, 60)
        impatient.finished(100, 60)
    # Ten gave up in 40 × 60 s, so θ = 10/2700 with the 300 s that are taken for granted; 31 places, 10/100 departures a second.
    giving_up = 10 / (40 * 60 + 300)
    expected = sum(1 / (0.1 + k * giving_up) for k in range(31))
    assert impatient.estimates(60).queue_length_s == pytest.approx(expected, rel=0.03)
    assert patient.estimates(60).queue_length_s == pytest.approx(310)


def test_who_gave_up_long_ago_counts_less() -> None:
    # SL-03: half of ten, and half of 40 × 60 s, after a half-life with nobody in line
    forecast = rush(40)
    for conversation in range(30, 40):
        forecast.abandoned(conversation, 60)
    for conversation in range(30):
        forecast.moved(conversation, 60)
    forecast.arrived(99, 960)
    giving_up, rate = 5 / (1200 + 300), 10 / 100
    assert forecast.estimates(960).queue_length_s == pytest.approx(math.log1p(2 * giving_up / rate) / giving_up)


def test_a_time_without_operators_does_not_spoil_the_blend() -> None:
    # SL-03
    forecast = Forecast(100)
    assert forecast.arrived(0, 0) == math.inf
    forecast.staffed(10, 0, 50)
    forecast.served(0, 50)
    assert forecast.predicted_s(50) == pytest.approx(5)


def test_the_mean_handling_time_halves_what_is_old_and_survives_a_silent_year() -> None:
    # SL-03
    forecast = Forecast(100, half_life_s=600)
    for _ in range(95):
        forecast.finished(200, 0)
    assert forecast.mean_handling_s == pytest.approx(195)
    for _ in range(45):
        forecast.finished(100, 600)
    assert forecast.mean_handling_s == pytest.approx((5 * 100 + 47.5 * 200 + 45 * 100) / 97.5)
    forecast.staffed(1, 0, 3e7)
    assert forecast.mean_handling_s == pytest.approx(100)


EVENTS = st.tuples(st.sampled_from(("arrived", "served", "abandoned", "moved", "finished", "staffed")), st.integers(0, 6), st.floats(-400, 500))


@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_a_prediction_is_a_number(events: list[tuple[str, int, float]]) -> None:
    # SL-03, CH-06: strangers, doubles and a clock that goes back do not break it
    forecast, now_s = Forecast(100), 1.7e9
    forecast.staffed(3, 0, now_s)
    for what, which, passed_s in events:
        now_s += passed_s
        match what:
            case "finished":
                forecast.finished(abs(passed_s), now_s)
            case "staffed":
                forecast.staffed(which, which // 2, now_s)
            case _:
                getattr(forecast, what)(which, now_s)
        said = forecast.estimates(now_s)
        assert said.blend_s >= 0
        assert forecast.operators == 0 or said.blend_s < math.inf
        assert 0 <= forecast.occupancy <= 1


def test_a_longer_line_is_a_longer_wait() -> None:
    # SL-03
    predicted = [rush(waiting).predicted_s(0) for waiting in range(50)]
    assert all(one < other for one, other in pairwise(predicted))
