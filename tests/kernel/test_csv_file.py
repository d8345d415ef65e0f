"""No cell of a CSV file that leaves the hub is a formula, whoever writes it (F16 of the security review)."""

import ast
import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.desk.http.tables import csv_table
from hub.kernel.csv_file import FORMULAS, CsvFile
from tests.http.test_figures import table

PACKAGES = ("okno", "hub", "channels", "bots", "routing", "storage")
WRITERS = {"writer", "DictWriter"}


@pytest.mark.parametrize("intent", ["=HYPERLINK('http://harm.example')", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_an_intent_is_no_formula(intent: str) -> None:
    head, row = table(csv_table(["=Намерение", "Понято раз"], [[intent, 5]]))
    assert (head[0], row) == ("'=Намерение", [f"'{intent}", "5"])


@given(st.lists(st.lists(st.one_of(st.text(), st.integers(), st.floats(allow_nan=False)), min_size=2, max_size=4), min_size=1, max_size=4))
def test_no_cell_begins_as_a_formula_does(rows: list[list[str | float]]) -> None:
    text = StringIO()
    CsvFile(text, delimiter=";").write(*rows)
    read = list(csv.reader(StringIO(text.getvalue(), newline=""), delimiter=";"))
    assert len(read) == len(rows)
    for cells, row in zip(read, rows, strict=True):
        for cell, value in zip(cells, row, strict=True):
            assert cell.removeprefix("'" if isinstance(value, str) and value.startswith(FORMULAS) else "") == str(value)
            assert not (isinstance(value, str) and cell.startswith(FORMULAS))


def test_csv_is_written_in_one_place() -> None:
    assert {path.as_posix() for package in PACKAGES for path in Path(package).rglob("*.py") if any(_writers(path))} == {"hub/kernel/csv_file.py"}


def _writers(path: Path) -> Iterator[ast.AST]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "csv" and node.attr in WRITERS:
            yield node
        if isinstance(node, ast.ImportFrom) and node.module == "csv" and WRITERS & {each.name for each in node.names}:
            yield node
