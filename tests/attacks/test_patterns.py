"""Regular expressions that somebody's text makes slow (ReDoS): each of the product's, by texts made to hurt it (SE-02).

A text of a citizen has 8000 letters at most, a line of mail more: a pattern that needs seconds for it stops the hub for all.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

ROOT = Path(__file__).parents[2]
LENGTH = 8000
LIMIT_S = 0.5
"""Of processor time for one text: a hundred times what an honest one takes."""
PIECES = ("a", "я", "1", " ", "\n", "\r\n", "\t", "-", ".", "@", "(", ")", "<", ">", "[", "]", "{", "}", '"', "'", "\\", "/", ":", ";", ",", "=", "?", "_", "!", "*", "&", "#", "%", "+", "|",
          "a ", "1 ", "1-", "a.", "a@", "@a", "А.", "Аа ", "я-", "re:", "=?a?", "<a ", '<a"', "<!--", 'a="', '\\"', "ст. ", "1.1.", "12.12.", "собака ", "дом 1", "a{", "[a](", "{{", "отв: ",
          "на писал ", ">", "> \n", "--\n", "message-id:<", "5.1.1", "id:", "a-a", "aя", "A1")
AROUND = (("", "!"), ("<", "\0"), ("на ", "\n!"))


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Every pattern that is written out in the product, with its flags, by file and line."""
    for folder in ("hub", "channels", "bots", "routing", "storage", "okno"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "ui" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "re":
                    if node.args and isinstance(node.args[0], ast.Constant):
                        flags = re.RegexFlag(0)
                        for each in ast.walk(node):
                            if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "re" and each.attr.isupper():
                                flags |= re.RegexFlag[each.attr]
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", re.compile(node.args[0].value, flags)


PATTERNS = dict(patterns())


def took(pattern: re.Pattern[str] | re.Pattern[bytes], text: str) -> float:
    content: str | bytes = text.encode() if isinstance(pattern.pattern, bytes) else text
    begun = process_time()
    for found in pattern.finditer(content):  # type: ignore[arg-type]  # of its own kind
        found.group()
    pattern.fullmatch(content)  # type: ignore[arg-type]
    return process_time() - begun


@pytest.mark.parametrize("where", PATTERNS)
def test_no_text_makes_a_pattern_slow(where: str) -> None:
    pattern = PATTERNS[where]
    for piece in PIECES:
        # First a short one: what grows without bound is found before it has grown.
        for length in (LENGTH // 8, LENGTH):
            worst = 0.0
            for before, after in AROUND:
                worst = max(worst, took(pattern, before + piece * (length // len(piece)) + after))
            assert worst < LIMIT_S, (piece, length, worst, pattern.pattern)


def test_the_test_finds_a_slow_one() -> None:
    assert len(PATTERNS) > 150
    assert took(re.compile(r"(a+)+$"), "a" * 24 + "!") > LIMIT_S
