"""What has come of a line in the last quarter of an hour, told by what its day came to then and now: nothing is counted again. Pure."""

from collections import deque
from datetime import datetime, timedelta

from msgspec import Struct

SPAN = timedelta(minutes=15)
STEP = timedelta(minutes=1)
"""So often the sums of the day are kept."""
FEW = 5
"""Of fewer there is no share that would mean anything."""


class DaySums(Struct, frozen=True):
    """What a line's day has come to so far. `decided` are those who do not wait any more."""

    day: datetime
    """Its beginning."""
    decided: int = 0
    in_time: int = 0
    left: int = 0


class RollingWindow:
    """One line."""

    def __init__(self) -> None:
        self._marks: deque[tuple[datetime, DaySums]] = deque()

    def shares(self, now: datetime, sums: DaySums) -> tuple[float | None, float | None]:
        """Per cent of the decided who were answered within 20 s, and who have left; None of too few."""
        marks = self._marks
        if not marks or marks[-1][1].day != sums.day:
            marks.clear()
            marks.append((now, sums))
        elif now - marks[-1][0] >= STEP:
            marks.append((now, sums))
        while len(marks) > 1 and now - marks[1][0] >= SPAN:
            marks.popleft()
        then = marks[0][1]
        decided = sums.decided - then.decided
        if decided < FEW:
            return None, None
        return _percent(sums.in_time - then.in_time, decided), _percent(sums.left - then.left, decided)


def _percent(part: int, whole: int) -> float:
    """A contact that is counted otherwise now may have been counted before the span: no share is beyond its bounds for that."""
    return min(max(100 * part / whole, 0), 100)
