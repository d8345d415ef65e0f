"""The simulator against Erlang, Palm and ciw; nothing is lost in it; help between levels follows the matrix and is worth something."""

from collections.abc import Callable, Sequence
from heapq import heapify, heapreplace
from math import inf, sqrt
from random import Random
from statistics import mean, stdev

import ciw
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from hub.conversations.transfer_route import TransferReason
from hub.organisation.level import Level, TopicClass
from hub.workforce.erlang import erlang_b, predict
from routing.demand import HOUR_S, Behaviour, Call, Place, calls_of, country, exponential, hourly, lognormal
from routing.nation import CHEAPEST, D9, GOAL, NEVER, Nation, Prices, by_level, meets, search, worth
from routing.service_level import ServiceLevelFigures, total
from routing.simulate import OverflowPolicy, Simulation, StaffedCentre

AHT_S = 300.0
T_99 = 3.5
"""Student's t for 99 % and seven degrees of freedom: eight runs."""
PLACE = Place("a", 3, 1, "a")


def one_centre(load: float, operators: int, patience_s: float, seed: int, hours: int = 8) -> ServiceLevelFigures:
    behaviour = Behaviour(exponential(AHT_S), exponential(patience_s), 0, accepts_callback=0)
    simulation = Simulation([StaffedCentre("a", Level.REGIONAL, (operators,))], [PLACE], from_s=HOUR_S)
    calls = calls_of([[load * HOUR_S / AHT_S] * 24], behaviour, Random(seed), range(hours))
    simulation.run(calls, hours * HOUR_S)
    return simulation.observed[Level.REGIONAL]


def agrees(figures: list[float], exact: float) -> bool:
    """Whether the exact figure lies in the confidence interval of 99 % of eight runs."""
    return abs(mean(figures) - exact) <= T_99 * stdev(figures) / sqrt(len(figures))


@pytest.mark.parametrize(("load", "operators", "patience_s"), [(10, 13, inf), (10, 10, 120), (10, 7, 90)])
def test_one_centre_agrees_with_erlang(load: float, operators: int, patience_s: float) -> None:
    # SL-03: Erlang C for those who wait for ever, Erlang A for those who do not, also under overload
    runs = [one_centre(load, operators, patience_s, seed, 12) for seed in range(8)]
    exact = predict(load, operators, AHT_S, 20, patience_s)
    assert agrees([run.share for run in runs], exact.answered)
    assert agrees([run.mean_wait_s for run in runs], exact.mean_wait_s)
    assert agrees([run.occupancy for run in runs], exact.occupancy)
    assert agrees([run.abandoned / run.offered for run in runs], exact.abandoned) or not exact.abandoned


def test_a_wrong_formula_is_found() -> None:
    # SL-03: the intervals are narrow enough to tell one operator more or less
    runs = [one_centre(10, 13, inf, seed, 12) for seed in range(8)]
    assert not agrees([run.share for run in runs], predict(10, 12, AHT_S).answered)
    assert not agrees([run.share for run in runs], predict(10, 14, AHT_S).answered)


def test_one_centre_agrees_with_ciw() -> None:
    # SL-03
    def by_ciw(seed: int) -> tuple[float, float]:
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(8 / AHT_S)], service_distributions=[ciw.dists.Exponential(1 / AHT_S)],
            number_of_servers=[9], reneging_time_distributions=[ciw.dists.Exponential(1 / 120)])
        ciw.seed(seed)
        world = ciw.Simulation(network)
        world.simulate_until_max_time(8 * HOUR_S)
        seen = [record for record in world.get_all_records(only=["service", "renege"]) if record.arrival_date >= HOUR_S]
        return mean(record.waiting_time for record in seen), mean(record.record_type == "renege" for record in seen)

    theirs = [by_ciw(seed) for seed in range(8)]
    ours = [(run.mean_wait_s, run.abandoned / run.offered) for run in (one_centre(8, 9, 120, seed) for seed in range(8))]
    for one, other in zip(zip(*theirs, strict=True), zip(*ours, strict=True), strict=True):
        assert abs(mean(one) - mean(other)) <= T_99 * sqrt((stdev(one) ** 2 + stdev(other) ** 2) / 8)


PLACES = country(6, 3)
SMALL = Nation.of(PLACES, 12_000)


