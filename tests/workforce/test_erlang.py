"""The formulas against published tables, against each other, against plain sums and against a simulation."""

import time
from itertools import pairwise
from math import exp, factorial, inf, log, sqrt
from statistics import NormalDist, fmean, stdev

import ciw
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.workforce.erlang import (
    Goal,
    HandlingTime,
    Prediction,
    blockings,
    erlang_b,
    erlang_c,
    lines_needed,
    loads,
    operators_needed,
    paid,
    predict,
)

LOADS, OPERATORS = st.floats(0.01, 300), st.integers(1, 350)
AHTS, PATIENCES, TIMES = st.floats(20, 900), st.floats(5, 2000), st.floats(0, 120)


def only(share: float, within_s: float = 20) -> Goal:
    return Goal(share, within_s, inf, 1)


def test_published_values() -> None:
    # SL-03, SL-07: tables of Erlang B and C; the example of the ErlangC package of CRAN; Mitan's example
    assert erlang_b(10, 10) == pytest.approx(0.214582, abs=5e-7)
    assert erlang_c(10, 12) == pytest.approx(0.449388, abs=5e-7)
    cran = predict(load=100 / 1800 * 180, operators=14, aht_s=180)
    assert (round(cran.waiting, 4), round(cran.answered, 4), round(cran.mean_wait_s, 2)) == (0.1741, 0.8884, 7.84)
    mitan = predict(load=360 / 1800 * 240, operators=55, aht_s=240, within_s=15)
    assert (round(mitan.waiting, 4), round(mitan.answered, 4), round(mitan.mean_wait_s, 2)) == (0.2387, 0.8459, 8.18)
    assert cran.occupancy == 10 / 14
    assert cran.abandoned == 0


@pytest.mark.parametrize(("load", "operators"), [(1.7, (4, 6, 8)), (5.1, (8, 11, 14)), (17, (22, 26, 31)), (212, (222, 235, 248)),
                                                 (2475, (2493, 2516, 2545)), (4950, (4969, 4996, 5029)), (10890, (10911, 10940, 10976))])
def test_operators_for_centres_of_all_sizes(load: float, operators: tuple[int, ...]) -> None:
    # SL-03: calls of 300 s, answered within 20 s in 80, 98 and 99.9 of 100 cases
    assert tuple(operators_needed(load, 300, only(share)) for share in (0.8, 0.98, 0.999)) == operators


@given(st.floats(0.1, 60), st.integers(1, 60))
def test_erlang_b_is_the_sum_of_the_textbook(load: float, lines: int) -> None:
    # SL-07
    terms = [load**n / factorial(n) for n in range(lines + 1)]
    assert erlang_b(load, lines) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)
    assert dict(zip(range(1, lines + 1), (b for _, b in blockings(load)), strict=False))[lines] == erlang_b(load, lines)


def birth_and_death(load: float, operators: int, aht_s: float, patience_s: float) -> tuple[float, float]:
    """The probability to wait and the mean wait, by adding up the states of M/M/N+M one by one."""
    logs = [0.0]
    for n in range(1, operators + 1500):
        logs.append(logs[-1] + log(load / aht_s / (min(n, operators) / aht_s + max(0, n - operators) / patience_s)))
    greatest = max(logs)
    states = [exp(each - greatest) for each in logs]
    total = sum(states)
    return sum(states[operators:]) / total, sum((n - operators) * p for n, p in enumerate(states) if n > operators) / total / (load / aht_s)


@settings(max_examples=40)
@given(st.floats(0.1, 60), st.integers(1, 60), AHTS, st.floats(5, 300))
def test_erlang_a_is_the_sum_of_its_states(load: float, operators: int, aht_s: float, patience_s: float) -> None:
    # SL-03
    predicted = predict(load, operators, aht_s, 20, patience_s)
    waiting, mean_wait_s = birth_and_death(load, operators, aht_s, patience_s)
    assert predicted.waiting == pytest.approx(waiting, rel=1e-9)
    assert predicted.mean_wait_s == pytest.approx(mean_wait_s, rel=1e-8, abs=1e-12)
    assert predicted.abandoned == pytest.approx(mean_wait_s / patience_s, rel=1e-8, abs=1e-12)


@given(st.floats(0.1, 60), st.integers(1, 80), AHTS)
def test_patience_like_the_handling_time_makes_a_poisson_number(load: float, operators: int, aht_s: float) -> None:
    # SL-03: θ = μ is M/M/∞
    below = sum(exp(-load) * load**n / factorial(n) for n in range(operators))
    assert predict(load, operators, aht_s, 20, aht_s).waiting == pytest.approx(1 - below, abs=1e-12)
    assert predict(10, 10, aht_s, 20, aht_s).waiting == pytest.approx(0.542070285528, abs=5e-13)


