"""Rolling window of a line over the last quarter of an hour, from the differences of the day's running totals. Pure."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from hub.reporting.columns import NAMED

SPAN = timedelta(minutes=15)
STEP = timedelta(minutes=1)
"""Interval between the stored totals."""
FEW = 5
"""With fewer contacts a share is not significant."""
SETTLED, SERVICE_LEVEL, ABANDONMENT = (NAMED[name] for name in ("settled", "service_level", "abandonment"))


class TodaySums(Struct, frozen=True):
    """Running totals of a line's day, by the names of figures."""

    day: datetime
    """Beginning of the day."""
    counts: Mapping[str, float]


class RollingWindow:
    """The window of one line."""

    def __init__(self) -> None:
        self._marks: deque[tuple[datetime, TodaySums]] = deque()

    def shares(self, now: datetime, sums: TodaySums) -> tuple[float | None, float | None]:
        """Per cent of the decided contacts answered within 20 s, and of those lost; None for too few."""
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
        if (SETTLED.value(since) or 0) < FEW:
            return None, None
        return _percent(SERVICE_LEVEL.value(since)), _percent(ABANDONMENT.value(since))


def _percent(share: float | None) -> float | None:
    """Limited to 0…100, since a reclassified contact may have been counted before the window."""
    return None if share is None else min(max(round(100 * share, 6), 0), 100)
