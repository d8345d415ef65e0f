"""Operators needed for calls and concurrent chats together (SL-03, CH-10). Pure.

Without chats it is Erlang's formula. With both there is none: an operator in a chat may take another chat, and no call. So it is that of
two pools that do not help each other, less what a simulated common floor saves.
"""

from functools import lru_cache
from math import exp, inf, log

from msgspec import Struct

from hub.access.operator import CAPACITY
from hub.conversations.channel_traits import Cost
from hub.workforce.erlang import Goal, Prediction, operators_needed, paid, predict
from hub.workforce.mixed_floor import Mix, simulated

QUARTER_S = 900.0
CHATS = CAPACITY // Cost.CHAT
PATIENCE_S = 180.0
SHRINKAGE = 0.3
ROUNDED_S, FINE, COARSE, FEWEST = 30.0, 0.04, 0.25, 0.02
"""Handling times are rounded, and numbers to steps of 4 %, in simulation of 25 %: quarters of an hour that are alike are computed once.

Fewer contacts than the last are none."""
GOAL = Goal()


class Standard(Struct, frozen=True):
    """What a centre promises, and of its people's paid time the share that is leave, illness, training and breaks."""

    goal: Goal = GOAL
    patience_s: float = PATIENCE_S
    shrinkage: float = SHRINKAGE


class Need(Struct, frozen=True):
    """`operators` at work, `paid` on the payroll for them."""

    operators: int
    paid: int


STANDARD = Standard()
NOBODY = Prediction(0, 1, 0, 0, 0)


def need(mix: Mix, standard: Standard = STANDARD) -> Need:
    """For one quarter of an hour; nobody where nothing comes."""
    alike = _rounded(mix)
    if not alike.calls and not alike.chats:
        return Need(0, 0)
    operators = _needed(alike, standard)
    return Need(operators, paid(operators, standard.shrinkage))


def achieved(mix: Mix, operators: int, standard: Standard = STANDARD) -> Prediction:
    """What so many operators achieve."""
    alike = _rounded(mix)
    if not alike.calls and not alike.chats:
        return NOBODY
    return _achieved(alike, operators, standard) if operators else Prediction(1, 0, inf, 1, 1)


@lru_cache(20_000)
def _needed(mix: Mix, standard: Standard) -> int:
    apart = _apart(mix, standard)
    return apart - _saved(_rounded(mix, COARSE), standard) if mix.calls and mix.chats and apart > 1 else apart


def _apart(mix: Mix, standard: Standard) -> int:
    """Operators of two pools: of calls, and of chats, each of whose operators is as many servers as they have chats at once."""
    goal, patience_s = standard.goal, standard.patience_s
    for_calls = operators_needed(mix.calls * mix.call_s / QUARTER_S, mix.call_s, goal, patience_s) if mix.calls else 0
    servers = operators_needed(mix.chats * mix.chat_s / QUARTER_S, mix.chat_s, goal, patience_s) if mix.chats else 0
    return for_calls - (-servers // CHATS)


@lru_cache(5_000)
def _saved(mix: Mix, standard: Standard) -> int:
    """Operators fewer than apart with which the simulated floor still keeps the goal."""
    apart = enough = _apart(mix, standard)
    while enough > 1 and _achieved(mix, enough - 1, standard).meets(standard.goal):
        enough -= 1
    return min(apart - enough, apart - 1)


@lru_cache(20_000)
def _achieved(mix: Mix, operators: int, standard: Standard) -> Prediction:
    if not mix.chats:
        return predict(mix.calls * mix.call_s / QUARTER_S, operators, mix.call_s, standard.goal.within_s, standard.patience_s)
    return simulated(mix, operators, CHATS, standard.goal.within_s, standard.patience_s)


def _rounded(mix: Mix, step: float = FINE) -> Mix:
    def near(number: float) -> float:
        return round(exp(round(log(number) / step) * step), 3) if number > FEWEST else 0.0
    return Mix(near(mix.calls), near(mix.chats), max(round(mix.call_s / ROUNDED_S), 1) * ROUNDED_S,
               max(round(mix.chat_s / ROUNDED_S), 1) * ROUNDED_S)
