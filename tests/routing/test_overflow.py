"""Overload, relief and sites: no flapping, one direction at a time, nobody takes more than he can, and balancing helps."""

import heapq
import math
import random
from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.organisation.overload_thresholds import OverloadThresholds
from routing.forecast import Forecast
from routing.overflow import Callback, Figures, NoRelief, Overflow, Relief
from routing.overload import State, Switch
from routing.sites import Sites

CALM, BUSY, IDLE = State(0, 0.85, 40), State(45, 1.0, 40), State(0, 0.3, 40)
NOBODY = State(math.inf, 1.0, 0)


def states(seconds: Sequence[float], predicted: Callable[[float], float], occupancy: float = 0.7) -> list[bool]:
    switch = Switch(OverloadThresholds())
    return [switch.observe(State(predicted(now_s), occupancy, 40), now_s) for now_s in seconds]


def changes(on: Sequence[bool]) -> int:
    return sum(one != other for one, other in pairwise([False, *on]))


def test_a_long_predicted_wait_is_an_overload_at_once() -> None:
    # D9
    assert states(range(3), lambda _: 20.0) == [False] * 3
    assert states(range(3), lambda _: 20.1) == [True] * 3


def test_high_occupancy_is_an_overload_after_a_minute_without_a_break() -> None:
    # D9
    switch = Switch(OverloadThresholds())
    high, low = State(0, 0.91, 40), State(0, 0.90, 40)
    assert [switch.observe(high, now_s) for now_s in (0, 30, 59)] == [False] * 3
    assert not switch.observe(low, 59.5)
    assert [switch.observe(high, now_s) for now_s in (60, 119, 120)] == [False, False, True]
    # Over only below the lower threshold, and for a minute.
    assert [switch.observe(CALM, now_s) for now_s in (130, 300)] == [True, True]
    assert [switch.observe(IDLE, now_s) for now_s in (310, 369, 370)] == [True, True, False]


@pytest.mark.parametrize(("low_s", "high_s"), [(12, 28), (0, 40)])
def test_a_sawtooth_does_not_make_it_flap(low_s: float, high_s: float) -> None:
    # D9: thirty teeth of 40 s; a single threshold would change sixty times
    def tooth(now_s: float) -> float:
        return low_s + (high_s - low_s) * (now_s % 40) / 40

    assert changes([tooth(now_s) > 20 for now_s in range(1200)]) > 50
    assert changes(states(range(1200), tooth)) == 1


@given(st.lists(st.tuples(st.floats(0.1, 30), st.floats(0, 60), st.floats(0, 1)), max_size=200))
def test_it_ends_at_most_once_a_minute_whatever_the_load(load: list[tuple[float, float, float]]) -> None:
    # D9
    switch, now_s, ended = Switch(OverloadThresholds()), 0.0, [-60.0]
    for passed_s, predicted_s, occupancy in load:
        now_s, before = now_s + passed_s, switch.on
        if before and not switch.observe(State(predicted_s, occupancy, 10, 100), now_s):
            ended.append(now_s)
    assert all(later - earlier >= 60 for earlier, later in pairwise(ended))


@pytest.mark.parametrize("wrong", [
    {"wait_on_s": 10, "wait_off_s": 10}, {"occupancy_on": 0.8}, {"occupancy_on": 1.1}, {"lasting_s": -1}, {"wait_off_s": -1}, {"occupancy": 1}])
def test_thresholds_that_would_flap_stop_the_start(wrong: dict[str, float]) -> None:
    # D9
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, OverloadThresholds)


def country(**centres: State) -> Overflow:
    overflow = Overflow()
    for centre, state in centres.items():
        overflow.observe(centre, state, 0)
    return overflow


def test_relief_comes_only_under_load_from_the_quickest_that_is_allowed() -> None:
    # RT-04, RT-06
    overflow = country(r=BUSY, m=CALM, g=IDLE, f=State(3, 0.5, 40))
    assert overflow.relieve("m", ["f"], 0) is None
    assert overflow.relieve("stranger", ["f"], 0) is None
    assert overflow.relieve("r", ["g", "f"], 0) == Relief("g")
    assert overflow.relieve("r", ["f"], 0) == Relief("f")
    assert overflow.overloaded() == {"r"}


@pytest.mark.parametrize(("receiver", "why"), [
    (BUSY, NoRelief.OVERLOADED), (NOBODY, NoRelief.OVERLOADED), (CALM, NoRelief.NO_ROOM), (State(19, 0.5, 40), None), (None, NoRelief.UNKNOWN)])
def test_whoever_cannot_refuses_and_a_callback_is_offered(receiver: State | None, why: NoRelief | None) -> None:
    # RT-09, RT-08
    overflow = country(r=BUSY) if receiver is None else country(r=BUSY, f=receiver)
    expected = Relief("f") if why is None else Callback(45, {"f": why})
    assert overflow.relieve("r", ["f"], 0) == expected
    assert overflow.figures["r", "f"] == Figures(1, int(why is None), int(why is not None))
    assert overflow.relieve("r", [], 0) == Callback(45, {})


