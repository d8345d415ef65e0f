"""Lists of the programme's office: read, changed row by row, as files, with their changes (GV-08)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct
from msgspec.structs import fields

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.tables import csv_response, csv_table
from hub.kernel.errors import RefusedError
from hub.organisation.centre import FUNCTIONS
from hub.programme.assumption import AssumptionMeasure
from hub.programme.funding import FundingSource
from hub.programme.gate import GateKind, GateMeasure
from hub.programme.sheet import KINDS, Sheet, SheetName, SheetRow
from hub.programme.sheet_book import SheetBook
from hub.programme.task import TASK_STATES, RowKey

HEADINGS = {"id": "Номер", "title": "Содержание", "due": "Срок", "responsible": "Ответственные", "state": "Состояние", "done": "Исполнено",
            "note": "Примечание", "document": "Вид документа", "term": "Срок по плану",
            "subject": "Субъект", "systems": "Системы", "stage": "Этап", "gate": "Рубеж", "measure": "Что считается", "target": "Нужно",
            "year": "Год", "source": "Источник", "centre": "Центр", "function": "Функция", "plan": "План, руб.", "fact": "Факт, руб.",
            "name": "Имя", "body": "Орган", "post": "Должность", "meeting": "Заседание", "speaker": "Докладчик",
            "number": "Телефон", "day": "Дата", "medium": "Носитель",
            "channel": "Канал", "low": "От", "high": "До", "since": "Действует с"}
"""Columns of the files, by field."""
WORDS: dict[StrEnum, str] = {
    **TASK_STATES,
    GateKind.ENTRY: "вход", GateKind.EXIT: "выход", GateMeasure.STATED: "утверждение", GateMeasure.FEDERAL_CENTRE: "федеральный центр",
    GateMeasure.PILOTS_WITH_MFC: "пилоты с МФЦ", GateMeasure.PILOTS_TRIED: "пилоты с интеграцией",
    GateMeasure.PILOTS_COVERED: "пилоты с охватом", GateMeasure.COVERED: "охвачено субъектов",
    GateMeasure.COVERED_PERCENT: "охвачено, %", GateMeasure.TRAINED_PERCENT: "обучено, %",
    GateMeasure.GATE_BEFORE: "прежний рубеж",
    FundingSource.FEDERAL: "федеральный бюджет", FundingSource.REGIONAL: "бюджет субъекта", FundingSource.MUNICIPAL: "местный бюджет",
    FundingSource.CONTRACT: "внебюджетный договор", **FUNCTIONS,
    AssumptionMeasure.BEFORE: "ответ без центра, мин", AssumptionMeasure.SPECIALISTS: "спросили бы специалиста, %",
    AssumptionMeasure.SPECIALIST_TIME: "специалист на вопрос, мин", AssumptionMeasure.MINUTE: "минута разговора, руб.",
    AssumptionMeasure.CONTACT: "обращение, руб."}
SheetVersion = Annotated[int, Meta(ge=0)]


class SheetOut(Struct, frozen=True):
    """`version` 0 is the content that comes with Okno; `overdue` are keys of rows past their term."""

    sheet: SheetName
    version: int
    today: date
    rows: tuple[SheetRow, ...]
    overdue: list[str]


class SheetRowIn(Struct, frozen=True):
    """`version` is that of the list that was changed."""

    version: SheetVersion
    row: SheetRow


class SheetVersionQuery(Struct, frozen=True):
    version: SheetVersion


class SheetChangeOut(Struct, frozen=True):
    """Added without `before`, deleted without `after`."""

    version: int
    at: datetime
    by: str
    before: SheetRow | None
    after: SheetRow | None


@endpoint("GET", "/api/programme/sheets/{sheet}", Permission.SEE_FIGURES)
async def programme_sheet(book: SheetBook, call: Call, sheet: SheetName) -> SheetOut:
    """A list, and which of its rows are past their term."""
    del call
    return _out(book, book[sheet])


@endpoint("PUT", "/api/programme/sheets/{sheet}/rows/{row}", Permission.EDIT_PROGRAMME)
async def put_programme_row(book: SheetBook, call: Call, sheet: SheetName, row: RowKey, body: SheetRowIn) -> SheetOut:
    """Replace a row, or add it at the end."""
    if body.row.id != row:
        raise RefusedError("bad_row", "Номер строки в адресе другой.")
    return _out(book, await book.put(call.who, sheet, body.version, body.row))


@endpoint("DELETE", "/api/programme/sheets/{sheet}/rows/{row}", Permission.EDIT_PROGRAMME)
async def drop_programme_row(book: SheetBook, call: Call, sheet: SheetName, row: RowKey, query: SheetVersionQuery) -> SheetOut:
    """Delete a row; its changes stay."""
    return _out(book, await book.drop(call.who, sheet, query.version, row))


@endpoint("GET", "/api/programme/sheets/{sheet}/changes", Permission.SEE_FIGURES)
async def programme_changes(book: SheetBook, call: Call, sheet: SheetName) -> list[SheetChangeOut]:
    """The last changes of a list, the newest first."""
    del call
    return [SheetChangeOut(each.version, each.at, each.by, each.before, each.after) for each in await book.changes(sheet)]


@endpoint("GET", "/api/programme/sheets/{sheet}/file", Permission.SEE_FIGURES)
async def programme_file(book: SheetBook, call: Call, sheet: SheetName) -> web.Response:
    """The list as CSV."""
    del call
    found = book[sheet]
    names = [each.name for each in fields(KINDS[sheet])]
    overdue = set(found.overdue(book.today))
    rows = [[*(_cell(getattr(each, name)) for name in names), "да" if each.id in overdue else ""] for each in found.rows]
    return csv_response(f"{sheet}-{book.today}.csv", csv_table([*(HEADINGS[name] for name in names), "Просрочено"], rows))


def _cell(value: object) -> object:
    match value:
        case StrEnum():
            return WORDS[value]
        case date():
            return f"{value:%d.%m.%Y}"
        case None:
            return ""
        case _:
            return value


def _out(book: SheetBook, sheet: Sheet) -> SheetOut:
    return SheetOut(sheet.name, sheet.version, book.today, sheet.rows, sheet.overdue(book.today))


ENDPOINTS = (programme_sheet, put_programme_row, drop_programme_row, programme_changes, programme_file)
