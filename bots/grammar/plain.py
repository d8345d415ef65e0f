"""A text with numerals as digits: «двадцать пятого марта» becomes «25-го марта», with the original positions.

Rules for days and hours therefore handle only digits.
"""

import re
from itertools import pairwise

from msgspec import Struct

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_GAP = re.compile(r"[\s-]{1,3}")

_CARDINALS = {
    form: value
    for value, forms in {
        0: "ноль нуль ноля нуля нолю нулю",
        1: "один одна одно одного одной одну одному одним",
        2: "два две двух двум двумя",
        3: "три трех трем тремя",
        4: "четыре четырех четырем четырьмя",
        5: "пять пяти пятью",
        6: "шесть шести шестью",
        7: "семь семи",
        8: "восемь восьми восемью",
        9: "девять девяти девятью",
        10: "десять десяти десятью",
        11: "одиннадцать одиннадцати",
        12: "двенадцать двенадцати",
        13: "тринадцать тринадцати",
        14: "четырнадцать четырнадцати",
        15: "пятнадцать пятнадцати",
        16: "шестнадцать шестнадцати",
        17: "семнадцать семнадцати",
        18: "восемнадцать восемнадцати",
        19: "девятнадцать девятнадцати",
        20: "двадцать двадцати",
        30: "тридцать тридцати",
        40: "сорок сорока",
        50: "пятьдесят пятидесяти",
        60: "шестьдесят шестидесяти",
        70: "семьдесят семидесяти",
        80: "восемьдесят восьмидесяти",
        90: "девяносто девяноста",
        100: "сто ста",
        200: "двести двухсот",
        300: "триста трехсот",
        400: "четыреста четырехсот",
        500: "пятьсот пятисот",
        600: "шестьсот шестисот",
        700: "семьсот семисот",
        800: "восемьсот восьмисот",
        900: "девятьсот девятисот",
        1000: "тысяча тысячи тысяч тысячу тыс",
        1_000_000: "миллион миллиона миллионов млн",
    }.items()
    for form in forms.split()
}
"""«Семью» is missing: it is also a form of «семья»."""
_STEMS = {
    1: "перв", 2: "втор", 3: "трет", 4: "четверт", 5: "пят", 6: "шест", 7: "седьм", 8: "восьм", 9: "девят", 10: "десят",
    11: "одиннадцат", 12: "двенадцат", 13: "тринадцат", 14: "четырнадцат", 15: "пятнадцат", 16: "шестнадцат", 17: "семнадцат",
    18: "восемнадцат", 19: "девятнадцат", 20: "двадцат", 30: "тридцат", 40: "сороков", 50: "пятидесят", 60: "шестидесят",
    70: "семидесят", 80: "восьмидесят", 90: "девяност", 100: "сот", 2000: "двухтысячн",
}  # fmt: skip
_ENDINGS = {
    "го": ("ого", "ьего"), "е": ("ое", "ье"), "м": ("ом", "ьем"), "му": ("ому", "ьему"), "й": ("ый", "ой", "ий", "ая", "ья", "ую", "ью"),
}  # fmt: skip
_ORDINALS = {stem + ending: (value, short) for value, stem in _STEMS.items() for short, endings in _ENDINGS.items() for ending in endings}
_ONE_AND_A_HALF = frozenset(["полтора", "полторы", "полутора"])
_THOUSAND = 1000


class Plain(Struct, frozen=True):
    """`text` in lower case, without ё, with digits for numerals; character i was at `starts[i]` to `ends[i]`."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The position in the original text of the characters `start` to `end`."""
        return self.starts[start], self.ends[end - 1]


class _Numeral(Struct, frozen=True):
    start: int
    end: int
    value: int
    suffix: str = ""
    """The ending of an ordinal: «го»."""
    half: bool = False
    """Has the prefix «пол»."""


