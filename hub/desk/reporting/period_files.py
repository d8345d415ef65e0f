"""Figures of a period as files: CSV and XLSX for Russian spreadsheets, PDF for people; all with their formulas (MC-02). Pure."""

from collections.abc import Callable
from math import ceil
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.desk.http.tables import as_csv as csv_of
from hub.desk.http.tables import as_xlsx as xlsx_of
from hub.desk.reporting.sums import PeriodOut, PeriodRowOut, shown
from hub.kernel.errors import RefusedError
from hub.kernel.printable import Facts, Heading, PrintableDocument, PrintablePart, Table, Text
from hub.reporting.breakdown import PeriodBy
from hub.reporting.columns import NAMED, SHOWN
from hub.reporting.figure import FigureGroup, Place

GROUPS = {
    FigureGroup.ASKED: "Обращения к операторам", FigureGroup.CALLS: "Звонки", FigureGroup.TALKS: "Разговоры",
    FigureGroup.HANDED: "Передачи", FigureGroup.PROMISES: "Обещания"}
ABREAST = 6
"""Columns of figures on a page."""
NAMES = {each.name: each.called(Place.PERIOD_FILE) for group in GROUPS for each in SHOWN[Place.PERIOD_FILE] if each.group is group}
FORMULAS = (*(each.how for each in SHOWN[Place.PERIOD_FILE] if each.how), "Доли округлены вниз: 100 % — это все до одного.")
SORTS = {
    PeriodBy.QUARTER: "Начало (15 минут)", PeriodBy.HALF: "Начало (30 минут)", PeriodBy.HOUR: "Начало (час)", PeriodBy.DAY: "День",
    PeriodBy.WEEK: "Неделя с", PeriodBy.MONTH: "Месяц", PeriodBy.WEEKDAY: "День недели", PeriodBy.DAY_HOUR: "Час",
    PeriodBy.WEEK_HOUR: "День недели, час", PeriodBy.CENTRE: "Центр", PeriodBy.LEVEL: "Уровень", PeriodBy.UNIT: "Подразделение",
    PeriodBy.LINE: "Линия", PeriodBy.CHANNEL: "Канал", PeriodBy.TOPIC: "Тема", PeriodBy.OPERATOR: "Ответил первым",
    PeriodBy.WAY: "Откуда → куда"}
TITLE = "Показатели обслуживания"
UNKNOWN = "Не указано"
Row = tuple[str | float, ...]


WEEKDAYS = ("Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс")
HOURS = range(24)


def clock_title(by: PeriodBy, key: str) -> str:
    """«Пн», «9:00», «Пн, 9:00»."""
    day, _, hour = key.rpartition(" ") if by is not PeriodBy.WEEKDAY else (key, "", "")
    return ", ".join([*([WEEKDAYS[int(day) - 1]] if day else []), *([f"{int(hour)}:00"] if hour else [])])


