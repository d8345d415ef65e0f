"""What a day that is over came to, stored as sums: so that a report of months adds up numbers and reads no journal (MC-02). Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from hub.facts import Fact, tally

QUARTER_S = 900


class Kind(StrEnum):
    """What the sums of a day are told apart by, within each line."""

    QUARTER = "quarter"
    """Quarters of an hour since 1970: what every clock of the world can be put together from."""
    CHANNEL = "channel"
    TOPIC = "topic"
    OPERATOR = "operator"
    WAY = "way"
    """From which line to which: hand-overs only."""
    RETURN = "return"
    """First-contact resolution, by the name and the key of each of the kinds before it; known a week later."""


class Cell(Struct, frozen=True, gc=False, array_like=True):
    line: str
    key: str
    counts: Mapping[str, float]


class DayTotals(Struct, frozen=True, tag="day_totals"):
    """One kind of sums of a day. `open` are conversations that went on when it was summed: nothing of them is in it."""

    key: str
    cells: tuple[Cell, ...]
    open: tuple[int, ...] = ()


Sums = dict[tuple[str, str], dict[str, float]]
"""By line and key."""


def key_of(fact: Fact, kind: Kind) -> str:
    match kind:
        case Kind.QUARTER:
            return str(int(fact.at.timestamp()) // QUARTER_S)
        case Kind.CHANNEL:
            return fact.channel
        case Kind.TOPIC:
            return fact.topic
        case Kind.OPERATOR:
            return fact.operator
        case _:
            return fact.way


def add(facts: Iterable[Fact], kind: Kind, to: Sums) -> None:
    for fact in facts:
        if kind is not Kind.WAY or fact.way:
            tally(fact.counts, to.setdefault((fact.line, key_of(fact, kind)), {}))


def add_cells(cells: Iterable[Cell], to: Sums) -> None:
    for cell in cells:
        tally(cell.counts, to.setdefault((cell.line, cell.key), {}))


def cells(sums: Sums) -> tuple[Cell, ...]:
    return tuple(Cell(line, key, counts) for (line, key), counts in sorted(sums.items()))
