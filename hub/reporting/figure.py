"""Definition of a figure: unit, counted event, formula, and places of display. Pure.

All figures are in the table of columns.py, from which counting, transfer, storage, export and display are derived.
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
    """0 to 1; shown in per cent and never rounded up: 100 % means all."""


class FigureGroup(StrEnum):
    """Columns that belong together, for pages and screens that cannot hold all of them."""

    ASKED = "asked"
    CALLS = "calls"
    TALKS = "talks"
    HANDED = "handed"
    PROMISES = "promises"


class Event(StrEnum):
    """The event that a figure counts. A contact counts when it began, a promise when it was given, whatever the later result."""

    ASKED = "asked"
    """A citizen wished for an operator."""
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    TALKED = "talked"
    """It was answered and has ended."""
    CALLBACK = "callback"
    """The hub called, for a promise or at an operator's request: counted apart from citizens' contacts (D2)."""
    CALLBACK_ANSWERED = "callback_answered"
    TRANSFER = "transfer"
    """A contact was transferred between lines of two units (MC-06)."""
    TRANSFER_TAKEN = "transfer_taken"
    TRANSFER_OPEN = "transfer_open"
    PROMISE = "promise"
    PROMISE_OPEN = "promise_open"
    PROMISE_ENDED = "promise_ended"
    SERVED = "served"
    """Seven days have passed since a contact that was answered and closed with a topic."""
    SERVED_AGAIN = "served_again"
    """Within these the citizen came again with the same topic."""


class Place(StrEnum):
    """Where a figure is shown."""

    DAY = "day"
    """A day, its intervals, and centre reports: in the API."""
    DAY_FILE = "day_file"
    DAY_SCREEN = "day_screen"
    COUNTRY_SCREEN = "country_screen"
    PERIOD = "period"
    """Rows of a period: in the API. Counted ones are stored in the day totals."""
    PERIOD_FILE = "period_file"
    PERIOD_SCREEN = "period_screen"
    LETTER = "letter"
    """The text of a mailed report."""
    FLOOR = "floor"
    """The wallboard: today's sums, updated by each commit."""
    FLOOR_SCREEN = "floor_screen"
    """The table of groups, computed from the wallboard's sums."""
    METRIC = "metric"
    """Prometheus: today's sums of each line."""


class Counting(Struct, frozen=True):
    """What one event adds: 1, a number (0 is not counted), or a duration in seconds. `about` is the event."""

    event: Event
    number: Callable[[Any, Any], float] | None = None
    length: Callable[[Any, Any], timedelta] | None = None


class Formula(Struct, frozen=True):
    """A sum of figures, optionally divided by another; a name after «-» is subtracted."""

    part: tuple[str, ...]
    whole: tuple[str, ...] = ()

    def value(self, sums: Mapping[str, float]) -> float | None:
        """None for a division by zero."""
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
    """One column, either counted by an event or computed by a formula."""

    name: str
    title: str
    """In Russian, for files."""
    group: FigureGroup
    source: Counting | Formula
    shown: Mapping[Place, str]
    """Places, with the name where it differs: a heading, a key of the desk's texts, a field, a metric."""
    unit: FigureUnit = FigureUnit.NUMBER
    meaning: str = ""
    how: str = ""
    """Explanation below the figures in files, in Russian."""
    bad_of: str = ""
    """The figure of which this is an undesired part: a high share is a bottleneck (MC-04)."""
    beside: str = ""
    """The figure of which this is a part, shown together on the day's screen."""
    leads: bool = False
    """In tables of a day it stands first in its group."""

    @property
    def lists(self) -> bool:
        """Whether it counts contacts, promises or transfers, which can be listed."""
        return isinstance(self.source, Counting) and self.unit is FigureUnit.NUMBER

    def value(self, sums: Mapping[str, float]) -> float | None:
        """None for a share or a mean without a base."""
        return self.source.value(sums) if isinstance(self.source, Formula) else sums[self.name]

    def called(self, place: Place) -> str:
        """Its heading in files and letters."""
        return self.shown[place] or self.title

    def key(self, place: Place) -> str:
        """The last part of its text key at the desk, its wallboard field, or its metric."""
        return self.shown[place] or self.name
