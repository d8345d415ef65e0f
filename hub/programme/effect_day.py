"""A centre's contacts and inquiries on a day by channel and language, from which the effect is counted (GV-11, GV-13). Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time

from msgspec import Struct
from msgspec.structs import astuple

from hub.kernel.indexes import IndexEntry
from hub.programme.daily_report import DailyReport


class EffectCounts(Struct, frozen=True, array_like=True, gc=False):
    """Stored by place: a new figure comes last. The first six are of contacts, the others of inquiries; seconds are whole ones."""

    offered: int = 0
    answered: int = 0
    in_time: int = 0
    talks_ended: int = 0
    handled_s: int = 0
    wrap_up_s: int = 0
    informed: int = 0
    """Inquiries that were answered on the day."""
    informed_s: int = 0
    """From the first attempt to the answer, of all of them."""
    in_ten: int = 0
    """Of these, within 10 minutes."""
    called_back: int = 0
    """Of these, by a callback or a kept promise."""
    unanswered: int = 0
    """Inquiries whose seven days ended on the day without an answer."""


COUNTS = EffectCounts.__struct_fields__


class EffectCell(Struct, frozen=True, array_like=True, gc=False):
    """`channel` is a family (voice, web), `language` an ISO 639 code, "" where it is unknown."""

    channel: str
    language: str
    counts: EffectCounts


class EffectDay(DailyReport, frozen=True, tag="effect_day"):
    cells: tuple[EffectCell, ...]

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("day", at=moment(self.day))


def moment(day: date) -> datetime:
    """Where a day stands in the index."""
    return datetime.combine(day, time(), UTC)


def total(counts: Iterable[EffectCounts]) -> EffectCounts:
    """0 of nothing."""
    return EffectCounts(*map(sum, zip(*map(astuple, counts), strict=True)))