class Made(NamedTuple):
    """Contents of a file: report, author, centre, conditions by name, and the chosen columns."""

    out: PeriodOut
    by: str
    centre: str
    conditions: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = tuple(NAMES)

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Contents, author and time."""
        out = self.out
        zone = ZoneInfo(out.timezone)
        return (("Период", f"{out.since:%d.%m.%Y} — {out.until:%d.%m.%Y}"), ("Часовой пояс", out.timezone), *self.conditions,
                ("Составил", self.by), ("Составлено", f"{out.now.astimezone(zone):%d.%m.%Y %H:%M:%S}"))

    def headings(self) -> tuple[str, ...]:
        """With a comparison each figure stands beside that of the preceding period."""
        named = [NAMES[name] for name in self.names]
        return (SORTS[self.out.by], *(each for one in named for each in ((one, f"{one}: период до этого") if self.out.earlier else (one,))))

    def lines(self) -> list[tuple[str, list[float | None]]]:
        """Rows by name, and the sum."""
        out = self.out
        if not out.earlier:
            return [*((row.title or UNKNOWN, self._figures(row)) for row in out.rows), ("Всего", self._figures(out.total)),
                    ("Период до этого", self._figures(out.before))]
        pairs = [*((row.title or UNKNOWN, row, before) for row, before in zip(out.rows, out.earlier, strict=True)),
                 ("Всего", out.total, out.before)]
        return [(title, [value(name, each) for name in self.names for each in both]) for title, *both in pairs]

    def clock(self) -> list[tuple[str, str, list[float | None]]]:
        """Each figure by day of the week and hour: figure, day, the hours."""
        rows = {row.key: row for row in self.out.rows}
        return [(NAMES[name], title, [value(name, row) if (row := rows.get(f"{day} {hour:02d}")) else None for hour in HOURS])
                for name in self.names for day, title in enumerate(WEEKDAYS, 1)]

    def _figures(self, row: PeriodRowOut) -> list[float | None]:
        return [value(name, row) for name in self.names]


def chosen(columns: str) -> tuple[str, ...]:
    """Names of figures, all where none is named; raises RefusedError for unknown ones."""
    names = tuple(dict.fromkeys(name for name in columns.split(",") if name))
    if unknown := [name for name in names if name not in NAMES]:
        raise RefusedError("bad_columns", f"Таких показателей нет: {', '.join(unknown)}.")
    return names or tuple(NAMES)


def value(name: str, row: PeriodRowOut) -> float | None:
    """A figure as text."""
    return shown(NAMED[name], getattr(row, name))


def as_csv(made: Made) -> bytes:
    headings, rows = _sheet(made, _decimal)
    notes: list[Row] = [(), *made.facts(), (), *((formula,) for formula in FORMULAS)]
    return csv_of([*rows, *notes], headings)


def as_xlsx(made: Made) -> bytes:
    headings, rows = _sheet(made, lambda figure: "" if figure is None else figure)
    notes = [*made.facts(), *((formula,) for formula in FORMULAS)]
    return xlsx_of(TITLE, rows, headings, whole=made.out.by is not PeriodBy.WEEK_HOUR, wide=1, notes=notes)


def _sheet(made: Made, cell: Callable[[float | None], str | float]) -> tuple[tuple[str, ...], list[Row]]:
    """Headings and rows; days of the week stand beside their hours."""
    if made.out.by is PeriodBy.WEEK_HOUR and not made.out.earlier:
        return (("Показатель", "День недели", *(f"{hour}:00" for hour in HOURS)),
                [(figure, day, *map(cell, hours)) for figure, day, hours in made.clock()])
    return made.headings(), [(title, *map(cell, figures)) for title, figures in made.lines()]


def as_paper(made: Made) -> PrintableDocument:
    heads, lines = made.headings(), made.lines()
    places: dict[str, list[int]] = {}
    for place in range(len(heads) - 1):
        name = made.names[place // 2 if made.out.earlier else place]
        places.setdefault(GROUPS[NAMED[name].group], []).append(place)
    tables = [Table(group, (heads[0], *(heads[1:][at] for at in ats)),
                    tuple((title, *(_decimal(figures[at]) for at in ats)) for title, figures in lines))
              for group, columns in places.items() for ats in _abreast(tuple(columns))]
    foot = f"{made.centre}. Составил: {made.by}"
    parts: tuple[PrintablePart, ...] = (Facts(made.facts()), *tables, Heading("Как посчитано"), Text("\n".join(FORMULAS)))
    return PrintableDocument(TITLE, made.out.until, parts, foot, made.centre)


def _abreast(columns: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Columns of each table, distributed evenly to fit a page."""
    size = ceil(len(columns) / ceil(len(columns) / ABREAST))
    return [columns[at:at + size] for at in range(0, len(columns), size)]


def _decimal(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.2f}".rstrip("0").rstrip(".").replace(".", ",")