def small_day(operators: Callable[[str], int], help_: OverflowPolicy = D9) -> tuple[int, Simulation]:
    """The busy hours of a small country: how many calls came, and what happened."""
    codes = ["000", *dict.fromkeys(place.municipal or place.regional for place in PLACES)]
    levels = {"000": Level.FEDERAL}
    centres = [StaffedCentre(code, levels.get(code, Level.MUNICIPAL if code.endswith("M") else Level.REGIONAL), (operators(code),)) for code in codes]
    simulation = Simulation(centres, PLACES, help_=help_, start_s=9 * HOUR_S)
    coming = list(calls_of(SMALL.by_hour, SMALL.behaviour, Random(5), range(9, 12)))
    simulation.run(coming, 12 * HOUR_S)
    return len(coming), simulation


@pytest.mark.parametrize("operators", [1, 8, 40])
def test_every_call_is_accounted_for(operators: int) -> None:
    # RT-08: nothing is lost between centres, whatever the load
    calls, simulation = small_day(lambda _: operators)
    seen = total(list(simulation.observed.values()))
    assert seen.offered == calls
    assert len(seen.waits_s) == calls - seen.waiting
    assert seen.kept <= seen.promised <= seen.offered_callbacks
    assert seen.in_time <= seen.answered
    assert seen.abandoned_soon <= seen.abandoned
    assert 0 < seen.occupancy <= 1


def test_the_same_calls_and_operators_give_the_same_day() -> None:
    # CH-08: reproducible
    _, one = small_day(lambda _: 12)
    _, other = small_day(lambda _: 12)
    assert one.observed == other.observed
    _, another = small_day(lambda _: 13)
    assert one.observed != another.observed


def test_only_what_the_matrix_permits_moves() -> None:
    # RT-02, RT-04, RT-06, RT-09: help goes to the federal centre; it hands on what it may not answer, and takes what it has room for
    _, simulation = small_day(lambda code: 60 if code == "000" else 14)
    federal, regional, municipal = (simulation.observed[level] for level in (Level.FEDERAL, Level.REGIONAL, Level.MUNICIPAL))
    assert set(federal.transfers) == {TransferReason.PERSONALISED, TransferReason.TERRITORIAL}
    assert set(regional.transfers) == {TransferReason.GENERAL_OVERLOAD}
    assert federal.taken == sum(each.transfers[TransferReason.GENERAL_OVERLOAD] for each in (regional, municipal)) > 0
    assert regional.taken == municipal.taken == 0
    assert federal.share > 0.98


def test_only_general_questions_are_helped() -> None:
    # RT-04, D10
    own = Behaviour(lognormal(AHT_S), exponential(180), 0, ((TopicClass.PERSONALISED, 1),))
    simulation = Simulation([StaffedCentre("000", Level.FEDERAL, (90,)), StaffedCentre("a", Level.REGIONAL, (5,))], [PLACE])
    simulation.run(calls_of([[120] * 24], own, Random(1), range(2)), 2 * HOUR_S)
    assert simulation.observed[Level.FEDERAL].offered == 0
    assert simulation.observed[Level.REGIONAL].offered_callbacks > 0


def test_help_shortens_the_waits_of_an_overloaded_level() -> None:
    # RT-03, RT-04
    def regional(help_: OverflowPolicy) -> ServiceLevelFigures:
        return small_day(lambda code: 60 if code == "000" else 14, help_)[1].observed[Level.REGIONAL]

    helped, alone = regional(D9), regional(NEVER)
    assert helped.mean_wait_s < alone.mean_wait_s
    assert alone.transfers.total() == 0


def test_a_callback_waits_behind_the_line_and_is_not_in_time() -> None:
    # D2, CB-01
    wishes = Behaviour(exponential(AHT_S), exponential(600), 0, accepts_callback=1)
    simulation = Simulation([StaffedCentre("a", Level.REGIONAL, (5,))], [PLACE])
    simulation.run(calls_of([[90] + [20] * 23], wishes, Random(2), range(3)), 3 * HOUR_S)
    seen = simulation.observed[Level.REGIONAL]
    assert seen.promised == seen.offered_callbacks > 0
    assert seen.kept == seen.promised
    assert seen.offered - seen.breaches == seen.in_time <= seen.answered == seen.offered - seen.promised - seen.abandoned - seen.waiting


