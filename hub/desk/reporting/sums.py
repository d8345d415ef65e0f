"""Figures in the API, and as tables for spreadsheets."""

from collections.abc import Mapping
from datetime import date, datetime
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, defstruct

from hub.desk.http.forms import NamedOut
from hub.desk.http.tables import csv_table
from hub.reporting.breakdown import PeriodBy
from hub.reporting.columns import NAMED, SHOWN, fields, values
from hub.reporting.contact_history import DelayCause, Result
from hub.reporting.figure import Figure, FigureGroup, FigureUnit, Formula, Place


class ColumnOut(Struct, frozen=True):
    """A column on a screen, in the order of columns. Shares are 0 to 1.

    `title` is the key of its heading in the desk's texts; `formula` that of its formula, "" where it is counted. `lists` says that
    it opens the items behind it; `beside` names the figure of which it is a part.
    """

    name: str
    title: str
    group: FigureGroup
    unit: FigureUnit
    formula: str
    lists: bool
    beside: str


def columns_out(place: Place) -> list[ColumnOut]:
    words = WORDS[place]
    return [ColumnOut(each.name, f"{words}.{each.key(place)}", each.group, each.unit,
                      f"reports.formula.{each.name}" if isinstance(each.source, Formula) else "", each.lists, each.beside)
            for each in SHOWN[place]]


WORDS = {Place.DAY_SCREEN: "figures.column", Place.COUNTRY_SCREEN: "figures.column", Place.PERIOD_SCREEN: "reports.figure"}
"""Prefixes of the table headings in the desk's texts."""

DayFields: Any = defstruct("DayFields", fields(Place.DAY), frozen=True)
PeriodFields: Any = defstruct("PeriodFields", [(*each, 0) if each in fields(Place.PERIOD, counted=True) else each
                                               for each in fields(Place.PERIOD)], frozen=True, kw_only=True)


class SumsOut(DayFields, frozen=True):  # type: ignore[call-arg,misc]  # its fields are those of the table
    """Contacts that began in a period.

    `service_level` is the strict share answered within 20 s, 0 to 1; null when nothing is decided yet.
    """

    start: datetime


class PeriodRowOut(PeriodFields, frozen=True, kw_only=True):  # type: ignore[call-arg,misc]  # its fields are those of the table
    """A row; `key` is "" for unknown ones. Shares are 0 to 1, null where nothing is decided yet."""

    key: str
    title: str
    """In Russian."""


class PeriodOut(Struct, frozen=True):
    """Rows in the order of their keys; `before` is the sum of the preceding period of equal length.

    `lines` are those of the visible `centres`.
    """

    since: date
    until: date
    by: PeriodBy
    today: date
    timezone: str
    now: datetime
    centres: list[NamedOut]
    lines: list[NamedOut]
    columns: list[ColumnOut]
    rows: list[PeriodRowOut]
    total: PeriodRowOut
    before: PeriodRowOut
    earlier: list[PeriodRowOut]
    """With `compare`, the rows of the preceding period, each in the place of the row that it is compared with."""


class FiguresOut(Struct, frozen=True):
    """`intervals` are those that have begun; times of the day are in `timezone`. `centres` are all of this hub."""

    day: date
    today: date
    timezone: str
    now: datetime
    centres: list[NamedOut]
    columns: list[ColumnOut]
    intervals: list[SumsOut]
    total: SumsOut


class BreachOut(Struct, frozen=True):
    """A wait of more than 20 s, and its cause; `call_wait_s` is the wait from the answer of the call, null for text."""

    conversation: str
    number: str
    asked: datetime
    wait_s: float
    result: Result
    cause: DelayCause
    queue: str
    call_wait_s: float | None


class BreachesOut(Struct, frozen=True):
    breaches: list[BreachOut]
    more: bool


class ReportOut(Struct, frozen=True):
    """A centre's report. Version 0 is provisional, 1 is the first report, and a higher one is a revision."""

    centre: str
    name: str
    version: int
    figures: SumsOut


class NationalOut(Struct, frozen=True):
    """`restated` is the number of revisions; `missing` are centres without a report."""

    day: date
    columns: list[ColumnOut]
    reports: list[ReportOut]
    total: SumsOut
    restated: int
    missing: list[NamedOut]


def sums_out(start: datetime, figures: Mapping[str, float]) -> SumsOut:
    """From counts by name; 0 for those unknown to an older report."""
    return SumsOut(start=start, **values(Place.DAY, figures))


def row_out(key: str, title: str, counts: Mapping[str, float]) -> PeriodRowOut:
    return PeriodRowOut(key=key, title=title, **values(Place.PERIOD, counts))


HEADINGS = {figure.name: figure.called(Place.DAY_FILE) for figure in SHOWN[Place.DAY_FILE]}
"""The columns of a table."""


def day_table(out: FiguresOut) -> bytes:
    """A row for each interval, and the day."""
    zone = ZoneInfo(out.timezone)
    rows = [[f"{each.start.astimezone(zone):%H:%M}", *_cells(each)] for each in out.intervals]
    return csv_table(["Начало", *HEADINGS.values()], [*rows, ["За день", *_cells(out.total)]])


def country_table(out: NationalOut) -> bytes:
    """A row for each centre, and their sum."""
    rows = [[each.centre, each.name, each.version, *_cells(each.figures)] for each in out.reports]
    missing = [[each.id, each.title, "нет отчёта"] for each in out.missing]
    return csv_table(["Центр", "Название", "Версия отчёта", *HEADINGS.values()], [*rows, *missing, ["", "Всего", "", *_cells(out.total)]])


def _cells(sums: SumsOut) -> list[str]:
    return [_cell(name, getattr(sums, name)) for name in HEADINGS]


def shown(figure: Figure, value: float | None) -> float | None:
    """As text: shares in per cent, never rounded up."""
    if value is None:
        return None
    return floor(value * 10_000) / 100 if figure.unit is FigureUnit.SHARE else round(value, 2)


def _cell(name: str, value: float | None) -> str:
    return "" if value is None else str(shown(NAMED[name], value)).replace(".", ",")