def plain(text: str) -> Plain:
    """Any text, of any length."""
    folded = _fold(text)
    pieces, starts, ends, at = list[str](), list[int](), list[int](), 0

    def keep(until: int) -> None:
        pieces.append(folded[at:until])
        starts.extend(range(at, until))
        ends.extend(range(at + 1, until + 1))

    for start, end, written in _rewritten(folded):
        keep(start)
        pieces.append(written)
        starts.extend([start] * len(written))
        ends.extend([end] * len(written))
        at = end
    keep(len(folded))
    return Plain("".join(pieces), tuple(starts), tuple(ends))


def _fold(text: str) -> str:
    """Lower case, character for character: a few capitals of other alphabets would become two characters."""
    return "".join(small if len(small := sign.lower()) == 1 else sign for sign in text).replace("ё", "е")


def _rewritten(folded: str) -> list[tuple[int, int, str]]:
    found = list[tuple[int, int, str]]()
    for run in _runs(folded):
        found.extend(_combined(run))
    return found


def _runs(folded: str) -> list[list[_Numeral]]:
    """Sequences of adjacent numerals."""
    runs = list[list[_Numeral]]()
    for token in _TOKEN.finditer(folded):
        numeral = _numeral(token[0], token.start(), token.end())
        if numeral is None:
            if token[0] in _ONE_AND_A_HALF:
                runs.append([_Numeral(token.start(), token.end(), -1)])
            continue
        follows = runs and _GAP.fullmatch(folded, runs[-1][-1].end, numeral.start)
        if follows and not numeral.half:
            runs[-1].append(numeral)
        else:
            runs.append([numeral])
    return runs


def _numeral(word: str, start: int, end: int) -> _Numeral | None:
    if word.isdecimal():
        # Written digits begin a number only before «тысяч»; see `_combined`.
        return _Numeral(start, end, int(word), "#") if len(word) <= 3 else None  # noqa: PLR2004 - nobody writes «1000 тысяч»
    if (value := _CARDINALS.get(word)) is not None:
        return _Numeral(start, end, value)
    if ordinal := _ORDINALS.get(word):
        return _Numeral(start, end, *ordinal)
    if word.startswith("пол") and (ordinal := _ORDINALS.get(word[3:])):
        return _Numeral(start, end, *ordinal, half=True)
    return None


def _combined(run: list[_Numeral]) -> list[tuple[int, int, str]]:
    if not run:
        return []
    if run[0].value < 0:
        thousand = len(run) > 1 and run[1].value in {_THOUSAND, 1_000_000}
        return (
            [(run[0].start, run[1].end, str(run[1].value * 3 // 2)), *_combined(run[2:])]
            if thousand
            else [(run[0].start, run[0].end, "1,5"), *_combined(run[1:])]
        )
    groups = [[run[0]]]
    for before, numeral in pairwise(run):
        if _joins(before, numeral):
            groups[-1].append(numeral)
        else:
            groups.append([numeral])
    return [written for group in groups if (written := _written(group))]


def _joins(before: _Numeral, numeral: _Numeral) -> bool:
    """Whether a numeral continues the number before it: «двадцать пять» is one number, «десять тридцать» are two."""
    if numeral.suffix == "#" or before.suffix not in {"", "#"} or not numeral.value:
        return False
    if numeral.value in {_THOUSAND, 1_000_000}:
        return not numeral.suffix and before.value not in {_THOUSAND, 1_000_000} and before.value > 0
    if before.suffix == "#" or before.half:
        return False
    if before.value >= _THOUSAND:
        return before.value > numeral.value
    return (before.value >= 100 > numeral.value) or (before.value >= 20 and before.value < 100 and 0 < numeral.value < 10)  # noqa: PLR2004 - decades


def _written(group: list[_Numeral]) -> tuple[int, int, str] | None:
    last = group[-1]
    if last.suffix == "#":
        return None  # digits remain as written
    total = current = 0
    for numeral in group:
        if numeral.value >= _THOUSAND and not numeral.suffix:
            total, current = total + max(current, 1) * numeral.value, 0
        else:
            current += numeral.value
    suffix = f"-{last.suffix}" if last.suffix else ""
    return group[0].start, last.end, f"{'пол ' if last.half else ''}{total + current}{suffix}"
