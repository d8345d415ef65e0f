"""A day of the forecast with other numbers: people ill, a channel closed, more contacts; and what would help (SL-03). Pure.

By the same formulas and simulation as the staffing (operator_need.py). Three helps are worked out, each with what it achieves: people
called in for whole shifts, people lent for the hours that lack them, contacts that overflow to another centre.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import isfinite

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.workforce.forecast_service import Outlook, mix_of
from hub.workforce.mixed_floor import Mix
from hub.workforce.operator_need import achieved, need
from hub.workforce.shift import KINDS, ShiftKind
from hub.workforce.volumes import QUARTERS

QUARTER_MIN = 15
MOST_SHIFTS = 4
"""Kinds of shifts that one proposal calls in."""
STEP_PERCENT = 5
MOST_PERCENT = 90


class Change(Struct, frozen=True):
    """`closed` is a channel; `moved_percent` of its contacts come by the others. `more_percent` is of all contacts, and may be negative."""

    absent: int = 0
    more_percent: int = 0
    closed: str = ""
    moved_percent: int = 50


class DayOutcome(Struct, frozen=True):
    """`answered` within 20 s and the wait of all contacts of a day; the worst quarter of an hour. None: nobody works."""

    answered: float
    mean_wait_s: float | None
    worst_quarter: int
    worst_answered: float


class HelpKind(StrEnum):
    CALL_IN = "call_in"
    LEND = "lend"
    OVERFLOW = "overflow"


class CalledIn(Struct, frozen=True):
    """So many people for a kind of shift."""

    kind: str
    people: int


class HelpProposal(Struct, frozen=True):
    """`number` is people, or per cent of the contacts between `begins` and `ends`, minutes of the day."""

    kind: HelpKind
    number: int
    begins: int
    ends: int
    outcome: DayOutcome
    shifts: tuple[CalledIn, ...] = ()


class WhatIf(Struct, frozen=True):
    """`usual` is the day without the change; `rostered` says that people are those of the published roster, not those needed."""

    usual: DayOutcome
    outcome: DayOutcome
    rostered: bool
    missing_hours: float
    proposals: tuple[HelpProposal, ...]


def _quarters(kind: ShiftKind) -> frozenset[int]:
    """Quarters of an hour of the same day; those of a night after midnight are of the night before."""
    return frozenset(at % QUARTERS for at in range(kind.begins // QUARTER_MIN, (kind.begins + kind.lasts) // QUARTER_MIN))


COVERED = {kind.code: _quarters(kind) for kind in KINDS}


def what_if(of: Outlook, day: int, change: Change, rostered: Sequence[int] | None = None) -> WhatIf:
    """`rostered` are operators in each quarter of an hour; without them the day has those whom it needs."""
    usual = [of.mix(day, quarter) for quarter in range(QUARTERS)]
    planned = list(rostered) if rostered is not None else [need(mix).operators for mix in usual]
    mixes = [_changed(of, day, quarter, change) for quarter in range(QUARTERS)]
    there = [max(number - change.absent, 0) for number in planned]
    missing = [max(need(mix).operators - number, 0) for mix, number in zip(mixes, there, strict=True)]
    return WhatIf(_outcome(usual, planned), _outcome(mixes, there), rostered is not None, sum(missing) * QUARTER_MIN / 60,
                  tuple(_proposals(mixes, there, missing)))


def _changed(of: Outlook, day: int, quarter: int, change: Change) -> Mix:
    contacts = of.forecast.expected[:, day, quarter] * (1 + change.more_percent / 100)
    if change.closed:
        closed = np.array([name.channel == change.closed for name in of.history.names])
        moved, others = contacts[closed].sum() * change.moved_percent / 100, contacts[~closed].sum()
        contacts = np.where(closed, 0.0, contacts * (1 + moved / others if others else 1))
    return mix_of(contacts, of.history.handling_s, of.costs)


def _outcome(mixes: Sequence[Mix], there: Sequence[int]) -> DayOutcome:
    """Means over the day's contacts; a quarter of an hour that nobody works answers none of them."""
    contacts: NDArray[np.float64] = np.array([mix.calls + mix.chats for mix in mixes])
    found = [achieved(mix, number) for mix, number in zip(mixes, there, strict=True)]
    worst = min(range(QUARTERS), key=lambda quarter: found[quarter].answered)
    known = [(each.mean_wait_s, number) for each, number in zip(found, contacts, strict=True) if isfinite(each.mean_wait_s) and number > 0]
    came = float(contacts.sum())
    answered = float(sum(each.answered * number for each, number in zip(found, contacts, strict=True))) / came if came else 1.0
    waited = sum(number for _, number in known)
    return DayOutcome(answered, float(sum(wait_s * number for wait_s, number in known) / waited) if waited else None, worst,
                   found[worst].answered)


def _proposals(mixes: Sequence[Mix], there: Sequence[int], missing: Sequence[int]) -> list[HelpProposal]:
    """None where nobody is missing."""
    short = [quarter for quarter, number in enumerate(missing) if number]
    if not short:
        return []
    begins, ends = short[0], short[-1] + 1
    minutes = begins * QUARTER_MIN, ends * QUARTER_MIN
    called = _called_in(missing)
    more = [number + sum(each.people for each in called if quarter in COVERED[each.kind]) for quarter, number in enumerate(there)]
    lent = [number + (max(missing) if begins <= quarter < ends else 0) for quarter, number in enumerate(there)]
    percent = next((each for each in range(STEP_PERCENT, MOST_PERCENT, STEP_PERCENT)
                    if all(need(_less(mixes[quarter], each)).operators <= there[quarter] for quarter in short)), MOST_PERCENT)
    fewer = [_less(mix, percent) if begins <= quarter < ends else mix for quarter, mix in enumerate(mixes)]
    return [HelpProposal(HelpKind.CALL_IN, sum(each.people for each in called), *minutes, _outcome(mixes, more), called),
            HelpProposal(HelpKind.LEND, max(missing), *minutes, _outcome(mixes, lent)),
            HelpProposal(HelpKind.OVERFLOW, percent, *minutes, _outcome(fewer, there))]


def _less(mix: Mix, percent: int) -> Mix:
    left = 1 - percent / 100
    return Mix(mix.calls * left, mix.chats * left, mix.call_s, mix.chat_s)


def _called_in(missing: Sequence[int]) -> tuple[CalledIn, ...]:
    """Whoever covers most of what is still missing, again and again."""
    left, found = list(missing), dict[str, int]()
    while any(left):
        best = max(KINDS, key=lambda kind: (sum(left[quarter] > 0 for quarter in COVERED[kind.code]), -kind.lasts))
        if best.code not in found and len(found) == MOST_SHIFTS:
            break
        found[best.code] = found.get(best.code, 0) + 1
        for quarter in COVERED[best.code]:
            left[quarter] = max(left[quarter] - 1, 0)
    return tuple(CalledIn(kind.code, found[kind.code]) for kind in KINDS if kind.code in found)
