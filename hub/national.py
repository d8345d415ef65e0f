"""The country's figures: sums of what the centres report, restated when late data come in (FD-06).

A report holds counts and seconds only: no conversation and no person can be told from it.
"""

from datetime import datetime

from msgspec import Struct

from hub.figures import Interval

COUNTED = tuple(name for name in Interval.__struct_fields__ if name not in {"start", "breaches"})


class Report(Struct, frozen=True):
    """What came to a centre in an interval. A later `version` of the same replaces an earlier one, whichever arrives first."""

    centre: str
    start: datetime
    version: int
    figures: dict[str, float]


class Total(Struct, frozen=True):
    """`restated` tells how often a report has been replaced since the total was first given."""

    start: datetime
    centres: tuple[str, ...]
    """Whose reports are in it: what is missing can be seen."""
    restated: int
    figures: dict[str, float]


def report(centre: str, interval: Interval, version: int) -> Report:
    figures: dict[str, float] = {name: getattr(interval, name) for name in COUNTED}
    return Report(centre, interval.start, version, figures | {"breaches": len(interval.breaches)})


class National:
    """The newest report of each centre for each interval."""

    def __init__(self) -> None:
        self._reports: dict[datetime, dict[str, Report]] = {}
        self._restated: dict[datetime, int] = {}

    def take(self, new: Report) -> bool:
        """Whether it changes a total; one that came before, or is older than what is known, does not."""
        known = self._reports.setdefault(new.start, {})
        before = known.get(new.centre)
        if before is not None and before.version >= new.version:
            return False
        known[new.centre] = new
        self._restated[new.start] = self._restated.get(new.start, 0) + (before is not None)
        return True

    def total(self, start: datetime) -> Total:
        reports = self._reports.get(start, {})
        names = {name for each in reports.values() for name in each.figures}
        sums = {name: sum(each.figures.get(name, 0) for each in reports.values()) for name in sorted(names)}
        return Total(start, tuple(sorted(reports)), self._restated.get(start, 0), sums)
