"""A centre's figures of services on a day, and their sums of a month, so that a report of a year reads twelve sums a centre. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import astuple

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.programme.daily_report import DailyReport, key_of
from hub.programme.service_figures import NAMES, ServiceCounts


class Part(StrEnum):
    """Two breakdowns of the same figures, each with all of them."""

    PLACE = "place"
    """By body and subject of the Federation."""
    CHANNEL = "channel"


class ServiceCell(Struct, frozen=True, array_like=True, gc=False):
    """`service` is a key of the handbook, "topic/…" where no service is known, or "". A channel has neither body nor subject."""

    service: str
    authority: str
    subject: str
    channel: str
    counts: ServiceCounts


class ServiceDay(DailyReport, frozen=True, tag="service_day"):
    part: Part
    cells: tuple[ServiceCell, ...]

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("day", f"{self.day}/{self.part}")

    @property
    def name(self) -> str:
        return f"{key_of(self.centre, self.day)}/{self.part}"


class ServiceMonth(Document, frozen=True, tag="service_month"):
    """`restated` counts the later versions of its days."""

    key: str
    centre: str
    month: str
    part: Part
    cells: tuple[ServiceCell, ...]
    restated: int

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("month", f"{self.month}/{self.part}")


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


class Sums:
    """Cells that are being added up."""

    def __init__(self, cells: Iterable[ServiceCell] = ()) -> None:
        self._sums: dict[tuple[str, str, str, str], list[int]] = {}
        self.add(cells)

    def add(self, cells: Iterable[ServiceCell], sign: int = 1) -> None:
        for cell in cells:
            self.count(cell.service, cell.authority, cell.subject, cell.channel, cell.counts, sign)

    def count(self, service: str, authority: str, subject: str, channel: str, counts: ServiceCounts, sign: int = 1) -> None:
        sums = self._sums.setdefault((service, authority, subject, channel), [0] * len(NAMES))
        for at, value in enumerate(astuple(counts)):
            sums[at] += sign * value

    def cells(self) -> tuple[ServiceCell, ...]:
        """In order; empty ones are left out."""
        return tuple(ServiceCell(*key, ServiceCounts(*sums)) for key, sums in sorted(self._sums.items()) if any(sums))


def restated(month: ServiceMonth | None, new: ServiceDay, before: ServiceDay | None) -> ServiceMonth:
    """The sums of a month with a day that is new, or another version of one."""
    sums = Sums(month.cells if month else ())
    sums.add(before.cells if before else (), -1)
    sums.add(new.cells)
    name = month_of(new.day)
    late = (month.restated if month else 0) + new.version - (before.version if before else 1)
    return ServiceMonth(f"{new.centre}/{name}/{new.part}", new.centre, name, new.part, sums.cells(), late)
