"""The page of requirements and their tests."""

import re
from pathlib import Path

from tests.acceptance import ROWS, SAME, page, proofs

PAGE = Path(__file__).parent.parent / "docs/acceptance.md"


def test_a_test_names_no_requirement_that_is_not_there() -> None:
    assert set(proofs()) <= set(ROWS)


def test_the_page_has_a_line_for_each_requirement_and_its_tests() -> None:
    # GV-07
    lines = {line.split(" |")[0].removeprefix("| ").partition(" ")[0]: line for line in page().splitlines() if line.startswith("| ")}
    assert [row for row in lines if row in ROWS] == [*ROWS]
    assert "(../tests/test_acceptance.py) | logic |" in lines["GV-07"]
    assert re.search(r"\| \d+ tests \|.*\(\.\./tests/cases/test_past_term\.py\).*\| logic \|", lines["GV-17"])
    assert all(SAME[row] in lines[row] for row in SAME)


def test_the_page_in_the_documentation_has_the_same_lines() -> None:
    # Not the same numbers: these change with every test, and `make types` writes them.
    written = re.findall(r"^\| ([A-Z]{2}-\d\d)", PAGE.read_text("utf8"), re.MULTILINE)
    assert written == [*ROWS]
