"""Reports on cases, and others like them, as files: for spreadsheets in Russian (RQ-05)."""

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter

from hub.desk.reporting.sums import csv_table

Row = Sequence[str | float]
HEADINGS = ("Ключ", "Название", "Зарегистрировано", "Открыто", "Дан ответ", "Передано", "Отозвано", "С опозданием", "Срок продлён")
"""The columns of a report."""
WIDTHS = (18, 48)
"""Of the first columns, in characters."""


def as_csv(rows: Sequence[Row], headings: Sequence[str] = HEADINGS) -> bytes:
    return csv_table(headings, rows)


def as_xlsx(title: str, rows: Sequence[Row], headings: Sequence[str] = HEADINGS, *, whole: bool = True, wide: int = 2,
            notes: Sequence[Row] = ()) -> bytes:
    """A sheet; figures are numbers, and words are never taken for formulas. The last row is the `whole`, `notes` are a sheet of their own.

    Of `wide` columns, at most two, the words are longer than those above figures.
    """
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
