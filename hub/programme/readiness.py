"""What a centre has on a day of what its citizens are promised (GV-01). A number each, so that it is said how much is missing. Pure."""

from collections.abc import Iterator

from hub.kernel.indexes import IndexEntry
from hub.programme.daily_report import DailyReport

WEEK_MIN = 7 * 24 * 60


class Readiness(DailyReport, frozen=True, tag="readiness"):
    """Each centre measures itself."""

    telephones: int
    """Telephone channels that work: behind its toll-free number, which the register demands (SL-02), somebody answers."""
    uncovered_min: int
    """Of the next seven days: minutes in which no line is open."""
    operators: int
    """Active accounts that serve its lines."""
    offices: int
    """Where it books appointments."""
    services: int
    """In its handbook."""
    incomplete: int
    """Of these, with a mandatory field missing (KB-05)."""
    staff: int
    """Those who serve queues that demand a qualification."""
    trained: int
    """Of these, those whose certificate is valid."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("day", self.day.isoformat())
