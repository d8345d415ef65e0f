"""Texts that are made to hurt a pattern out of the pattern itself: what it repeats again and again, with an end that does not fit."""

import re
from collections.abc import Iterator
from itertools import islice, product
from re import _constants as codes  # type: ignore[attr-defined]  # nothing else tells what a pattern consists of
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

ENDS = ("", "\0")
SIGNS = "aя1 _-.@+,:;/\\()<>[]{}=!?\"'\n\tAЯ№#*&|~^$%é"
COMMON = ("a", "я", "1", " ", "\n", "a ", "1 ", "1-", "я-", "aя", "A1", ". ", "a@", "@a", "Аа ", "\r\n", "<a ", "[a](", "re: ")
_OWN, _PUMPS = 10, 16
_CATEGORIES = {codes.CATEGORY_DIGIT: str.isdecimal, codes.CATEGORY_SPACE: str.isspace, codes.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_"}
_OPPOSITE = {codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT, codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE, codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD}

Tree = Any
"""What the parser of `re` makes; it has no types."""


def families(pattern: re.Pattern[str] | re.Pattern[bytes]) -> list[tuple[str, str]]:
    """What a text begins with, and what follows any number of times."""
    samples = _Samples(pattern)
    own, pumps = samples.signs[:_OWN], list(dict.fromkeys(samples.pumps))[:_PUMPS]
    found = dict.fromkeys([
        *(("", sign) for sign in own), *pumps, *((before, before + body) for before, body in pumps), *(("", before + body * 3) for before, body in pumps),
        ("", samples.whole), *(("", a + b) for a, b in product(own[:6], repeat=2)), *(("", each) for each in COMMON)])
    return [(before, piece) for before, piece in found if piece]


class _Samples:
    """Something that fits each part of a pattern."""

    def __init__(self, pattern: re.Pattern[str] | re.Pattern[bytes]) -> None:
        self.signs = list[str]()
        self.pumps = list[tuple[str, str]]()
        """What stands before something that is repeated, and that."""
        self.whole = self._walk(parser.parse(pattern.pattern, pattern.flags), "")

    def _walk(self, tree: Tree, before: str) -> str:
        text = ""
        for code, part in tree:
            text += self._one(code, part, before + text)
        return text

    def _one(self, code: Tree, part: Tree, before: str) -> str:  # noqa: PLR0911 - one for each kind of part
        match str(code):
            case "LITERAL":
                return self._note(chr(part))
            case "NOT_LITERAL":
                return self._note(next(_fitting([(codes.NEGATE, None), (codes.LITERAL, part)])))
            case "ANY":
                return self._note("a")
            case "IN":
                first, *_ = (self._note(sign) for sign in islice(_fitting(part), 3))
                return first
            case "BRANCH":
                first, *_ = (self._walk(each, before) for each in part[1])
                return first
            case "SUBPATTERN":
                return self._walk(part[3], before)
            case "ATOMIC_GROUP":
                return self._walk(part, before)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeated(*part, before)
            case _:
                return ""

    def _repeated(self, least: int, most: int, body: Tree, before: str) -> str:
        sample = self._walk(body, before)
        if int(most) > 8 and sample:
            self.pumps.append((before, sample))
            if len(body) == 1 and body[0][0] is codes.IN:
                self.pumps += [(before, sign) for sign in islice(_fitting(body[0][1]), 4)]
        return sample * min(max(int(least), 1), 30)

    def _note(self, sign: str) -> str:
        if sign not in self.signs:
            self.signs.append(sign)
        return sign


def _fitting(items: Tree) -> Iterator[str]:
    """Signs of a set; NUL where none is known."""
    negated = items[0][0] is codes.NEGATE
    own = [chr(part if code is codes.LITERAL else part[0]) for code, part in items if code in {codes.LITERAL, codes.RANGE}]
    for sign in (*(() if negated else own), *SIGNS, "\0"):
        if any(_holds(code, part, sign) for code, part in items) != negated:
            yield sign
    yield "\0"


def _holds(code: Tree, part: Tree, sign: str) -> bool:
    if code is codes.CATEGORY:
        return bool(_CATEGORIES[part](sign)) if part in _CATEGORIES else part in _OPPOSITE and not _CATEGORIES[_OPPOSITE[part]](sign)
    return (code is codes.LITERAL and ord(sign) == part) or (code is codes.RANGE and part[0] <= ord(sign) <= part[1])
