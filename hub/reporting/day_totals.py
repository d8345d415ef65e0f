"""Stored totals of finished days, so that a report of months adds numbers and reads no journal (MC-02). Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from hub.kernel.document import Document
from hub.reporting.measurement import Measurement, tally

QUARTER_S = 900
HOUR = 4
"""Quarters: pairs have hours, named by their first quarter."""


class Kind(StrEnum):
    """Breakdown of the totals of a day, within each line."""

    QUARTER = "quarter"
    """Quarters of an hour since 1970, from which the day of any zone can be composed."""
    CHANNEL = "channel"
    TOPIC = "topic"
    OPERATOR = "operator"
    WAY = "way"
    """From line to line: transfers only."""
    HOUR_CHANNEL = "hour_channel"
    HOUR_TOPIC = "hour_topic"
    CHANNEL_TOPIC = "channel_topic"
    CHANNEL_OPERATOR = "channel_operator"
    """Pairs: rows of one under the condition of the other."""


class Part(StrEnum):
    """What a key tells; the key of a pair has both, apart by a tab."""

    TIME = "time"
    CHANNEL = "channel"
    TOPIC = "topic"
    OPERATOR = "operator"
    WAY = "way"


PARTS = {
    Kind.QUARTER: (Part.TIME,), Kind.CHANNEL: (Part.CHANNEL,), Kind.TOPIC: (Part.TOPIC,), Kind.OPERATOR: (Part.OPERATOR,),
    Kind.WAY: (Part.WAY,),
    Kind.HOUR_CHANNEL: (Part.TIME, Part.CHANNEL), Kind.HOUR_TOPIC: (Part.TIME, Part.TOPIC), Kind.CHANNEL_TOPIC: (Part.CHANNEL, Part.TOPIC),
    Kind.CHANNEL_OPERATOR: (Part.CHANNEL, Part.OPERATOR)}
SEAM = "\t"


class Cell(Struct, frozen=True, gc=False, array_like=True):
    line: str
    key: str
    counts: Mapping[str, float]


class DayTotals(Document, frozen=True, tag="day_totals"):
    """Totals of a day in one breakdown. `open` are conversations unfinished at that time, which are not included.

    `decided` says that first-contact resolution, known a week later, is included.
    """

    key: str
    cells: tuple[Cell, ...]
    open: tuple[int, ...] = ()
    decided: bool = False


def key_of(fact: Measurement, kind: Kind) -> str:
    quarter = int(fact.at.timestamp()) // QUARTER_S
    return SEAM.join(_part(fact, part, quarter if kind is Kind.QUARTER else quarter // HOUR * HOUR) for part in PARTS[kind])


def _part(fact: Measurement, part: Part, quarter: int) -> str:
    match part:
        case Part.TIME:
            return str(quarter)
        case Part.CHANNEL:
            return fact.channel
        case Part.TOPIC:
            return fact.topic
        case Part.OPERATOR:
            return fact.operator
        case Part.WAY:
            return fact.way


def cells(facts: Iterable[Measurement], kind: Kind, known: Iterable[Cell] = ()) -> tuple[Cell, ...]:
    """The sums of measurements and of other `known` totals, in the order of lines and keys."""
    sums: dict[tuple[str, str], dict[str, float]] = {(cell.line, cell.key): dict(cell.counts) for cell in known}
    for fact in facts:
        if kind is not Kind.WAY or fact.way:
            tally(fact.counts, sums.setdefault((fact.line, key_of(fact, kind)), {}))
    return tuple(Cell(line, key, counts) for (line, key), counts in sorted(sums.items()))
