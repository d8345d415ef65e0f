"""Tables as files for Russian spreadsheets (RQ-05)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from io import BytesIO, StringIO

from aiohttp import web

from hub.kernel.csv_file import CsvFile

Row = Sequence[str | float]
HEADINGS = ("Ключ", "Название", "Зарегистрировано", "Открыто", "Дан ответ", "Передано", "Отозвано", "С опозданием", "Срок продлён")
"""The columns of a report."""
WIDTHS = (18, 48)
"""Of the first columns, in characters."""
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
LONGEST = timedelta(days=400)


def csv_table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """CSV for Excel in Russian: UTF-8 with BOM, semicolons, decimal commas. No cell is a formula."""
    text = StringIO()
    CsvFile(text, delimiter=";").write(headings, *rows)
    return text.getvalue().encode("utf-8-sig")


def csv_response(name: str, table: bytes) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=table, content_type="text/csv", charset="utf-8", headers=headers)


def as_csv(rows: Sequence[Row], headings: Sequence[str] = HEADINGS) -> bytes:
    return csv_table(headings, rows)


def as_xlsx(title: str, rows: Sequence[Row], headings: Sequence[str] = HEADINGS, *, whole: bool = True, wide: int = 2,
            notes: Sequence[Row] = ()) -> bytes:
    """A sheet; figures are numbers, and texts are never formulas. The last row is the `whole`, `notes` are a separate sheet.

    The `wide` columns, at most two, have long texts.
    """
    import xlsxwriter  # noqa: PLC0415 - 3 MB, for whoever wants a workbook

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(WIDTHS[-wide:]):
            sheet.set_column(column, column, width)
        sheet.set_column(wide, len(headings) - 1, len("Зарегистрировано"))
        sheet.write_row(0, 0, headings, bold)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row, bold if whole and number == len(rows) else None)
        if notes:
            below = book.add_worksheet("Как посчитано")
            below.set_column(0, 1, WIDTHS[1])
            for number, row in enumerate(notes):
                below.write_row(number, 0, row)
    return out.getvalue()
