"""Reader of tables that people bring: CSV as spreadsheets write it, with columns named in one of several ways. Pure."""

import csv
from collections.abc import Collection, Iterator, Mapping
from io import StringIO

from hub.kernel.errors import RefusedError


def read_table(text: str, heads: Mapping[str, Collection[str]], example: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each row in the file, and its cells by the names of `heads`, whose values are the titles of a column in lower case.

    Separated by semicolons, commas or tabs; empty rows are left out. Raises RefusedError where a column is missing: `example` says which
    are needed.
    """
    text = text.lstrip("\ufeff")
    first = text.partition("\n")[0]
    lines = csv.reader(StringIO(text), delimiter=max(";,\t", key=first.count))
    try:
        head = [cell.strip().casefold() for cell in next(lines, [])]
        places = {name: next((at for at, cell in enumerate(head) if cell in titles), None) for name, titles in heads.items()}
        if missing := [name for name, at in places.items() if at is None]:
            asked = ", ".join(next(iter(heads[name])) for name in missing)
            raise RefusedError("bad_file", f"Не хватает столбцов: {asked}. Первая строка таблицы называет столбцы {example}.")
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield lines.line_num, {name: cells[at].strip() if at is not None and at < len(cells) else "" for name, at in places.items()}
    except csv.Error as error:
        raise RefusedError("bad_file", f"Строка {lines.line_num}: это не таблица CSV: {error}.") from None
