"""Histogram of durations with the bounds of Prometheus; single values are not kept. Pure."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from math import inf

COMMIT_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds for a commit, in seconds: a disk flush, round trips of a replica set, an election."""


class LatencyHistogram:
    """Written by one thread; a reader in another thread may see a sum one value behind a count."""

    __slots__ = ("_bounds_s", "_counts", "total_s")

    def __init__(self, bounds_s: tuple[float, ...]) -> None:
        """`bounds_s` ascend; values above the last bound are counted, too."""
        self._bounds_s = bounds_s
        self._counts = [0] * (len(bounds_s) + 1)
        self.total_s = 0.0

    def add(self, took_s: float) -> None:
        self._counts[bisect_left(self._bounds_s, took_s)] += 1
        self.total_s += took_s

    def upto(self) -> Iterator[tuple[float, int]]:
        """How many values are within each bound, and last the total."""
        yield from zip((*self._bounds_s, inf), accumulate(self._counts), strict=True)
