"""The catalogue as CSV tables for spreadsheets: a row for each record, a column for each field, all cells text. Pure.

Several values are lines of one cell; structured values are JSON (RFC 8259).
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from io import StringIO

import msgspec

from hub.kernel.csv_file import CsvFile
from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.catalogue.columns import (
    OURS,
    RECORDS_LIMIT,
    Brought,
    Column,
    Entry,
    Form,
    Kind,
    columns,
    entry_of,
    kind_of,
    records,
    too_many,
)
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError

KIND = "kind"
"""The column with the kind of a row; without it all rows are services."""
CELL_LIMIT = 32_767
"""Most characters of a spreadsheet cell (ECMA-376, as limited by Excel)."""

Row = Mapping[str, str]


def headings(kind: Kind) -> list[str]:
    return [column.path for column in columns(kind) if column.path not in OURS]


def cells(entry: Entry, kind: Kind) -> dict[str, str]:
    return {column.path: _cell(column, entry[column.path]) for column in columns(kind) if entry.get(column.path) is not None}


def entry_of_row(kind: Kind, row: Row, where: str) -> Entry:
    """The entry of a row; `where` names it in errors. Raises CatalogueError for unknown columns, formulas, and invalid JSON."""
    known = {column.path: column for column in columns(kind)}
    if strange := [path for path in row if path not in known or path in OURS]:
        near = get_close_matches(min(strange), known, n=1)
        message = f"{where}: столбца «{min(strange)}» нет; {'похож' if near else 'бывают'} {', '.join(near or headings(kind))}"
        raise CatalogueError(message)
    if not row.get("id", "").strip():
        message = f"{where}: id пуст"
        raise CatalogueError(message)
    return {path: _value(known[path], text, f"{where}, {path}") for path, text in row.items()}


def write_csv(catalogue: Catalogue) -> bytes:
    """In the form that Russian spreadsheets open: UTF-8 with BOM, semicolons; no cell is taken for a formula."""
    every = [KIND, *dict.fromkeys(path for kind in Kind for path in headings(kind))]
    text = StringIO()
    table = CsvFile(text, delimiter=";")
    table.write(every)
    for record in records(catalogue):
        kind = kind_of(record)
        told = {KIND: kind.value} | cells(entry_of(record), kind)
        table.write([_marked(told.get(column, "")) for column in every])
    return text.getvalue().encode("utf-8-sig")


def read_csv(content: bytes) -> list[Brought]:
    """Raises CatalogueError that names the row and the column."""
    text = _decoded(content)
    first = text.partition("\n")[0]
    try:
        return list(_rows(csv.DictReader(StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)))
    except csv.Error as error:
        message = f"это не CSV: {explain_validation_error(error)}"
        raise CatalogueError(message) from error


def _decoded(content: bytes) -> str:
    """UTF-8, or Windows-1251, as Excel in Russia saves «CSV». Raises CatalogueError."""
    for encoding in ("utf-8-sig", "cp1251") if b"\0" not in content else ():  # a NUL is of UTF-16, or no text at all
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CatalogueError("это не UTF-8 и не Windows-1251: сохраните файл как CSV UTF-8")


def _rows(table: "csv.DictReader[str]") -> Iterator[Brought]:
    names = table.fieldnames or ()
    if len(set(names)) < len(names):
        raise CatalogueError("строка 1: два столбца названы одинаково")
    for number, row in enumerate(table, 2):
        if number > RECORDS_LIMIT + 1:
            raise too_many()
        where = f"строка {number}"
        if None in row or None in row.values():
            message = f"{where}: ячеек не столько, сколько в первой строке"
            raise CatalogueError(message)
        said = row.pop(KIND, Kind.SERVICE)
        if said not in set(Kind):
            message = f"{where}, {KIND}: бывает {', '.join(Kind)}"
            raise CatalogueError(message)
        kind = Kind(said)
        # Columns of other kinds are empty in this row.
        strange = {path for each in Kind for path in headings(each)} - set(headings(kind))
        fitting = {path: _meant(cell, f"{where}, {path}") for path, cell in row.items() if cell or path not in strange}
        yield Brought(kind, entry_of_row(kind, fitting, where))


def _cell(column: Column, value: object) -> str:
    if column.form is Form.LINES and isinstance(value, Sequence) and all(_fits_a_line(each) for each in value):
        return "\n".join(value)
    if column.form is not Form.TEXT:
        return msgspec.json.encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fits_a_line(text: object) -> bool:
    return isinstance(text, str) and text == text.strip() != "" and not text.startswith("[") and len(text.splitlines()) == 1


def _value(column: Column, text: str, where: str) -> object:
    if not text:
        return None
    if column.form is Form.TEXT:
        return text
    if column.form is Form.LINES and not text.startswith("["):
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        message = f"{where}: это не JSON: {explain_validation_error(error)}"
        raise CatalogueError(message) from error


def _marked(cell: str) -> str:
    """Adds an apostrophe, which `_meant` removes: it keeps spreadsheets from evaluating the cell."""
    return f"'{cell}" if cell.startswith("'") else cell


def _meant(cell: str, where: str) -> str:
    """Raises CatalogueError for a formula."""
    if cell.startswith(("=", "@")):
        message = f"{where}: формула, а принимаются только значения"
        raise CatalogueError(message)
    return cell.removeprefix("'")
