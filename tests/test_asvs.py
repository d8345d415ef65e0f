"""docs/asvs.md has every line of OWASP ASVS 5.0 at levels 1 and 2 once, with its reason and the tests that prove it, which are there (SE-02)."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from msgspec import Struct

from tests.test_docs import anchors

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/asvs.md").read_text("utf8")
STATES = ("met", "part", "not met", "n.a.")
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123", "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3", "3.7": "22333", "4.1": "12233", "4.2": "23333",
    "4.3": "22", "4.4": "1222", "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222", "6.1": "122", "6.2": "111111112222", "6.3": "11223333",
    "6.4": "112233", "6.5": "22222333", "6.6": "2223", "6.7": "33", "6.8": "2222", "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222",
    "7.5": "223", "7.6": "22", "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23", "9.1": "111", "9.2": "1222", "10.1": "22", "10.2": "223",
    "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222", "10.6": "22", "10.7": "222", "11.1": "2233", "11.2": "22233", "11.3": "11233",
    "11.4": "1222", "11.5": "23", "11.6": "23", "11.7": "33", "12.1": "12233", "12.2": "11", "12.3": "22223", "13.1": "2333", "13.2": "222223",
    "13.3": "2233", "13.4": "1222233", "14.1": "22", "14.2": "12223333", "14.3": "122", "15.1": "12233", "15.2": "12233", "15.3": "1222222",
    "15.4": "3333", "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223", "17.1": "23", "17.2": "22223333", "17.3": "22",
}
"""Levels of the lines of each section in their order, by 5.0/docs_en/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv."""


class Line(Struct, frozen=True):
    number: str
    level: str
    asks: str
    state: str
    what: str
    shown: str

    @property
    def proofs(self) -> list[str]:
        return re.findall(r"`([^`]+)`", self.shown)


def lines() -> list[Line]:
    rows = re.findall(r"^\| \d+\.\d+\.\d+ \|.*$", PAGE, re.MULTILINE)
    return [Line(*(cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1])) for row in rows]


def test_every_line_of_the_two_levels_once() -> None:
    standard = {f"{section}.{n}": level for section, levels in LEVELS.items() for n, level in enumerate(levels, 1)}
    assert Counter(standard.values()) == {"1": 70, "2": 183, "3": 92}
    assert [(line.number, line.level) for line in lines()] == [(number, level) for number, level in standard.items() if level in "12"]


@pytest.mark.parametrize("line", lines(), ids=lambda line: line.number)
def test_each_has_its_state_its_reason_and_what_shows_it(line: Line) -> None:
    assert line.state in STATES
    assert len(line.asks) > 3
    assert len(line.what) > 3
    assert bool(line.proofs) is (line.state != "n.a.")
    for proof in line.proofs:
        path, *name = re.split(r"::|#", proof)
        assert (ROOT / path).is_file(), proof
        assert name or line.state != "met", f"{proof}: which test, or which section?"


@cache
def named_in(file: Path) -> frozenset[str]:
    """Functions of a Python file, titles of a TypeScript one."""
    told = file.read_text("utf8")
    if file.suffix == ".py":
        return frozenset(node.name for node in ast.walk(ast.parse(told)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(re.findall(r'^(?:test|it|\]\))\("([^"]+)", ', told, re.MULTILINE))


def is_there(proof: str) -> bool:
    path, _, anchor = proof.partition("#")
    if anchor:
        return path.startswith("docs/") and anchor in anchors(ROOT / path)
    path, _, name = proof.partition("::")
    return path.endswith((".py", ".test.ts")) and (path.endswith(".ts") or name.startswith("test_")) and name in named_in(ROOT / path)


def test_each_proof_is_there() -> None:
    proofs = {proof for line in lines() for proof in line.proofs if "::" in proof or "#" in proof}
    assert proofs
    assert {proof for proof in proofs if not is_there(proof)} == set()


def test_figures_are_those_of_the_table() -> None:
    by_state = Counter(line.state for line in lines())
    told = ", ".join(f"{by_state[state]} {state}" for state in STATES)
    assert f"**{len(lines())} lines: {told}.**" in PAGE
    chapters: dict[str, Counter[str]] = {}
    for title, rows in re.findall(r"^## (V.*?)$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL):
        chapters[title] = Counter(re.split(r"\|", row)[4].strip() for row in re.findall(r"^\| \d+\.\d+\.\d+ \|.*$", rows, re.MULTILINE))
    assert len(chapters) == 17
    for title, states in chapters.items():
        assert f"| {title} | {' | '.join(str(states[state]) for state in STATES)} |" in PAGE
    assert f"| **all** | {' | '.join(str(by_state[state]) for state in STATES)} |" in PAGE
