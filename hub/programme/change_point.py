"""Since when a share is another one: the likeliest split of a series of counts, if it is no chance (MC-04). Pure.

For each split the Poisson likelihood of two rates is compared with that of one (the generalised likelihood ratio test). Twice its
logarithm is about chi-squared with one degree of freedom; LEAST is the 0.1 % point, raised for the number of splits that are tried.
"""

from collections.abc import Sequence
from itertools import accumulate
from math import log

LEAST = 10.83


def change_point(series: Sequence[tuple[int, int]]) -> int | None:
    """The place of the first interval of the new rate; `series` is count and whole of each interval."""
    counts, wholes = (list(accumulate(column, initial=0)) for column in (zip(*series, strict=True) if series else ((), ())))
    best, at = 0.0, None
    for place in range(1, len(series)):
        ratio = 2 * sum(_surprise(count, whole, counts[-1], wholes[-1]) for count, whole in (
            (counts[place], wholes[place]), (counts[-1] - counts[place], wholes[-1] - wholes[place])))
        if ratio > best:
            best, at = ratio, place
    return at if best > LEAST + 2 * log(max(len(series), 1)) else None


def _surprise(count: int, whole: int, of_all: int, all_: int) -> float:
    """The logarithm of the likelihood gained by a rate of its own."""
    expected = whole * of_all / all_ if all_ else 0.0
    return count * log(count / expected) - count + expected if count and expected else expected - count