@example(0.01, 2, 50.0, 5.0)
@given(LOADS, OPERATORS, AHTS, PATIENCES)
def test_erlang_a_at_its_ends(load: float, operators: int, aht_s: float, patience_s: float) -> None:
    # SL-03: whoever never gives up before he is answered is answered in any time; whoever waits no second meets Erlang B
    predicted = predict(load, operators, aht_s, 1e6, patience_s)
    assert predicted.answered == pytest.approx(1 - predicted.abandoned, abs=1e-9)
    assert predict(load, operators, aht_s, 0, patience_s).answered == pytest.approx(1 - predicted.waiting, abs=1e-9)
    hasty = predict(load, operators, aht_s, 20, 1e-9)
    assert hasty.abandoned == pytest.approx(erlang_b(load, operators), abs=1e-6)


@pytest.mark.parametrize(("load", "operators"), [(8, 10), (40, 45), (0.5, 2), (300, 320)])
def test_with_endless_patience_it_is_erlang_c(load: float, operators: int) -> None:
    # SL-03
    patient, nearly = predict(load, operators, 300), predict(load, operators, 300, 20, 1e9)
    assert nearly.waiting == pytest.approx(patient.waiting, rel=1e-4)
    assert nearly.answered == pytest.approx(patient.answered, rel=1e-4)
    assert nearly.mean_wait_s == pytest.approx(patient.mean_wait_s, rel=1e-3)


def test_erlang_a_against_a_simulation() -> None:
    # SL-03: M/M/10+M by another hand, in minutes: load 10, 3 minutes a call, 2 minutes of patience
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(10 / 3)], service_distributions=[ciw.dists.Exponential(1 / 3)], number_of_servers=[10],
        reneging_time_distributions=[ciw.dists.Exponential(1 / 2)])
    ciw.seed(20261124)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(5200)
    calls = sorted((each for each in simulation.get_all_records() if 100 <= each.arrival_date < 5100), key=lambda each: each.arrival_date)
    exact = predict(10, 10, 180, 20, 120)
    assert exact.mean_wait_s == pytest.approx(16.50, abs=0.005)
    assert exact.abandoned == pytest.approx(0.1375, abs=5e-5)
    for value, of in ((exact.mean_wait_s, lambda call: call.waiting_time * 60), (exact.abandoned, lambda call: call.record_type == "renege"),
                      (exact.waiting, lambda call: call.waiting_time > 0),
                      (exact.answered, lambda call: call.record_type == "service" and call.waiting_time * 60 <= 20)):
        batches = [fmean(of(call) for call in calls[n:n + 800]) for n in range(0, len(calls) - 799, 800)]
        error = stdev(batches) / sqrt(len(batches))
        assert len(batches) >= 18
        assert abs(fmean(batches) - value) < 2.9 * error  # 99 in 100 of Student's distribution


@given(LOADS, OPERATORS, AHTS, TIMES, st.one_of(st.just(inf), PATIENCES))
def test_more_operators_are_never_worse(load: float, operators: int, aht_s: float, within_s: float, patience_s: float) -> None:
    # SL-03
    fewer, more = (predict(load, n, aht_s, within_s, patience_s) for n in (operators, operators + 1))
    slack = 1e-9
    assert more.waiting <= fewer.waiting + slack
    assert more.answered >= fewer.answered - slack
    assert more.mean_wait_s <= fewer.mean_wait_s + slack
    assert more.abandoned <= fewer.abandoned + slack
    assert more.occupancy <= fewer.occupancy + slack
    for each in (fewer, more):
        assert all(-slack <= share <= 1 + slack for share in (each.waiting, each.answered, each.abandoned, each.occupancy))


@given(LOADS, OPERATORS, AHTS, TIMES, PATIENCES, st.floats(1.01, 2))
def test_more_calls_are_never_better(load: float, operators: int, aht_s: float, within_s: float, patience_s: float, factor: float) -> None:
    # SL-03, SL-07
    for patience in (inf, patience_s):
        quiet, busy = (predict(each, operators, aht_s, within_s, patience) for each in (load, load * factor))
        assert busy.waiting >= quiet.waiting - 1e-9
        assert busy.answered <= quiet.answered + 1e-9
        assert busy.occupancy >= quiet.occupancy - 1e-9
    assert erlang_b(load * factor, operators) >= erlang_b(load, operators)


GOALS = st.builds(Goal, st.floats(0, 0.999), st.floats(0, 120), st.floats(0.5, 300), st.floats(0.3, 1))


@settings(max_examples=60)
@given(LOADS, AHTS, GOALS, st.one_of(st.just(inf), PATIENCES))
def test_the_fewest_who_meet_the_goal(load: float, aht_s: float, goal: Goal, patience_s: float) -> None:
    # SL-03, D2
    enough = operators_needed(load, aht_s, goal, patience_s)
    assert predict(load, enough, aht_s, goal.within_s, patience_s).meets(goal)
    assert enough == 1 or not predict(load, enough - 1, aht_s, goal.within_s, patience_s).meets(goal)