def test_operators_come_and_go_by_the_hour_and_finish_their_calls() -> None:
    # SL-03
    simulation = Simulation([StaffedCentre("a", Level.REGIONAL, (3, 1, 2))], [PLACE])
    call = Call(HOUR_S - 100, 0, federal=False, topic=TopicClass.GENERAL, handling_s=900, patience_s=inf, accepts_callback=False)
    late = Call(HOUR_S + 60, 0, federal=False, topic=TopicClass.GENERAL, handling_s=100, patience_s=inf, accepts_callback=False)
    simulation.run([call, call, call, late], 3 * HOUR_S)
    seen = simulation.observed[Level.REGIONAL]
    assert seen.waits_s == [0, 0, 0, 740], "of three who talk one stays, and is free first when all end at once"
    assert seen.busy_s == pytest.approx(3 * 900 + 100)
    assert seen.staffed_s == pytest.approx((3 + 1 + 2) * HOUR_S + 2 * 800), "two go home 800 s late"


def asked(at_s: float, handling_s: float) -> Call:
    return Call(at_s, 0, federal=False, topic=TopicClass.GENERAL, handling_s=handling_s, patience_s=inf, accepts_callback=False)


def with_lines(calls: Sequence[Call], operators: int, lines: int | None) -> tuple[ServiceLevelFigures, int]:
    simulation = Simulation([StaffedCentre("a", Level.REGIONAL, (operators,), lines)], [PLACE])
    simulation.run(calls, 24 * HOUR_S)
    return simulation.observed[Level.REGIONAL], simulation.most_held("a")


def talking_at_once(calls: Sequence[Call], operators: int) -> int:
    """Counted by hand: who is first in line is answered by whoever is free first, and holds a line from the call to its end."""
    free_s = [0.0] * operators
    heapify(free_s)
    ends_s = []
    for call in calls:
        ends_s.append(max(call.at_s, free_s[0]) + call.handling_s)
        heapreplace(free_s, ends_s[-1])
    return max(sum(call.at_s <= moment.at_s < end for call, end in zip(calls, ends_s, strict=True)) for moment in calls)


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(1, 600)), min_size=1, max_size=40), st.integers(1, 6), st.integers(1, 12))
def test_nobody_hears_the_busy_signal_while_there_are_lines(drawn: list[tuple[float, float]], operators: int, lines: int) -> None:
    # SL-07
    at_s, calls = 0.0, []
    for after_s, handling_s in drawn:
        at_s += after_s
        calls.append(asked(at_s, handling_s))
    free, most = with_lines(calls, operators, None)
    assert most == talking_at_once(calls, operators)
    seen, held = with_lines(calls, operators, lines)
    assert seen.offered + seen.busy_signals == len(calls)
    assert held <= lines
    if lines >= most:
        assert seen == free, "enough lines are as good as any number of them"
    else:
        assert seen.busy_signals > 0
        assert held == lines


@pytest.mark.parametrize(("load", "lines"), [(5, 6), (20, 22)])
def test_the_busy_signal_comes_as_often_as_erlang_says(load: float, lines: int) -> None:
    # SL-07: with an operator for each line nobody waits, and who finds no line is lost
    def blocked(seed: int) -> float:
        behaviour = Behaviour(exponential(AHT_S), exponential(inf), 0)
        simulation = Simulation([StaffedCentre("a", Level.REGIONAL, (lines,), lines)], [PLACE], from_s=HOUR_S)
        simulation.run(calls_of([[load * HOUR_S / AHT_S] * 24], behaviour, Random(seed), range(12)), 12 * HOUR_S)
        seen = simulation.observed[Level.REGIONAL]
        assert seen.mean_wait_s == 0
        return seen.busy_share

    runs = [blocked(seed) for seed in range(8)]
    assert agrees(runs, erlang_b(load, lines))
    assert not agrees(runs, erlang_b(load, lines + 3))


def test_whoever_hangs_up_or_takes_a_callback_frees_the_line() -> None:
    # SL-07, CB-01
    def busy(patience_s: float, *, accepts_callback: bool) -> int:
        first = asked(0, 1000)
        second = Call(1, 0, federal=False, topic=TopicClass.GENERAL, handling_s=10, patience_s=patience_s, accepts_callback=accepts_callback)
        return with_lines([first, second, asked(100, 10), asked(2000, 10)], 1, 2)[0].busy_signals

    assert busy(inf, accepts_callback=False) == 1
    assert busy(50, accepts_callback=False) == 0
    assert busy(inf, accepts_callback=True) == 0


