"""Which test proves which requirement: `python -m tests.acceptance` prints the page, and `make types` writes docs/acceptance.md.

A requirement's id stands in a comment at each test that proves it, or right above it («# CH-08»). Whether they pass is told by the run of the suite.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.parts import LOGIC, PARTS, WHOLE

HERE = Path(__file__).parent
LAST = {"CH": 19, "LV": 11, "RT": 12, "FD": 8, "RG": 8, "MU": 5, "AL": 10, "ST": 5, "CM": 10, "RQ": 7, "KB": 10, "IN": 5, "BK": 7, "SL": 9,
        "OC": 5, "MC": 7, "SV": 4, "TR": 7, "SE": 5, "GV": 18}
"""The last number of each group of requirements, in the order of the requirements."""
SAME = {"FD-05": "RT-03", "FD-07": "MC-03", "FD-08": "SV-01", "RG-03": "RT-04", "RG-04": "RT-05", "RG-06": "ST-01", "RG-07": "SV-02",
        "MU-03": "ST-01", "MU-04": "RT-06", "MU-05": "SV-02", "AL-08": "ST-01", "AL-09": "CM-01", "AL-10": "KB-07"}
"""Requirements that are another one by their own words: its tests prove them, too."""
ROWS = tuple(f"{group}-{number:02d}" for group, last in LAST.items() for number in range(1, last + 1))
ID = re.compile(rf"\b(?:{'|'.join(LAST)})-\d\d\b")
COMMENT = re.compile(r"#\s.*$")
MARK = re.compile(rf"@pytest\.mark\.({'|'.join(PARTS)})\b")
SHOWN = 3
"""Files of a row that the page names; of others it says how many there are."""
HEAD = """# Acceptance
Written by `make types` from the tests: a requirement's id stands at each test that proves it ([testing](testing.md)). «none» is a requirement
that no test names. The suite says whether the tests pass; the part says what is beside them.

| requirement | verdict | tests | part |
|---|---|---|---|
"""


class Proof(NamedTuple):
    """A test and its part of the suite."""

    file: str
    test: str
    part: str


def proofs() -> dict[str, list[Proof]]:
    """The tests of each requirement, by file."""
    found: defaultdict[str, list[Proof]] = defaultdict(list)
    for path in sorted(HERE.rglob("test_*.py")) + sorted(HERE.rglob("contract*.py")):
        for row, proof in _proofs_in(path):
            found[row].append(proof)
    return found


@cache
def requirements_at(path: Path) -> dict[str, tuple[str, ...]]:
    """The requirements of each test of a file, for the suite's reports."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row, proof in _proofs_in(path):
        found[proof.test].append(row)
    return {test: tuple(sorted(set(rows))) for test, rows in found.items()}


def _proofs_in(path: Path) -> Iterator[tuple[str, Proof]]:
    text = path.read_text("utf8")
    if not ID.search(text):
        return
    lines, folder = text.splitlines(), path.relative_to(HERE).parts[0]
    whole = WHOLE.search(text)
    of = folder if folder in PARTS else whole[1] if whole else LOGIC
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            first = min([each.lineno for each in node.decorator_list], default=node.lineno)
            mark = MARK.search("\n".join(lines[first - 1:node.lineno - 1]))
            while first > 1 and lines[first - 2].startswith("#"):
                first -= 1
            source = lines[first - 1:node.end_lineno]
            proof = Proof(path.relative_to(HERE).as_posix(), node.name, mark[1] if mark else of)
            ids = {each for line in source if (comment := COMMENT.search(line)) for each in ID.findall(comment[0])}
            yield from ((row, proof) for row in sorted(ids))


def page() -> str:
    """docs/acceptance.md."""
    found = proofs()
    return HEAD + "".join(_line(row, found.get(row, found.get(SAME.get(row, ""), []))) for row in ROWS)


def _line(row: str, tests: list[Proof]) -> str:
    files = list(dict.fromkeys(each.file for each in tests))
    links = [f"[{file.removesuffix('.py')}](../tests/{file})" for file in files[:SHOWN]]
    more = [f"and {len(files) - SHOWN} more files"] if len(files) > SHOWN else []
    parts = sorted({each.part for each in tests}, key=[*PARTS].index)
    verdict = f"{len(tests)} test{'s' * (len(tests) > 1)}" if tests else "none"
    as_ = f" (= {SAME[row]})" if row in SAME else ""
    return f"| {row}{as_} | {verdict} | {', '.join([*links, *more])} | {', '.join(parts)} |\n"


if __name__ == "__main__":
    print(page(), end="")