def test_a_centre_that_is_only_too_busy_is_relieved_before_anybody_waits() -> None:
    # D9, SL-03
    overflow, busy = country(f=IDLE), State(0, 0.95, 40)
    for now_s in (0, 60):
        overflow.observe("r", busy, now_s)
    assert overflow.relieve("r", ["f"], 60) == Relief("f")


def test_nobody_is_sent_to_where_the_wait_is_no_shorter() -> None:
    # RT-03
    tight = Overflow({"r": OverloadThresholds(wait_on_s=5, wait_off_s=1)})
    tight.observe("r", State(8, 0.7, 40), 0)
    tight.observe("f", State(9, 0.5, 40), 0)
    assert tight.relieve("r", ["f"], 0) == Callback(8, {"f": NoRelief.NO_QUICKER})


def test_a_receiver_takes_no_more_than_its_spare_operators_can_do() -> None:
    # RT-09: (0.80 − 0.30) × 40 = 20 operators are spare until it next reports
    overflow = country(r=BUSY, q=BUSY, f=IDLE)
    taken = [isinstance(overflow.relieve(sender, ["f"], 0), Relief) for _ in range(15) for sender in "rq"]
    assert taken == [True] * 20 + [False] * 10
    assert [overflow.figures[sender, "f"] for sender in "rq"] == [Figures(15, 10, 5)] * 2
    overflow.observe("f", State(0, 0.78, 50), 5)
    assert [isinstance(overflow.relieve("r", ["f"], 0), Relief) for _ in range(3)] == [True, False, False]


def test_the_other_direction_waits_until_the_first_has_ended() -> None:
    # D9, RT-09
    overflow = country(a=BUSY, b=IDLE)
    assert overflow.relieve("a", ["b"], 0) == Relief("b")
    overflow.observe("a", IDLE, 1)  # still on: it has been low for a moment only
    overflow.observe("b", BUSY, 1)
    assert overflow.relieve("b", ["a"], 1) == Callback(45, {"a": NoRelief.OVERLOADED})
    overflow.observe("a", IDLE, 61)
    assert overflow.relieve("b", ["a"], 299) == Callback(45, {"a": NoRelief.OTHER_DIRECTION})
    assert overflow.flows(299) == {("a", "b")}
    assert overflow.relieve("b", ["a"], 300) == Relief("a")
    assert overflow.flows(300) == {("b", "a")}
    overflow.observe("a", BUSY, 301)
    overflow.observe("b", IDLE, 301)
    overflow.observe("b", IDLE, 361)
    assert overflow.relieve("a", ["b"], 361) == Callback(45, {"b": NoRelief.OTHER_DIRECTION})


def test_whoever_is_lost_takes_nothing_and_is_forgotten_as_a_sender() -> None:
    # LV-04, RT-08
    overflow = country(a=BUSY, b=IDLE)
    overflow.relieve("a", ["b"], 0)
    overflow.lost("b")
    assert (overflow.flows(0), overflow.relieve("a", ["b"], 0)) == (frozenset(), Callback(45, {"b": NoRelief.UNKNOWN}))
    overflow.lost("a")
    assert overflow.overloaded() == frozenset()


CENTRES = ("a", "b", "c")
LOADS = st.builds(State, st.floats(0, 60), st.floats(0, 1), st.integers(0, 50))


@given(st.lists(st.tuples(st.floats(0, 50), st.sampled_from(CENTRES), LOADS, st.sampled_from(CENTRES), st.permutations(CENTRES)), max_size=80))
def test_never_both_ways_at_once_and_the_figures_add_up(happens: list[tuple[float, str, State, str, list[str]]]) -> None:
    # D9, RT-09
    overflow, now_s = Overflow(), 0.0
    for passed_s, observed, state, sender, order in happens:
        now_s += passed_s
        overflow.observe(observed, state, now_s)
        before = overflow.overloaded()
        got = overflow.relieve(sender, [each for each in order if each != sender], now_s)
        if isinstance(got, Relief):
            assert got.centre not in before
            assert sender in before
            assert (sender, got.centre) in overflow.flows(now_s)
        assert not {(receiver, sender) for sender, receiver in overflow.flows(now_s)} & overflow.flows(now_s)
    assert all(each.offered == each.taken + each.refused for each in overflow.figures.values())


def test_a_site_is_left_only_for_a_clearly_shorter_wait() -> None:
    # RT-03, LV-01
    sites = Sites(margin_s=5)
    assert sites.choose("tomsk", {"tomsk": 14.0, "kazan": 9.0}) == "tomsk"
    assert sites.choose("tomsk", {"tomsk": 14.1, "kazan": 9.0}) == "kazan"
    assert sites.choose("tomsk", {"tomsk": 9.0, "kazan": 14.0}) == "kazan"
    assert sites.choose("kazan", {"tomsk": 9.0, "kazan": 12.0}) == "kazan"
    assert sites.choose("tomsk", {"tomsk": 30.0}) == "tomsk"
    assert sites.choose("tomsk", {"perm": math.inf, "kazan": math.inf}) == "kazan"
    assert sites.choose("tomsk", {"perm": 3.0, "tomsk": 3.0}) == "tomsk"
    assert sites.choose("tomsk", {}) == ""


