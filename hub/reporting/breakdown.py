"""Grouping of a period's figures: by time, place, channel, person (MC-02, MC-06). Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from hub.reporting.day_totals import QUARTER_S, Cell, Kind
from hub.reporting.days import Days
from hub.reporting.measurement import Counts, tally


class PeriodBy(StrEnum):
    """Grouping of a report's rows; the figures do not depend on it."""

    QUARTER = "quarter"
    HALF = "half"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """Monday to Sunday."""
    MONTH = "month"
    CENTRE = "centre"
    UNIT = "unit"
    """The owner of the line: a centre, an МФЦ or a department."""
    LINE = "line"
    CHANNEL = "channel"
    TOPIC = "topic"
    OPERATOR = "operator"
    """The first operator who answered."""
    WAY = "way"
    """From unit to unit: transfers only."""


WITHIN_A_DAY = {PeriodBy.QUARTER: timedelta(minutes=15), PeriodBy.HALF: timedelta(minutes=30), PeriodBy.HOUR: timedelta(hours=1)}
KINDS = dict.fromkeys(WITHIN_A_DAY, Kind.QUARTER) | {
    PeriodBy.CHANNEL: Kind.CHANNEL, PeriodBy.TOPIC: Kind.TOPIC, PeriodBy.OPERATOR: Kind.OPERATOR, PeriodBy.WAY: Kind.WAY}


class Breakdown(Struct, frozen=True):
    """Which lines are counted, and into which rows. `known` says whether a person may be named: all others are one row."""

    by: PeriodBy
    days: Days
    units: Mapping[str, str]
    lines: Callable[[str], bool]
    known: Callable[[str], bool]

    @property
    def kind(self) -> Kind:
        """The smallest breakdown of a day that has these rows."""
        return KINDS.get(self.by, Kind.CHANNEL)

    def row(self, day: date, line: str, key: str) -> str:  # noqa: C901, PLR0911 - one line a kind of row
        """The row of a `key` in the totals of a day."""
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
        """Keys of rows shown even without contacts: intervals that have begun."""
        if self.by in {PeriodBy.DAY, PeriodBy.WEEK, PeriodBy.MONTH}:
            return [self.row(day, "", "")]
        if (length := WITHIN_A_DAY.get(self.by)) is None:
            return []
        begins, ends = self.days.span(day)
        return [(begins + length * number).isoformat() for number in range(-((begins - min(ends, now)) // length))]

    def add(self, day: date, cells: Iterable[Cell], to: dict[str, Counts]) -> None:
        placed, rows = self.kind is Kind.CHANNEL and self.by is not PeriodBy.CHANNEL, dict[str, str]()
        for cell in cells:
            # A row depends on the line or on the key only, so it is not looked up for each cell.
            part = cell.line if placed else cell.key
            if not self.lines(cell.line):
                continue
            if (row := rows.get(part)) is None:
                row = rows[part] = self.row(day, cell.line, cell.key)
            tally(cell.counts, to.setdefault(row, {}))
