"""What has come of a line in the last quarter of an hour, told by what its day came to then and now: nothing is counted again. Pure."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from hub.reporting.columns import NAMED

SPAN = timedelta(minutes=15)
STEP = timedelta(minutes=1)
"""So often the sums of the day are kept."""
FEW = 5
"""Of fewer there is no share that would mean anything."""
SETTLED, SERVICE_LEVEL, ABANDONMENT = (NAMED[name] for name in ("settled", "service_level", "abandonment"))


class TodaySums(Struct, frozen=True):
    """What a line's day has come to so far, by the names of figures."""

    day: datetime
    """Its beginning."""
    counts: Mapping[str, float]


class RollingWindow:
    """One line."""

    def __init__(self) -> None:
        self._marks: deque[tuple[datetime, TodaySums]] = deque()

    def shares(self, now: datetime, sums: TodaySums) -> tuple[float | None, float | None]:
        """Per cent of the decided who were answered within 20 s, and who have left; None of too few."""
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
    """A contact that is counted otherwise now may have been counted before the span: no share is beyond its bounds for that."""
    return None if share is None else min(max(round(100 * share, 6), 0), 100)
