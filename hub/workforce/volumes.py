"""Numbers of contacts of finished days by centre, channel, topic and quarter of an hour, counted from the journal once (CH-13). Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta, tzinfo
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.conversations.address import family_of
from hub.kernel.document import Document
from hub.reporting.measurement import Measurement

QUARTERS = 96
QUARTER_MIN = 15


class Series(NamedTuple):
    """What a number is of."""

    centre: str
    channel: str
    topic: str
    """"" is of those that were closed without one."""


class Volume(Struct, frozen=True, gc=False, array_like=True):
    """One series on one day. `counts` by the number of the quarter of an hour, without empty ones."""

    centre: str
    channel: str
    topic: str
    counts: dict[int, int]
    handled: int
    """Finished contacts, which `handling_s` is the sum of, wrap-up included."""
    handling_s: float


class VolumeDay(Document, frozen=True, tag="volume_day"):
    """`key` is the date in the clock of the hub's centre."""

    key: str
    volumes: tuple[Volume, ...]


class History(Struct, frozen=True):
    """`counts` has an axis of series, of days from `first` on, of quarters of an hour; `handling_s` is the mean of each series."""

    first: date
    names: tuple[Series, ...]
    counts: NDArray[np.float64]
    handling_s: NDArray[np.float64]

    @property
    def days(self) -> int:
        days: int = self.counts.shape[1]
        return days

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]

    def until(self, days: int) -> "History":
        """Its first days."""
        return History(self.first, self.names, self.counts[:, :days], self.handling_s)


def volume_day(day: date, facts: Iterable[Measurement], zone: tzinfo, centre: Callable[[str], str]) -> VolumeDay:
    """`centre` is that of a line; callbacks are none of the citizens' contacts (D2)."""
    counts: defaultdict[Series, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    handled: defaultdict[Series, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for fact in facts:
        if not fact.counts.get("offered"):
            continue
        series, at = Series(centre(fact.line), family_of(fact.channel), fact.topic), fact.at.astimezone(zone)
        counts[series][(at.hour * 60 + at.minute) // QUARTER_MIN] += 1
        handled[series][0] += fact.counts.get("talks_ended", 0)
        handled[series][1] += fact.counts.get("handled_s", 0) + fact.counts.get("wrap_up_s", 0)
    return VolumeDay(day.isoformat(), tuple(
        Volume(*series, dict(quarters), int(handled[series][0]), handled[series][1]) for series, quarters in sorted(counts.items())))


def history_of(days: Sequence[VolumeDay], usual_s: float) -> History:
    """Of days without a gap, the oldest first; a series without a finished contact takes `usual_s`."""
    names = sorted({Series(each.centre, each.channel, each.topic) for day in days for each in day.volumes})
    places = {name: row for row, name in enumerate(names)}
    counts, handled = np.zeros((len(names), len(days), QUARTERS)), np.zeros((len(names), 2))
    for column, day in enumerate(days):
        for each in day.volumes:
            row = places[Series(each.centre, each.channel, each.topic)]
            for quarter, number in each.counts.items():
                counts[row, column, quarter] = number
            handled[row] += each.handled, each.handling_s
    seconds = np.where(handled[:, 0] > 0, handled[:, 1] / np.maximum(handled[:, 0], 1), usual_s)
    return History(date.fromisoformat(days[0].key), tuple(names), counts, seconds)
