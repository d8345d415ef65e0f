"""National figures: sums of the centres' reports, revised when late data arrive (FD-06). Pure.

A report holds counts and seconds only: no conversation and no person can be derived from it.
"""

from datetime import datetime

from msgspec import Struct

from hub.kernel.document import Document
from hub.reporting.interval_figures import Interval, counts


class Report(Document, frozen=True, tag="report"):
    """Figures of a centre for the interval from `start`. A later `version` replaces an earlier one, in any order of arrival.

    The key is centre/start. Version 0 is provisional, for an unfinished interval; the first report is version 1.
    """

    key: str
    centre: str
    start: datetime
    version: int
    figures: dict[str, int | float]


class Total(Struct, frozen=True):
    """`restated` counts the revisions of its reports."""

    start: datetime
    centres: tuple[str, ...]
    """Centres whose reports are included, which shows what is missing."""
    restated: int
    figures: dict[str, int | float]


def key_of(centre: str, start: datetime) -> str:
    return f"{centre}/{start.isoformat()}"


def report(centre: str, interval: Interval, version: int) -> Report:
    return Report(key_of(centre, interval.start), centre, interval.start, version, counts(interval))


def reported(centre: str, interval: Interval, known: Report | None) -> Report:
    """The report of a finished interval: the known one, or a new version if late data have changed its figures."""
    new = report(centre, interval, known.version + 1 if known else 1)
    return known if known and _exact(known) == new.figures else new


def _exact(report: Report) -> dict[str, int | float]:
    """Its figures to a thousandth: older reports had more digits."""
    return {name: round(value, 3) for name, value in report.figures.items()}


class National:
    """The newest report of each centre for each interval."""

    def __init__(self) -> None:
        self._reports: dict[datetime, dict[str, Report]] = {}

    def take(self, new: Report) -> bool:
        """Whether it changes a total; a repeated or older report does not."""
        known = self._reports.setdefault(new.start, {})
        before = known.get(new.centre)
        if before is not None and before.version >= new.version:
            return False
        known[new.centre] = new
        return True

    def total(self, start: datetime) -> Total:
        reports = self._reports.get(start, {})
        names = {name for each in reports.values() for name in each.figures}
        sums = {name: sum(each.figures.get(name, 0) for each in reports.values()) for name in sorted(names)}
        return Total(start, tuple(sorted(reports)), sum(max(each.version - 1, 0) for each in reports.values()), sums)
