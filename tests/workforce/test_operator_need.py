"""Operators for calls and concurrent chats together, beside the formulas (SL-03, CH-10)."""

from math import inf
from statistics import mean

import pytest

from hub.workforce.erlang import Goal, operators_needed, predict
from hub.workforce.mixed_floor import Mix, simulated
from hub.workforce.operator_need import PATIENCE_S, Standard, achieved, need


def test_calls_alone_are_erlangs_formula() -> None:
    # SL-03
    mix = Mix(calls=60, chats=0, call_s=300, chat_s=600)
    assert abs(need(mix).operators - operators_needed(20, 300, Goal(), PATIENCE_S)) <= 1


@pytest.mark.parametrize("operators", (22, 24, 27))
def test_the_simulated_floor_agrees_with_the_formula_where_there_is_one(operators: int) -> None:
    # SL-03: Erlang A for calls alone
    seen, told = [simulated(Mix(60, 0, 300, 600), operators, 4, 20, 180, seed) for seed in range(15)], predict(20, operators, 300, 20, 180)
    assert mean(each.answered for each in seen) == pytest.approx(told.answered, abs=0.03)
    assert mean(each.abandoned for each in seen) == pytest.approx(told.abandoned, abs=0.01)
    assert mean(each.occupancy for each in seen) == pytest.approx(told.occupancy, abs=0.02)


def test_chats_are_servers_of_their_own() -> None:
    # CH-10: three operators with four chats each are twelve servers of Erlang C
    seen = [simulated(Mix(0, 15, 300, 600), 3, 4, 20, inf, seed) for seed in range(20)]
    assert mean(each.answered for each in seen) == pytest.approx(predict(10, 12, 600, 20).answered, abs=0.05)


def test_together_they_need_fewer_than_apart_and_more_than_one_pool() -> None:
    # CH-10
    both, calls, chats = need(Mix(40, 60, 300, 600)), need(Mix(40, 0, 300, 600)), need(Mix(0, 60, 300, 600))
    assert 40 * 300 / 900 + 60 * 600 / 900 / 4 < both.operators <= calls.operators + chats.operators
    assert achieved(Mix(40, 60, 300, 600), both.operators).answered > 0.96


def test_what_few_operators_achieve() -> None:
    # SL-03: two are ill
    mix = Mix(40, 20, 300, 600)
    enough = need(mix).operators
    well, ill = achieved(mix, enough), achieved(mix, enough - 2)
    assert well.mean_wait_s < ill.mean_wait_s
    assert achieved(mix, 0).answered == 0
    assert need(Mix(0, 0, 300, 600)).operators == 0


def test_leave_and_illness_are_paid_for() -> None:
    needed = need(Mix(40, 0, 300, 600), Standard(shrinkage=0.5))
    assert needed.paid == 2 * needed.operators
