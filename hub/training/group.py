"""Groups of trainees: who learns which course, when, with whom, and who was there (TR-01). Pure."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from msgspec import field

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry

FRIDAY = 4


class TrainingGroup(Document, frozen=True, omit_defaults=True, tag="training_group"):
    """`present` are logins by the number of the day, from 0."""

    key: str
    title: str
    course: str
    version: int
    provider: str
    lecturer: str
    """A login or a name of somebody from outside."""
    begins: date
    trainees: tuple[str, ...]
    centre: str
    written_by: str
    written: datetime
    present: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("centre", self.centre, datetime.combine(self.begins, time(), UTC))

    def days(self, count: int) -> list[date]:
        """The dates of the course's days: working days in a row."""
        found: list[date] = []
        day = self.begins
        while len(found) < count:
            if day.weekday() <= FRIDAY:
                found.append(day)
            day += timedelta(days=1)
        return found

    def attended(self, login: str, count: int) -> int:
        """On how many of the course's days somebody was there."""
        return sum(login in self.present.get(number, ()) for number in range(count))
