"""Grouping of a period's figures: by time, place, channel, person (MC-02, MC-06). Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from hub.conversations.address import family_of
from hub.reporting.day_totals import PARTS, QUARTER_S, SEAM, Cell, Kind, Part
from hub.reporting.days import Days
from hub.reporting.measurement import Counts, tally, unit_of


class PeriodBy(StrEnum):
    """Grouping of a report's rows; the figures do not depend on it."""

    QUARTER = "quarter"
    HALF = "half"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """Monday to Sunday."""
    MONTH = "month"
    WEEKDAY = "weekday"
    """From Monday, 1, whatever the week."""
    DAY_HOUR = "day_hour"
    """Hour of the clock, whatever the day."""
    WEEK_HOUR = "week_hour"
    """Day of the week and hour of the clock: «1 09»."""
    CENTRE = "centre"
    LEVEL = "level"
    """Of the line's centre: federal, regional or municipal."""
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
OF_TIME = frozenset({*WITHIN_A_DAY, PeriodBy.DAY, PeriodBy.WEEK, PeriodBy.MONTH})
"""Rows that follow each other in time."""
HOURS_OF_CLOCK = frozenset({PeriodBy.DAY_HOUR, PeriodBy.WEEK_HOUR})
KEYED = dict.fromkeys((*WITHIN_A_DAY, *HOURS_OF_CLOCK), Part.TIME) | {
    PeriodBy.CHANNEL: Part.CHANNEL, PeriodBy.TOPIC: Part.TOPIC, PeriodBy.OPERATOR: Part.OPERATOR, PeriodBy.WAY: Part.WAY}
"""What rows are named by; all others by the day or the line."""
KINDS = {frozenset(parts): kind for kind, parts in PARTS.items()} | {frozenset[Part](): Kind.CHANNEL}
SHORTER_THAN_AN_HOUR = frozenset({PeriodBy.QUARTER, PeriodBy.HALF})


class Condition(Struct, frozen=True):
    """Only contacts of one channel's family, of one topic, or both; "" is any."""

    channel: str = ""
    topic: str = ""

    def allows(self, parts: Mapping[Part, str]) -> bool:
        return ((not self.channel or family_of(parts[Part.CHANNEL]) == self.channel)
                and (not self.topic or parts[Part.TOPIC] == self.topic))


def kind_of(by: PeriodBy, condition: Condition) -> Kind | None:
    """The smallest breakdown of a day that has these rows under this condition; None where days are not stored so."""
    needed = {KEYED[by]} if by in KEYED else set()
    needed |= ({Part.CHANNEL} if condition.channel else set()) | ({Part.TOPIC} if condition.topic else set())
    if len(needed) > 1 and by in SHORTER_THAN_AN_HOUR:
        return None
    return KINDS.get(frozenset(needed))


class Breakdown(Struct, frozen=True):
    """Which lines are counted, and into which rows. `known` says whether a person may be named: all others are one row."""

    by: PeriodBy
    days: Days
    units: Mapping[str, str]
    lines: Callable[[str], bool]
    known: Callable[[str], bool]
    level: Callable[[str], str] = lambda _: ""
    """The level of a centre."""
    condition: Condition = Condition()

    @property
    def kind(self) -> Kind:
        """Raises KeyError where days are not stored so: see kind_of."""
        found = kind_of(self.by, self.condition)
        if found is None:
            raise KeyError(self.by)
        return found

    def placed(self, day: date, line: str, key: str) -> str | None:
        """The row of a `key` in the totals of a day, as they are stored; None for a line or a key that is not counted."""
        parts = dict(zip(PARTS[self.kind], key.split(SEAM), strict=True))
        if not (self.lines(line) and self.condition.allows(parts)):
            return None
        return self.row(day, line, parts[KEYED[self.by]] if self.by in KEYED else "")

    def row(self, day: date, line: str, key: str) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a kind of row
        """The row of a line, and of the part of a key that names rows."""
        match self.by:
            case PeriodBy.QUARTER | PeriodBy.HALF | PeriodBy.HOUR:
                begins, length = self.days.span(day)[0], WITHIN_A_DAY[self.by]
                since = int(key) * QUARTER_S - begins.timestamp()
                return (begins + timedelta(seconds=since) // length * length).isoformat()
            case PeriodBy.DAY_HOUR | PeriodBy.WEEK_HOUR:
                hour = f"{datetime.fromtimestamp(int(key) * QUARTER_S, self.days.zone):%H}"
                return hour if self.by is PeriodBy.DAY_HOUR else f"{day.isoweekday()} {hour}"
            case PeriodBy.WEEKDAY:
                return str(day.isoweekday())
            case PeriodBy.DAY:
                return day.isoformat()
            case PeriodBy.WEEK:
                return (day - timedelta(days=day.weekday())).isoformat()
            case PeriodBy.MONTH:
                return f"{day:%Y-%m}"
            case PeriodBy.CENTRE:
                return self.days.centre(line)
            case PeriodBy.LEVEL:
                return self.level(self.days.centre(line))
            case PeriodBy.UNIT:
                return self.units.get(line, "")
            case PeriodBy.LINE:
                return line
            case PeriodBy.CHANNEL:
                return family_of(key)
            case PeriodBy.OPERATOR:
                return key if self.known(key) else ""
            case PeriodBy.WAY:
                return ">".join(unit_of(each, self.units) for each in key.split(">"))
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
        rows = dict[str, str | None]()
        by_line = self.by not in KEYED and self.condition == Condition()
        for cell in cells:
            # A row depends on the line or on the key only, so it is not looked up for each cell.
            part = cell.line if by_line else cell.key if self.by in KEYED else f"{cell.line}{SEAM}{cell.key}"
            if not self.lines(cell.line):
                continue
            if part not in rows:
                rows[part] = self.placed(day, cell.line, cell.key)
            if (row := rows[part]) is not None:
                tally(cell.counts, to.setdefault(row, {}))