def test_each_part_of_the_goal_may_decide() -> None:
    # D2: 98 of 100 within 20 s, 8 s on average; and no more than people can bear
    assert Goal() == Goal(0.98, 20, 8, 0.88)
    assert operators_needed(1.7, 300, Goal()) == 6  # the 20 seconds
    assert operators_needed(10, 180, Goal(0, 20, 8, 1)) == 14  # the mean: 7.84 s
    assert operators_needed(2475, 300, Goal()) == 2813  # what people can bear
    assert operators_needed(0, 300, Goal()) == 1  # D15: somebody is there at night, too
    assert operators_needed(0, 300, Goal(), 120) == 1
    with pytest.raises(ValueError, match="nobody"):
        operators_needed(1, 300, Goal(share=1.01))


@pytest.mark.parametrize(("load", "operators"), [(10, 10), (10, 3), (0.5, 0), (1000, 1)])
def test_fewer_operators_than_load(load: float, operators: int) -> None:
    # SL-03: Erlang C diverges: everybody waits, longer and longer
    assert erlang_c(load, operators) == 1
    assert predict(load, operators, 300) == Prediction(1, 0, inf, 0, 1)


def test_a_night_that_is_far_too_thin() -> None:
    # SL-03: with impatience it has an end: 1000 erlangs for 10 operators, 99 of 100 give up
    predicted = predict(1000, 10, 300, 20, 120)
    assert predicted.abandoned == pytest.approx(0.99)
    assert predicted.mean_wait_s == pytest.approx(0.99 * 120)
    assert predicted.answered < 1e-6


def test_fifty_thousand_operators_take_milliseconds() -> None:
    # SL-03: 0.01 s on a quiet machine
    began = time.process_time()
    assert operators_needed(49_500, 300, only(0.98)) == 49_554
    assert erlang_c(49_500, 50_000) < 0.03
    assert time.process_time() - began < 0.5
    assert 0 < predict(50_000, 50_000, 300, 20, 120).abandoned < 0.01
    assert predict(60_000, 50_000, 300, 20, 120).abandoned == pytest.approx(1 / 6)


@given(LOADS, st.floats(1e-6, 0.5))
def test_no_line_too_few_and_none_too_many(load: float, blocked: float) -> None:
    # SL-07
    lines = lines_needed(load, blocked)
    assert erlang_b(load, lines) <= blocked < erlang_b(load, lines - 1)


def test_paid_operators() -> None:
    # SL-01
    assert [paid(n, 0.3) for n in (7, 14, 2516)] == [10, 20, 3595]
    assert paid(10, 0) == 10


@pytest.mark.parametrize("variation", [0.0, 0.5, 1.0, 2.0])
def test_the_limited_handling_time_is_an_integral(variation: float) -> None:
    # SL-03: against sums over equally likely lengths of calls
    handling, normal = HandlingTime(300, variation), NormalDist()
    deviation = sqrt(log(1 + variation**2))
    lengths = [300 * exp(deviation * normal.inv_cdf((n + 0.5) / 20_000) - deviation**2 / 2) for n in range(20_000)]
    for limit in (1, 60, 300, 900, 3600):
        assert handling.limited(limit) == pytest.approx(fmean(min(length, limit) for length in lengths), rel=1e-3)
    assert handling.limited(0) == handling.limited(-5) == 0
    assert handling.limited(1e9) == pytest.approx(300, rel=1e-6)


def test_the_load_lags_behind_the_calls() -> None:
    # SL-03: Jennings et al.; 360 calls for half an hour, before and after it 36
    calls = [36.0, 36, 360, 36, 36, 36, 36, 36]
    lagging = loads(calls, 1800, HandlingTime(600))
    assert lagging[:2] == pytest.approx([12, 12])
    assert 100 < lagging[2] < 120  # not all of those calls are there at a time
    assert lagging[3] == pytest.approx(lagging[2])  # the half-hour after begins with the load of the one before
    assert 12 < lagging[5] < lagging[4] < lagging[3]
    assert all(before >= after for before, after in pairwise(lagging[3:]))
    short = loads(calls, 1800, HandlingTime(0.1))
    assert short[2] == pytest.approx(0.02, rel=1e-3)


@given(st.floats(0, 1000), st.integers(1, 60), st.floats(1, 3600), st.floats(0, 3))
def test_a_steady_stream_has_the_load_of_little(calls: float, intervals: int, mean_s: float, variation: float) -> None:
    # SL-03: L = λW, whatever the handling times are
    steady = loads([calls] * intervals, 1800, HandlingTime(mean_s, variation))
    assert steady == pytest.approx([calls * mean_s / 1800] * intervals)
