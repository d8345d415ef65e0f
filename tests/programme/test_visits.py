"""Visits against a seasonal baseline: a planted effect is found, a planted null is not, over many seeds (GV-12)."""

from collections.abc import Iterable
from datetime import date
from math import cos, pi
from random import Random

import pytest

from hub.programme.visits import Reached, VisitsEffect, effect, months

FIRST = date(2026, 1, 1)
SEEDS = range(100)
MONTHS = [date(year, month, 1) for year in (2025, 2026) for month in range(1, 13)]
COVERED, OTHERS = [f"{number:02}" for number in range(1, 16)], [f"{number:02}" for number in range(40, 60)]


def planted(change: float, seed: int, *, growth: float = 0.06) -> VisitsEffect:
    """Each subject has its size and a season of ±30 %; everywhere visits grow; in covered ones they change since 2026."""
    chance = Random(seed)
    visits: dict[str, dict[date, int]] = {}
    for subject in (*COVERED, *OTHERS):
        size = chance.uniform(2_000, 60_000)
        visits[subject] = {month: round(size * (1 + 0.3 * cos(2 * pi * month.month / 12)) * (1 + growth) ** (month.year - 2025)
                                        * (1 + (change if subject in COVERED and month >= FIRST else 0)) * chance.gauss(1, 0.05))
                           for month in MONTHS}
    found = effect(visits, dict.fromkeys(COVERED, FIRST))
    assert found is not None
    return found


def share(found: Iterable[bool]) -> float:
    told = list(found)
    return sum(told) / len(told)


def test_a_planted_effect_is_found_and_so_are_the_lines_that_it_passes() -> None:
    # GV-12
    effects = [planted(-0.13, seed) for seed in SEEDS]
    assert all(each.found for each in effects)
    assert share(each.low is not None and each.high is not None and each.low <= -0.13 <= each.high for each in effects) >= 0.9
    assert share(each.reached(0.10) is Reached.YES for each in effects) > 0.8
    assert share(each.reached(0.15) is Reached.NO for each in effects) > 0.5
    assert not any(each.reached(0.15) is Reached.YES for each in effects)


def test_a_planted_null_is_not_found_though_visits_grow_everywhere() -> None:
    # GV-12
    assert share(planted(0, seed).found for seed in SEEDS) <= 0.1


def test_without_a_comparison_the_growth_is_taken_for_an_effect() -> None:
    """Why the difference in differences is needed; it is said how many subjects were compared with."""
    alone = effect({"01": {month: 1060 if month >= FIRST else 1000 + month.month for month in MONTHS}}, {"01": FIRST})
    assert alone is not None
    assert (alone.covered, alone.others, alone.change > 0.04, alone.found) == (1, 0, True, True)


@pytest.mark.parametrize("visits", [{}, {"01": {}}, {"01": {FIRST: 100}}, {"01": {date(2025, 1, 1): 0, FIRST: 100}}])
def test_too_little_is_no_effect(visits: dict[str, dict[date, int]]) -> None:
    assert effect(visits, {"01": FIRST}) is None


def test_one_month_has_no_interval() -> None:
    found = effect({"01": {date(2025, 1, 1): 100, FIRST: 80}}, {"01": FIRST})
    assert found is not None
    assert (round(found.change, 3), found.low, found.found, found.reached(0.1)) == (-0.2, None, False, Reached.UNSURE)


def test_months_show_both_groups() -> None:
    visits = {"01": {date(2025, 1, 1): 100, FIRST: 80}, "02": {date(2025, 1, 1): 100, FIRST: 110}}
    found, = months(visits, {"01": FIRST})
    assert (found.month, round(found.covered or 0, 2), round(found.others or 0, 2)) == (FIRST, -0.2, 0.1)
