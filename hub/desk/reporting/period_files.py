"""Figures of a period as files: CSV and XLSX for Russian spreadsheets, PDF for people; all with their formulas (MC-02). Pure."""

from math import ceil
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.desk.http.tables import as_csv as csv_of
from hub.desk.http.tables import as_xlsx as xlsx_of
from hub.desk.reporting.sums import PeriodOut, PeriodRowOut, shown
from hub.kernel.printable import Facts, Heading, PrintableDocument, PrintablePart, Table, Text
from hub.reporting.breakdown import PeriodBy
from hub.reporting.columns import NAMED, SHOWN
from hub.reporting.figure import FigureGroup, Place

GROUPS = {
    FigureGroup.ASKED: "Обращения к операторам", FigureGroup.CALLS: "Звонки", FigureGroup.TALKS: "Разговоры",
    FigureGroup.HANDED: "Передачи", FigureGroup.PROMISES: "Обещания"}
COLUMNS = {title: {each.name: each.called(Place.PERIOD_FILE) for each in SHOWN[Place.PERIOD_FILE] if each.group is group}
           for group, title in GROUPS.items()}
"""Columns in groups that fit a page."""
ABREAST = 6
"""Columns of figures on a page."""
NAMES = {name: heading for group in COLUMNS.values() for name, heading in group.items()}
FORMULAS = (*(each.how for each in SHOWN[Place.PERIOD_FILE] if each.how), "Доли округлены вниз: 100 % — это все до одного.")
SORTS = {
    PeriodBy.QUARTER: "Начало (15 минут)", PeriodBy.HALF: "Начало (30 минут)", PeriodBy.HOUR: "Начало (час)", PeriodBy.DAY: "День",
    PeriodBy.WEEK: "Неделя с", PeriodBy.MONTH: "Месяц", PeriodBy.CENTRE: "Центр", PeriodBy.UNIT: "Подразделение", PeriodBy.LINE: "Линия",
    PeriodBy.CHANNEL: "Канал", PeriodBy.TOPIC: "Тема", PeriodBy.OPERATOR: "Ответил первым", PeriodBy.WAY: "Откуда → куда"}
TITLE = "Показатели обслуживания"
Row = tuple[str | float, ...]


class Made(NamedTuple):
    """Contents of a file: report, author, centre, and the title of a single line."""

    out: PeriodOut
    by: str
    centre: str
    line: str = ""

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Contents, author and time."""
        out = self.out
        zone = ZoneInfo(out.timezone)
        line = (("Линия", self.line),) if self.line else ()
        return (("Период", f"{out.since:%d.%m.%Y} — {out.until:%d.%m.%Y}"), ("Часовой пояс", out.timezone), *line,
                ("Составил", self.by), ("Составлено", f"{out.now.astimezone(zone):%d.%m.%Y %H:%M:%S}"))

    def lines(self) -> list[tuple[str, PeriodRowOut]]:
        """Rows by name, and the sum."""
        return [*((row.title or "Не указано", row) for row in self.out.rows), ("Всего", self.out.total),
                ("Период до этого", self.out.before)]


def value(name: str, row: PeriodRowOut) -> float | None:
    """A figure as text."""
    return shown(NAMED[name], getattr(row, name))


def as_csv(made: Made) -> bytes:
    rows: list[Row] = [(title, *(_decimal(value(name, row)) for name in NAMES)) for title, row in made.lines()]
    notes: list[Row] = [(), *made.facts(), (), *((formula,) for formula in FORMULAS)]
    return csv_of([*rows, *notes], (SORTS[made.out.by], *NAMES.values()))


def as_xlsx(made: Made) -> bytes:
    rows: list[Row] = []
    for title, row in made.lines():
        figures = [value(name, row) for name in NAMES]
        rows.append((title, *("" if figure is None else figure for figure in figures)))
    notes = [*made.facts(), *((formula,) for formula in FORMULAS)]
    return xlsx_of(TITLE, rows, (SORTS[made.out.by], *NAMES.values()), wide=1, notes=notes)


def as_paper(made: Made) -> PrintableDocument:
    tables = [Table(group, (SORTS[made.out.by], *(NAMES[name] for name in names)),
                    tuple((title, *(_decimal(value(name, row)) for name in names)) for title, row in made.lines()))
              for group, columns in COLUMNS.items() for names in _abreast(tuple(columns))]
    foot = f"{made.centre}. Составил: {made.by}"
    parts: tuple[PrintablePart, ...] = (Facts(made.facts()), *tables, Heading("Как посчитано"), Text("\n".join(FORMULAS)))
    return PrintableDocument(TITLE, made.out.until, parts, foot, made.centre)


def _abreast(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Columns of each table, distributed evenly to fit a page."""
    size = ceil(len(names) / ceil(len(names) / ABREAST))
    return [names[at:at + size] for at in range(0, len(names), size)]


def _decimal(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.2f}".rstrip("0").rstrip(".").replace(".", ",")