def test_a_small_difference_does_not_make_the_sites_flap() -> None:
    # RT-03: the wait swings by four seconds around that of the other
    sites = Sites(margin_s=5)
    assert {sites.choose("tomsk", {"tomsk": 10 + 4 * math.sin(now), "kazan": 10.0}) for now in range(500)} == {"tomsk"}


class Halls:
    """Several lines with operators of their own, and a rule for where a new conversation waits. Seeded; seconds."""

    def __init__(self, per_s: dict[str, float], operators: dict[str, int], seed: int) -> None:
        self.per_s, self.operators, self.random = per_s, operators, random.Random(seed)
        self.forecasts = {name: Forecast(200) for name in per_s}
        self.busy, self.lines = dict.fromkeys(per_s, 0), {name: deque[tuple[int, float]]() for name in per_s}
        self.worst_s: list[float] = []
        """The longest predicted wait of all lines at each event."""
        self.waits_s: dict[str, list[float]] = {name: [] for name in per_s}
        for name, count in operators.items():
            self.forecasts[name].staffed(0, count, 0)

    def predicted_s(self, now_s: float) -> dict[str, float]:
        return {name: forecast.predicted_s(now_s) for name, forecast in self.forecasts.items()}

    def state(self, name: str, now_s: float) -> State:
        forecast = self.forecasts[name]
        return State(forecast.predicted_s(now_s), forecast.occupancy, forecast.operators)

    def run(self, place: Callable[[str, float], str], until_s: float = 7200.0) -> None:
        events = [(self.random.expovariate(rate), "came", name) for name, rate in self.per_s.items()]
        heapq.heapify(events)
        number = 0
        while events:
            now_s, what, name = heapq.heappop(events)
            if what == "came" and now_s < until_s:
                heapq.heappush(events, (now_s + self.random.expovariate(self.per_s[name]), "came", name))
                name, number = place(name, now_s), number + 1
                self.lines[name].append((number, now_s))
                self.forecasts[name].arrived(number, now_s)
            elif what == "finished":
                self.busy[name] -= 1
            self.serve(name, now_s, events)
            if now_s < until_s:
                self.worst_s.append(max(self.predicted_s(now_s).values()))

    def serve(self, name: str, now_s: float, events: list[tuple[float, str, str]]) -> None:
        line, forecast = self.lines[name], self.forecasts[name]
        while line and self.busy[name] < self.operators[name]:
            number, since_s = line.popleft()
            self.waits_s[name].append(now_s - since_s)
            forecast.served(number, now_s)
            handling_s = self.random.expovariate(1 / 200)
            forecast.finished(handling_s, now_s)
            self.busy[name] += 1
            heapq.heappush(events, (now_s + handling_s, "finished", name))
        forecast.staffed(self.busy[name], self.operators[name] - self.busy[name], now_s)


@pytest.mark.parametrize("seed", range(4))
def test_balancing_the_sites_shortens_the_longest_predicted_wait(seed: int) -> None:
    # RT-03, FD-05
    per_s, operators = {"moscow": 0.16, "kazan": 0.11, "tomsk": 0.05}, {"moscow": 30, "kazan": 25, "tomsk": 20}
    alone, balanced = Halls(per_s, operators, seed), Halls(per_s, operators, seed)
    alone.run(lambda home, _: home)
    sites = Sites()
    balanced.run(lambda home, now_s: sites.choose(home, balanced.predicted_s(now_s)))
    assert max(balanced.worst_s) < max(alone.worst_s) / 2
    assert sum(balanced.worst_s) / len(balanced.worst_s) < sum(alone.worst_s) / len(alone.worst_s) / 2


@pytest.mark.parametrize("seed", range(4))
def test_overflow_helps_the_region_and_does_not_harm_the_federal_centre(seed: int) -> None:
    # RT-04, RT-09: seven in ten questions are general
    per_s, operators = {"region": 0.125, "federal": 0.12}, {"region": 22, "federal": 40}
    alone, helped = Halls(per_s, operators, seed), Halls(per_s, operators, seed)
    alone.run(lambda home, _: home)
    overflow, chance = Overflow(), random.Random(seed)

    def place(home: str, now_s: float) -> str:
        for name in per_s:
            overflow.observe(name, helped.state(name, now_s), now_s)
        if home == "region" and chance.random() < 0.7:
            got = overflow.relieve(home, ["federal"], now_s)
            return got.centre if isinstance(got, Relief) else home
        return home

    helped.run(place)
    assert sum(helped.waits_s["region"]) / len(helped.waits_s["region"]) < sum(alone.waits_s["region"]) / len(alone.waits_s["region"]) / 3
    assert sum(wait > 20 for wait in helped.waits_s["federal"]) < 0.02 * len(helped.waits_s["federal"])
    assert overflow.figures["region", "federal"].taken > 50
