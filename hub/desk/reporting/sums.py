"""Figures as they leave the hub: on the wire, and as tables that a spreadsheet opens."""

from collections.abc import Mapping
from datetime import date, datetime
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.desk.http.forms import NamedOut
from hub.desk.http.tables import csv_table
from hub.reporting.contact_history import DelayCause, Result
from hub.reporting.interval_figures import Sums, mean_wait_s, service_level


class SumsOut(Sums, frozen=True):
    """What began in a time. `service_level` is the strict share answered within 20 s, 0 to 1; null when nothing is decided yet."""

    start: datetime
    breaches: int
    service_level: float | None
    mean_wait_s: float | None


class FiguresOut(Struct, frozen=True):
    """`intervals` are those that have begun; times of the day are those of `timezone`. `centres` are all that this hub serves."""

    day: date
    today: date
    timezone: str
    now: datetime
    centres: list[NamedOut]
    intervals: list[SumsOut]
    total: SumsOut


class BreachOut(Struct, frozen=True):
    """Somebody who waited for longer than 20 s, and why."""

    conversation: str
    number: str
    asked: datetime
    wait_s: float
    result: Result
    cause: DelayCause
    queue: str


class BreachesOut(Struct, frozen=True):
    breaches: list[BreachOut]
    more: bool


class ReportOut(Struct, frozen=True):
    """What a centre reports. Version 0 is provisional, 1 is the first report, and a higher one restates it."""

    centre: str
    name: str
    version: int
    figures: SumsOut


class NationalOut(Struct, frozen=True):
    """`restated` tells how often the reports in it have been replaced; `missing` are centres that have not reported."""

    day: date
    reports: list[ReportOut]
    total: SumsOut
    restated: int
    missing: list[NamedOut]


def sums_out(start: datetime, figures: Mapping[str, float]) -> SumsOut:
    """Out of counts by their names; one that an older report does not know is 0."""
    counted: dict[str, Any] = {name: figures.get(name, 0) for name in Sums.__struct_fields__}
    sums = Sums(**counted)
    late = int(figures.get("breaches", 0))
    return SumsOut(**counted, start=start, breaches=late, service_level=service_level(sums), mean_wait_s=mean_wait_s(sums))


HEADINGS = {
    "offered": "Обратились", "service_level": "Отвечено за 20 с, %", "mean_wait_s": "Среднее ожидание, с", "answered": "Отвечено",
    "in_time": "Отвечено за 20 с", "breaches": "Ждали дольше 20 с", "left": "Не дождались", "left_early": "Ушли за 20 с",
    "promised": "Получили обещание", "waiting": "Ещё ждут", "transfers": "Передач",
    "passed": "Из них между центрами", "wait_s": "Сумма ожиданий, с",
    "talk_s": "Сумма разговоров, с", "hold_s": "Из них удержания, с",
    "talks_ended": "Разговоров завершено", "talks_in_time": "Завершено за 10 мин",
    "callbacks": "Ответов по обещаниям", "callbacks_answered": "Из них состоялось", "callbacks_talk_s": "Сумма таких разговоров, с",
    "given": "Обещаний дано", "kept": "Исполнено в срок", "kept_late": "Исполнено с опозданием", "withdrawn": "Снято заявителем",
    "open": "Ещё не исполнено", "overdue": "Просрочено",
}
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


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name == "service_level":
        value = floor(value * 10_000) / 100  # never rounded up: 100 % is every single one
    return str(round(value, 2)).replace(".", ",")
