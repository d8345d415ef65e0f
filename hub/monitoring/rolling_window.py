"""Rolling window of a line over the last quarter of an hour, from the differences of the day's running totals. Pure."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from hub.reporting.columns import NAMED

SPAN = timedelta(minutes=15)
STEP = timedelta(minutes=1)
"""Interval between the stored totals."""
FEW = 5
"""With fewer contacts a share is not significant."""
SETTLED, SERVICE_LEVEL, ABANDONMENT = (NAMED[name] for name in ("settled", "service_level", "abandonment"))
CALLS, CALLS_LEVEL, CALLS_WAIT = (NAMED[name] for name in ("calls_settled", "calls_level", "calls_mean_wait_s"))


class TodaySums(Struct, frozen=True):
    """Running totals of a line's day, by the names of figures."""

    day: datetime
    """Beginning of the day."""
    counts: Mapping[str, float]


class WindowShares(NamedTuple):
    """Of the decided contacts of the window; None for too few."""

    level: float | None = None
    """Per cent answered within 20 s."""
    left: float | None = None
    """Per cent lost."""
    calls_level: float | None = None
    """Per cent of calls whose operator was there within 20 s of the answer of the call (D3)."""
    calls_wait_s: float | None = None
    """Their mean wait from there."""


class RollingWindow:
    """The window of one line."""

    def __init__(self) -> None:
        self._marks: deque[tuple[datetime, TodaySums]] = deque()

    def shares(self, now: datetime, sums: TodaySums) -> WindowShares:
        marks = self._marks
        if not marks or marks[-1][1].day != sums.day:
            marks.clear()
            marks.append((now, sums))
        elif now - marks[-1][0] >= STEP:
            marks.append((now, sums))
        while len(marks) > 1 and now - marks[1][0] >= SPAN:
            marks.popleft()
        then = marks[0][1].counts
        since = {name: value - then[name] for name, value in sums.counts.items()}
        few, few_calls = ((settled.value(since) or 0) < FEW for settled in (SETTLED, CALLS))
        return WindowShares(
            None if few else _percent(SERVICE_LEVEL.value(since)), None if few else _percent(ABANDONMENT.value(since)),
            None if few_calls else _percent(CALLS_LEVEL.value(since)), None if few_calls else CALLS_WAIT.value(since))


def _percent(share: float | None) -> float | None:
    """Limited to 0…100, since a reclassified contact may have been counted before the window."""
    return None if share is None else min(max(round(100 * share, 6), 0), 100)
