"""Regular expressions that somebody's text makes slow (ReDoS): each of the product's, by texts made to hurt it (SE-02).

A text of a citizen has 8000 letters at most, a line of mail more: a pattern that needs seconds for it stops the hub for all.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

from channels.email.mime import read

ROOT = Path(__file__).parents[2]
LENGTHS = (100, 2000)
"""First a short one: what grows without bound is found before it has grown."""
LIMIT_S = 0.25
"""Of processor time for one text. A square of 2,000 letters takes 0.07 at most on a busy machine, and 8,000 letters a second; a cube takes many."""
PIECES = ("a", "я", "1", " ", "\n", "\r\n", "\t", "-", ".", "@", "(", ")", "<", ">", "[", "]", "{", "}", '"', "'", "\\", "/", ":", ";", ",", "=", "?", "_", "!", "*", "&", "#", "%", "+", "|",
          "a ", "1 ", "1-", "a.", "a@", "@a", "А.", "Аа ", "я-", "re:", "=?a?", "<a ", '<a"', "<!--", 'a="', '\\"', "ст. ", "1.1.", "12.12.", "собака ", "дом 1", "a{", "[a](", "{{", "отв: ",
          "на писал ", ">", "> \n", "--\n", "message-id:<", "5.1.1", "id:", "a-a", "aя", "A1")
AROUND = (("", "!"), ("<", "\0"), ("на ", "\n!"))


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """Every pattern that is written out in the product, with its flags, by file and line."""
    for folder in ("hub", "channels", "bots", "routing", "storage", "okno"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf8")
            if "ui" in path.parts or "import re\n" not in source:
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and (of_re(node.func)) and node.args and isinstance(node.args[0], ast.Constant):
                    flags = re.RegexFlag(0)
                    for each in filter(of_re, ast.walk(node)):
                        if each.attr.isupper():  # type: ignore[attr-defined]  # it is an attribute
                            flags |= re.RegexFlag[each.attr]  # type: ignore[attr-defined]
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", re.compile(node.args[0].value, flags)


def of_re(node: ast.AST) -> bool:
    """Whether it is `re.something`."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re"


NEVER_SO_LONG = {
    "channels/email/page.py": r"<(/?)([a-z][a-z0-9]*)",  # of what nh3 has cleaned: each tag has its end
    "channels/email/signatures.py": "",  # a line of a thousand signs at most, or of 120
    "channels/fax/spool.py": "(?P<call>",  # a file's name
    "channels/menu.py": r"\W*([0-9]{1,2})\W*",  # only asked whether it is the whole text: no place to begin anew
    "bots/streets.py": ".+(?:",  # one word
}
"""Patterns whose texts are bounded before they are asked: by file, and how they begin."""
PATTERNS = {where: pattern for where, pattern in patterns()
            if not str(pattern.pattern).startswith(NEVER_SO_LONG.get(where.partition(":")[0], "\0"))}


def test_a_letter_of_spaces_is_read_at_once() -> None:
    head = b"From: a@b.ru\r\nMessage-ID: <a@b>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n\r\n"
    for body in (b" " * 100_000 + b"x", "\u00a0".encode() * 100_000 + b"x", "отправлено".encode() + b" " * 100_000 + b"x",
                 "с уважением".encode() + b" " * 100_000 + b"\0", b"-- \r\n" + b"a" * 100_000 + b".", b"a " * 50_000, b"! " * 50_000, b"_" * 100_000,
                 b"> " * 50_000, b"-" * 100_000 + b"x", ("на " * 30_000 + "писал:").encode(), b"wrote " * 20_000, b"a@" * 50_000):
        begun = process_time()
        read(head + body + b"\r\n")
        assert process_time() - begun < 2, body[:40]


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
        for length in LENGTHS:
            for before, after in AROUND:
                text = before + piece * (length // len(piece)) + after
                worst = took(pattern, text)
                assert worst < LIMIT_S, (piece, length, worst, pattern.pattern)


def test_the_test_finds_a_slow_one() -> None:
    assert len(PATTERNS) > 130
    assert took(re.compile(r"(a+)+$"), "a" * 24 + "!") > LIMIT_S