def test_a_call_keeps_the_line_of_the_centre_that_was_dialled() -> None:
    # SL-07
    place = Place("a", 3, 1, "a")
    centres = [StaffedCentre("000", Level.FEDERAL, (1,), 1), StaffedCentre("a", Level.REGIONAL, (5,), 1)]
    simulation = Simulation(centres, [place])
    personal = Call(0, 0, federal=True, topic=TopicClass.PERSONALISED, handling_s=600, patience_s=inf, accepts_callback=False)
    simulation.run([personal, structs.replace(personal, at_s=60), asked(120, 60), structs.replace(personal, at_s=700)], HOUR_S)
    federal, regional = simulation.observed[Level.FEDERAL], simulation.observed[Level.REGIONAL]
    assert (federal.busy_signals, regional.busy_signals, regional.answered) == (1, 0, 3)
    assert (simulation.most_held("000"), simulation.most_held("a")) == (1, 1)


def test_the_country() -> None:
    # LV-02, LV-03
    places = country()
    assert sum(place.share for place in places) == pytest.approx(1)
    assert len({place.regional for place in places}) == 89
    assert {place.clock_h for place in places} == set(range(2, 13)) - {2} | {place.clock_h for place in places}
    assert max(sum(hour) for hour in zip(*hourly(places, 270_000), strict=True)) / 270_000 == pytest.approx(0.11, abs=0.005)


def test_calls_come_as_often_as_they_should() -> None:
    # SL-03
    coming = list(calls_of(hourly(PLACES, 10_000), SMALL.behaviour, Random(3)))
    assert len(coming) == pytest.approx(10_000, abs=4 * 100)
    assert [call.at_s for call in coming] == sorted(call.at_s for call in coming)
    assert mean(call.handling_s for call in coming) == pytest.approx(300, rel=0.05)
    assert mean(call.topic is TopicClass.GENERAL for call in coming) == pytest.approx(0.5, abs=0.02)
    assert mean(call.federal for call in coming) == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("load", [0.3, 2, 17, 212])
@pytest.mark.parametrize("price", [0.02, 0.7, 5])
def test_the_last_operator_is_worth_his_price(load: float, price: float) -> None:
    # SL-03
    def late(operators: int) -> float:
        return load * HOUR_S / AHT_S * (1 - predict(load, operators, AHT_S).answered)

    operators = worth(load, price)
    assert operators == 1 or late(operators - 1) - late(operators) >= price
    assert late(operators) - late(operators + 1) < price


def test_the_search_finds_a_staffing_that_keeps_the_promise_at_every_level() -> None:
    # SL-03, D2, RT-03
    calls = SMALL.busy_hour_calls(Random(1))
    tried = []
    found = search(SMALL, calls, rooms=(1.2, 1.5), steps=4, tell=lambda: tried.append(1))
    seen = SMALL.try_busy_hour(found.prices, calls)
    assert len(tried) == 8
    assert all(map(meets, seen.observed.values()))
    assert found.operators == sum(found.by_level.values()) == sum(by_level(SMALL.staffing(found.prices, [SMALL.busy_hour])).values())
    assert SMALL.pooled() < found.operators < SMALL.alone()


def test_a_search_without_an_answer_says_so() -> None:
    # SL-03
    rush = [Call(900 + number / 10, 0, federal=True, topic=TopicClass.GENERAL, handling_s=300, patience_s=60, accepts_callback=False) for number in range(900)]
    with pytest.raises(ValueError, match="nothing"):
        search(SMALL, rush, rooms=(1.2,), steps=2)


def test_cheaper_operators_are_more() -> None:
    # SL-03
    dear, cheap = (sum(each.operators[0] for each in SMALL.staffing(Prices(price, price, 1.3), [10])) for price in (10, CHEAPEST))
    assert dear < cheap
    assert sum(SMALL.loads(10).values()) == pytest.approx(sum(hour[10] for hour in SMALL.by_hour) * AHT_S / HOUR_S)
    assert GOAL.share == 0.98
