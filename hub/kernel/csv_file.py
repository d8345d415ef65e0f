"""Writer of all CSV that leaves the hub (RFC 4180), so that no cell is executed as a formula by a spreadsheet. Pure."""

import csv
from collections.abc import Iterable
from typing import TextIO

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters of a formula (OWASP: CSV injection)."""


class CsvFile:
    """Writes rows to an open text file and puts an apostrophe before text that a spreadsheet would evaluate."""

    def __init__(self, to: TextIO, *, delimiter: str = ",", end: str = "\r\n", quoted: bool = False) -> None:
        """`quoted` puts every cell in quotes."""
        self._rows = csv.writer(to, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)

    def write(self, *rows: Iterable[object]) -> None:
        self._rows.writerows([harmless(cell) for cell in row] for row in rows)


def harmless(cell: object) -> object:
    """The cell as text that is never evaluated; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
