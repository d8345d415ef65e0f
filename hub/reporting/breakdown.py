"""How the figures of a period are told apart: by time, by where, by how, by whom (MC-02, MC-06). Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from hub.reporting.day_totals import QUARTER_S, Cell, Kind
from hub.reporting.days import Days
from hub.reporting.measurement import Counts, tally


class PeriodBy(StrEnum):
    """How the rows of a report are told apart; the figures of a row do not depend on it."""

    QUARTER = "quarter"
    HALF = "half"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """From Monday on."""
    MONTH = "month"
    CENTRE = "centre"
    UNIT = "unit"
    """A centre, an МФЦ or a department: whose line it is."""
    LINE = "line"
    CHANNEL = "channel"
    TOPIC = "topic"
    OPERATOR = "operator"
    """Who answered first."""
    WAY = "way"
    """From which unit to which: hand-overs only."""


WITHIN_A_DAY = {PeriodBy.QUARTER: timedelta(minutes=15), PeriodBy.HALF: timedelta(minutes=30), PeriodBy.HOUR: timedelta(hours=1)}
KINDS = dict.fromkeys(WITHIN_A_DAY, Kind.QUARTER) | {
    PeriodBy.CHANNEL: Kind.CHANNEL, PeriodBy.TOPIC: Kind.TOPIC, PeriodBy.OPERATOR: Kind.OPERATOR, PeriodBy.WAY: Kind.WAY}


class Breakdown(Struct, frozen=True):
    """Which lines are counted, and into which rows. `known` says whether somebody may be named: the others are one row."""

    by: PeriodBy
    days: Days
    units: Mapping[str, str]
    lines: Callable[[str], bool]
    known: Callable[[str], bool]

    @property
    def kind(self) -> Kind:
        """Which sums of a day the rows are made of: the fewest."""
        return KINDS.get(self.by, Kind.CHANNEL)

    def row(self, day: date, line: str, key: str) -> str:  # noqa: C901, PLR0911 - one line a kind of row
        """The key of the row of what has this `key` among the sums of a day."""
        match self.by:
            case PeriodBy.QUARTER | PeriodBy.HALF | PeriodBy.HOUR:
                begins, length = self.days.span(day)[0], WITHIN_A_DAY[self.by]
                since = int(key) * QUARTER_S - begins.timestamp()
                return (begins + timedelta(seconds=since) // length * length).isoformat()
            case PeriodBy.DAY:
                return day.isoformat()
            case PeriodBy.WEEK:
                return (day - timedelta(days=day.weekday())).isoformat()
            case PeriodBy.MONTH:
                return f"{day:%Y-%m}"
            case PeriodBy.CENTRE:
                return self.days.centre(line)
            case PeriodBy.UNIT:
                return self.units.get(line, "")
            case PeriodBy.LINE:
                return line
            case PeriodBy.CHANNEL:
                return key.partition(".")[0]
            case PeriodBy.OPERATOR:
                return key if self.known(key) else ""
            case PeriodBy.WAY:
                return ">".join(self.units.get(each, "") for each in key.split(">"))
            case _:
                return key

    def empty(self, day: date, now: datetime) -> list[str]:
        """Keys of the rows of a day which are there although nothing came: times that have begun."""
        if self.by in {PeriodBy.DAY, PeriodBy.WEEK, PeriodBy.MONTH}:
            return [self.row(day, "", "")]
        if (length := WITHIN_A_DAY.get(self.by)) is None:
            return []
        begins, ends = self.days.span(day)
        return [(begins + length * number).isoformat() for number in range(-((begins - min(ends, now)) // length))]

    def add(self, day: date, cells: Iterable[Cell], to: dict[str, Counts]) -> None:
        placed, rows = self.kind is Kind.CHANNEL and self.by is not PeriodBy.CHANNEL, dict[str, str]()
        for cell in cells:
            # A row is found by the line alone or by the key alone: not once more for each cell of them.
            part = cell.line if placed else cell.key
            if not self.lines(cell.line):
                continue
            if (row := rows.get(part)) is None:
                row = rows[part] = self.row(day, cell.line, cell.key)
            tally(cell.counts, to.setdefault(row, {}))
