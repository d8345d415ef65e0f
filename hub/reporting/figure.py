"""What a figure of a report is: its unit, the event that counts it, its formula, and where it is shown. Pure.

columns.py has the table of all of them; whatever counts, sends, stores, exports or shows figures is derived from that table.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from msgspec import Struct


class FigureUnit(StrEnum):
    NUMBER = "number"
    SECONDS = "seconds"
    SHARE = "share"
    """0 to 1; shown in per cent and never rounded up: 100 % is every single one."""


class FigureGroup(StrEnum):
    """Columns that stand together: no page and no screen is as wide as all of them."""

    ASKED = "asked"
    TALKS = "talks"
    HANDED = "handed"
    PROMISES = "promises"


class Event(StrEnum):
    """What counts a figure. A contact counts where it was asked for, a promise where it was given, whatever comes of it later."""

    ASKED = "asked"
    """A citizen wished for a person."""
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    TALKED = "talked"
    """It was answered and is over."""
    CALLBACK = "callback"
    """The hub has called, for a promise or because an operator wished to: kept apart from what citizens asked for (D2)."""
    CALLBACK_ANSWERED = "callback_answered"
    TRANSFER = "transfer"
    """A contact went from one unit's line to another's (MC-06)."""
    TRANSFER_TAKEN = "transfer_taken"
    TRANSFER_OPEN = "transfer_open"
    PROMISE = "promise"
    PROMISE_OPEN = "promise_open"
    PROMISE_ENDED = "promise_ended"
    SERVED = "served"
    """Seven days have gone by since a contact that was answered and closed on a topic."""
    SERVED_AGAIN = "served_again"
    """In these its citizen came again on the same topic."""


class Place(StrEnum):
    """Where a figure is shown."""

    DAY = "day"
    """A day, its intervals, and the reports of centres: on the wire."""
    DAY_FILE = "day_file"
    DAY_SCREEN = "day_screen"
    COUNTRY_SCREEN = "country_screen"
    PERIOD = "period"
    """Rows of a period: on the wire. What is counted here is stored with the sums of days."""
    PERIOD_FILE = "period_file"
    PERIOD_SCREEN = "period_screen"
    LETTER = "letter"
    """The text of a mailed report."""
    FLOOR = "floor"
    """The wallboard: today's sums, kept up to date by each commit."""
    FLOOR_SCREEN = "floor_screen"
    """The table of groups; it is made of the sums of the floor."""
    METRIC = "metric"
    """Prometheus: today's sums of each line."""


class Counting(Struct, frozen=True):
    """What one event adds: 1, or a number (0 is not counted), or a length in seconds. `about` is said by the event."""

    event: Event
    number: Callable[[Any, Any], int] | None = None
    length: Callable[[Any, Any], timedelta] | None = None


class Formula(Struct, frozen=True):
    """Sums that are added, divided by others where there are any; a name after «-» is subtracted."""

    part: tuple[str, ...]
    whole: tuple[str, ...] = ()

    def value(self, sums: Mapping[str, float]) -> float | None:
        """None where there is nothing to divide by."""
        if not self.whole:
            return _added(self.part, sums)
        whole = _added(self.whole, sums)
        return _added(self.part, sums) / whole if whole else None


def _added(names: tuple[str, ...], sums: Mapping[str, float]) -> float:
    added: float = 0
    for name, sign in _signed(names):
        added += sign * sums.get(name, 0)
    return added


@cache
def _signed(names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in names)


class Figure(Struct, frozen=True):
    """One column. It is either counted by an event or made of sums by a formula."""

    name: str
    title: str
    """In Russian, as files have it."""
    group: FigureGroup
    source: Counting | Formula
    shown: Mapping[Place, str]
    """Where, and under which name if it is another one there: a heading, a key of the desk's words, a field, a metric."""
    unit: FigureUnit = FigureUnit.NUMBER
    meaning: str = ""
    how: str = ""
    """Said in files below the figures, in Russian."""
    bad_of: str = ""
    """The figure of which it is a part that should not be: a bottleneck is where this share is high (MC-04)."""
    beside: str = ""
    """The figure of which it is a part, shown with it on the day's screen."""
    leads: bool = False
    """In tables of a day it stands before the others of its group."""

    @property
    def lists(self) -> bool:
        """Whether it counts contacts, promises or hand-overs, which can be listed."""
        return isinstance(self.source, Counting) and self.unit is FigureUnit.NUMBER

    def value(self, sums: Mapping[str, float]) -> float | None:
        """None of a share or a mean of nothing."""
        return self.source.value(sums) if isinstance(self.source, Formula) else sums[self.name]

    def called(self, place: Place) -> str:
        """Its heading in files and letters there."""
        return self.shown[place] or self.title

    def key(self, place: Place) -> str:
        """The last part of the key of its words at the desk, its field on the floor, or its metric."""
        return self.shown[place] or self.name
