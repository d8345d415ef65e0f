"""A mean or a share over a period with its 95 % interval. Pure.

The unit is a centre's day, not a contact: contacts of one day are alike. With sums s and counts n of the days the ratio is r = Σs / Σn, and
its error √(d/(d−1) · Σ(s − r·n)²) / Σn over d days (ratio estimator; Cochran, Sampling Techniques, 6.4), times Student's factor.
"""

from collections.abc import Iterable
from math import sqrt

from msgspec import Struct

from hub.programme.visits import student

LEAST = 7
"""Days with any count, for an interval."""


class Ratio(Struct, frozen=True):
    """`low` and `high` are None where there are too few days."""

    value: float
    low: float | None
    high: float | None
    of: int
    """What it is a ratio of."""


def ratio(days: Iterable[tuple[float, int]]) -> Ratio | None:
    """Of the sum and the count of each day; None without any count."""
    known = [(part, whole) for part, whole in days if whole]
    of = sum(whole for _, whole in known)
    if not of:
        return None
    value = sum(part for part, _ in known) / of
    if len(known) < LEAST:
        return Ratio(value, None, None, of)
    spread = sum((part - value * whole) ** 2 for part, whole in known) * len(known) / (len(known) - 1)
    half = student(len(known) - 1) * sqrt(spread) / of
    return Ratio(value, max(value - half, 0.0), value + half, of)
