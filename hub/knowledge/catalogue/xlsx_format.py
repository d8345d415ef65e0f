"""The catalogue as a workbook (XLSX, ECMA-376): a sheet for each kind of record, with Russian titles. Pure: bytes in, bytes out.

A workbook is an untrusted archive of XML, so its unpacked size is limited before it is read.
"""

import zlib
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias
from zipfile import BadZipFile, LargeZipFile, ZipFile

from hub.knowledge.catalogue.columns import RECORDS_LIMIT, Brought, Kind, entry_of, kind_of, records, too_many
from hub.knowledge.catalogue.csv_format import CELL_LIMIT, cells, entry_of_row, headings
from hub.knowledge.catalogue.titles import SHEETS, kind_of_sheet, path_of, title_of
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError

if TYPE_CHECKING:
    from openpyxl.cell import Cell, MergedCell
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

    AnyCell: TypeAlias = Cell | MergedCell | ReadOnlyCell | EmptyCell

UNPACKED_LIMIT, PARTS_LIMIT, COLUMNS_LIMIT = 64 << 20, 200, 100
"""Unpacked bytes, files of an archive, and columns of a sheet. A workbook of 20,000 services has 30 MB."""
FORMULA = "f"
"""openpyxl's type of a formula cell."""
COLUMN_WIDTH = 24
MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook knows no zone
"""Fixed creation time, so that the same catalogue gives the same file."""
BROKEN = (AttributeError, BadZipFile, EOFError, LookupError, NotImplementedError, OSError, OverflowError, RecursionError, RuntimeError,
          SyntaxError, TypeError, ValueError, zlib.error)
"""Exceptions of openpyxl and its libraries for damaged or malicious files."""


def write_xlsx(catalogue: Catalogue) -> bytes:
    """Raises CatalogueError for a value too long for a cell."""
    import xlsxwriter  # noqa: PLC0415 - 3 MB, for whoever wants a workbook

    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": MADE})
        bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@", "valign": "top"})
        for kind, name in SHEETS.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 1)
            names = headings(kind)
            sheet.set_column(0, len(names) - 1, COLUMN_WIDTH, plain)
            sheet.write_row(0, 0, map(title_of, names), bold)
            rows = (cells(entry_of(record), kind) for record in records(catalogue) if kind_of(record) is kind)
            for number, row in enumerate(rows, 1):
                for path, text in row.items():
                    if len(text) > CELL_LIMIT:
                        message = f"{kind} {row['id']}: {path} длиннее, чем вмещает ячейка"
                        raise CatalogueError(message)
                    sheet.write_string(number, names.index(path), text, plain)
    return out.getvalue()


def read_xlsx(content: bytes) -> list[Brought]:
    """Raises CatalogueError that names the sheet, the row and the column."""
    from openpyxl import load_workbook  # noqa: PLC0415 - 14 MB and 0.17 s, needed only for a workbook
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - as above

    _bounded(content)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            kinds = {name: kind_of_sheet(name) for name in book.sheetnames}
            if strange := [name for name, kind in kinds.items() if kind is None]:
                message = f"лист «{strange[0]}» не знаком; листы бывают {', '.join(SHEETS.values())}"
                raise CatalogueError(message)
            return [each for name, kind in kinds.items() if kind
                    for each in _brought(name, kind, book[name].iter_rows(max_col=COLUMNS_LIMIT))]
        finally:
            book.close()
    except (*BROKEN, InvalidFileException) as error:
        message = f"книга не читается ({type(error).__name__})"
        raise CatalogueError(message) from error


def _bounded(content: bytes) -> None:
    # Python's zipfile reads no more of a part than its directory says, so the declared sizes can be trusted.
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except (BadZipFile, LargeZipFile, NotImplementedError, ValueError, OSError) as error:
        raise CatalogueError("это не книга XLSX") from error
    if len(parts) > PARTS_LIMIT or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        message = f"в книге больше {UNPACKED_LIMIT >> 20} МБ или {PARTS_LIMIT} частей"
        raise CatalogueError(message)


def _brought(sheet: str, kind: Kind, rows: "Iterator[tuple[AnyCell, ...]]") -> Iterator[Brought]:
    names = [path_of(kind, _text(cell, f"{sheet}, строка 1")) for cell in next(rows, ())]
    while names and not names[-1]:
        names.pop()
    if len(set(names)) < len(names):
        message = f"{sheet}, строка 1: два столбца названы одинаково"
        raise CatalogueError(message)
    for number, row in enumerate(rows, 2):
        if number > RECORDS_LIMIT + 1:  # including empty ones: a few bytes can declare a million rows
            raise too_many()
        where = f"{sheet}, строка {number}"
        texts = [_text(cell, where) for cell in row]
        if any(texts[len(names):]):
            message = f"{where}: есть ячейка без столбца"
            raise CatalogueError(message)
        if any(texts):
            row_of = dict(zip(names, [*texts, *[""] * len(names)], strict=False))
            yield Brought(kind, entry_of_row(kind, row_of, where))


def _text(cell: "AnyCell", where: str) -> str:
    """A value as text: dates as ISO 8601, whole numbers without a point."""
    if cell.data_type == FORMULA:
        message = f"{where}: формула, а принимаются только значения"
        raise CatalogueError(message)
    match cell.value:
        case None:
            return ""
        case bool() as value:
            return str(value).lower()
        case float() as value if value.is_integer():
            return str(int(value))
        case datetime() as value:
            return value.date().isoformat()
        case date() as value:
            return value.isoformat()
        case value:
            return str(value)
