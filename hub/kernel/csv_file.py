"""CSV that leaves the hub (RFC 4180). It is written here alone, so that no cell of it is a formula to a spreadsheet. Pure."""

import csv
from collections.abc import Iterable
from typing import TextIO

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a formula begins with (OWASP: CSV injection)."""


class CsvFile:
    """Rows of a text file that is open; an apostrophe stands before a text that a spreadsheet would compute."""

    def __init__(self, to: TextIO, *, delimiter: str = ",", end: str = "\r\n", quoted: bool = False) -> None:
        """With `quoted` every cell is."""
        self._rows = csv.writer(to, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)

    def write(self, *rows: Iterable[object]) -> None:
        self._rows.writerows([harmless(cell) for cell in row] for row in rows)


def harmless(cell: object) -> object:
    """A cell that is shown and never computed; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
