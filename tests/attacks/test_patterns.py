"""Regular expressions that somebody's text makes slow (ReDoS): none of the product's takes more than its share of time for a longer text (SE-02).

All of them are collected (tests/attacks/patterns.py), and each is measured with texts made out of itself (tests/attacks/hostile.py).
Those of designers' projects are RE2's: tests/kernel/test_patterns.py.
"""

import json
import re
import subprocess
import sys
from ast import parse
from collections.abc import Iterator
from functools import cache
from time import process_time

import pytest

from channels.email.mime import read
from tests.attacks.hostile import ENDS, families
from tests.attacks.patterns import ROOT, EscapedError, written

pytestmark = pytest.mark.journeys

SHORTEST, SHORT, LONG, LONGEST = 16, 1_000, 10_000, 100_000
AT_ONCE_S = 0.03
"""Of processor time for a short text: a line takes 0.0001 for it, a square a hundred times that, and what doubles never ends."""
GROWTH = 35
"""For ten times the text a line takes ten times as long, a square a hundred times; a busy machine lies between."""
FLOOR_S = {LONG: 0.004, LONGEST: 0.04}
"""What takes less is no square: such a one has 1.5 ns or more for each pair of signs."""
WORST = 3
"""Families that take longest for a short text are measured with long ones."""

Compiled = re.Pattern[str] | re.Pattern[bytes]


@cache
def collected() -> dict[str, tuple[Compiled, bool]]:
    """By file, line and pattern; whether it begins at one place only."""
    said = subprocess.run([sys.executable, "-m", "tests.attacks.patterns"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    found = dict[str, tuple[Compiled, bool]]()
    seen = set[tuple[str, int, bool, bool]]()
    for each in map(json.loads, said.splitlines()):
        key = each["text"], each["flags"], each["binary"], each["how"] == "anchored"
        if key not in seen:
            seen.add(key)
            text = each["text"].encode("latin-1") if each["binary"] else each["text"]
            found[f"{each['file']}:{each['line']} {each['text'][:60]}"] = re.compile(text, each["flags"]), each["how"] == "anchored"
    return found


def took(pattern: Compiled, text: str, *, anchored: bool) -> float:
    content = text.encode() if isinstance(pattern.pattern, bytes) else text
    begun = process_time()
    if anchored:
        pattern.match(content)  # type: ignore[arg-type]  # of its own kind
        pattern.fullmatch(content)  # type: ignore[arg-type]
    else:
        for _ in pattern.finditer(content):  # type: ignore[arg-type]
            pass
    return process_time() - begun


def text_of(family: tuple[str, str, str], length: int) -> str:
    before, piece, end = family
    return before + piece * max(1, (length - len(before)) // len(piece)) + end


def lengths(pattern: Compiled, family: tuple[str, str, str], *, anchored: bool) -> Iterator[tuple[int, float]]:
    """Lengths up to SHORT with the time that each takes, in steps so small that no next one takes minutes."""
    length = SHORTEST
    while True:
        spent = took(pattern, text_of(family, length), anchored=anchored)
        yield length, spent
        if length >= SHORT:
            return
        length = min(SHORT, int(length * (2 if spent < 2e-5 else 1.5 if spent < 2e-4 else 1.2)))


def slow(pattern: Compiled, *, anchored: bool) -> str:
    """With which text its time grows faster than the text, or ""."""
    short = list[tuple[float, tuple[str, str, str]]]()
    for family in ((*each, end) for each in families(pattern) for end in ENDS):
        spent = 0.0
        for length, spent in lengths(pattern, family, anchored=anchored):
            if spent > AT_ONCE_S and min(took(pattern, text_of(family, length), anchored=anchored) for _ in range(3)) > AT_ONCE_S:
                return f"{family} of {length} signs: {spent:.3f} s"
        short.append((spent, family))
    for _, family in sorted(short, reverse=True)[:WORST]:
        before = least(pattern, family, SHORT, anchored=anchored)
        for length in (LONG, LONGEST):
            spent = least(pattern, family, length, anchored=anchored)
            if spent > FLOOR_S[length] and spent > GROWTH * before:
                return f"{family} of {length} signs: {spent:.3f} s, of a tenth {before:.4f} s"
            before = spent
    return ""


def least(pattern: Compiled, family: tuple[str, str, str], length: int, *, anchored: bool) -> float:
    """The least of some measurements: other work only adds to them."""
    text = text_of(family, length)
    found = [took(pattern, text, anchored=anchored)]
    while len(found) < 3 and (length == SHORT or found[0] > FLOOR_S[length]):
        found.append(took(pattern, text, anchored=anchored))
    return min(found)


def test_no_text_makes_a_pattern_slow() -> None:
    # F1, F17
    begun = process_time()
    assert len(collected()) > 250
    assert {where: why for where, (pattern, anchored) in collected().items() if (why := slow(pattern, anchored=anchored))} == {}
    print(f"{len(collected())} patterns in {process_time() - begun:.0f} s")


@pytest.mark.parametrize("pattern", [
    r"(a+)+$", r"(?:ы|ыы)+\.", r"(.+)\s(.+)\s(.+)\s(.+)!", r"\+?\d[\d ()\-]{4,}(\d\d)", r"[^\s@]+@[^\s@]+", r"\s+$", r"(a|b|ab)*c", r"^(?:\s*x?)*$", r"(?:\W+\w*)*\d!", r"\d+\d+x"])
def test_the_test_finds_a_slow_one(pattern: str) -> None:
    assert slow(re.compile(pattern), anchored=False)


@pytest.mark.parametrize("pattern", [r"\w+", r"(?<![\w.+%-])[\w.+%-]+@[\w.-]+", r"a{1,40}b", r"(?:\d{3} ?){4}", r"\b(?:один|два)\b"])
def test_it_lets_the_others_be(pattern: str) -> None:
    assert not slow(re.compile(pattern), anchored=False)


@pytest.mark.parametrize("source", [
    "from re import compile", "import re as r", "import regex", "import re2", "def f(x):\n    return re.compile(x)", "f = lambda x: re.sub('a' + x, '', x)",
    "class A:\n    async def f(self, x):\n        return re.fullmatch('(.+)'.join(x), x)", "def f(x):\n    return re.search(f'{x}', x)"])
def test_no_pattern_escapes(source: str) -> None:
    # F1: it was joined of what was stored
    with pytest.raises(EscapedError):
        list(written("hub/somewhere.py", parse(f"import re\n{source}\n")))


def test_a_letter_of_spaces_is_read_at_once() -> None:
    head = b"From: a@b.ru\r\nMessage-ID: <a@b>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n\r\n"
    for body in (b" " * 100_000 + b"x", "\u00a0".encode() * 100_000 + b"x", "отправлено".encode() + b" " * 100_000 + b"x",
                 "с уважением".encode() + b" " * 100_000 + b"\0", b"-- \r\n" + b"a" * 100_000 + b".", b"a " * 50_000, b"! " * 50_000, b"_" * 100_000,
                 b"> " * 50_000, b"-" * 100_000 + b"x", ("на " * 30_000 + "писал:").encode(), b"wrote " * 20_000, b"a@" * 50_000):
        begun = process_time()
        read(head + body + b"\r\n")
        assert process_time() - begun < 2, body[:40]
