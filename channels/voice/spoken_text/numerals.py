"""Russian numerals in words: cardinal and ordinal, in each case and gender. Pure."""

from collections.abc import Iterator
from enum import IntEnum


class Case(IntEnum):
    """In the order of the tables below."""

    NOM = 0
    GEN = 1
    DAT = 2
    ACC = 3
    INS = 4
    LOC = 5


class Gender(IntEnum):
    """PLURAL is that of ordinals: «девяностые»."""

    MASC = 0
    FEM = 1
    NEUT = 2
    PLURAL = 3


_ONE = (
    ("один", "одного", "одному", "один", "одним", "одном"),
    ("одна", "одной", "одной", "одну", "одной", "одной"),
    ("одно", "одного", "одному", "одно", "одним", "одном"),
    ("одни", "одних", "одним", "одни", "одними", "одних"),
)
_TWO = (
    ("два", "двух", "двум", "два", "двумя", "двух"),
    ("две", "двух", "двум", "две", "двумя", "двух"),
)
_SMALL = {
    0: ("ноль", "ноля", "нолю", "ноль", "нолём", "ноле"),
    3: ("три", "трёх", "трём", "три", "тремя", "трёх"),
    4: ("четыре", "четырёх", "четырём", "четыре", "четырьмя", "четырёх"),
    8: ("восемь", "восьми", "восьми", "восемь", "восемью", "восьми"),
    40: ("сорок", "сорока", "сорока", "сорок", "сорока", "сорока"),
    90: ("девяносто", "девяноста", "девяноста", "девяносто", "девяноста", "девяноста"),
    100: ("сто", "ста", "ста", "сто", "ста", "ста"),
    200: ("двести", "двухсот", "двумстам", "двести", "двумястами", "двухстах"),
    300: ("триста", "трёхсот", "трёмстам", "триста", "тремястами", "трёхстах"),
    400: ("четыреста", "четырёхсот", "четырёмстам", "четыреста", "четырьмястами", "четырёхстах"),
    800: ("восемьсот", "восьмисот", "восьмистам", "восемьсот", "восемьюстами", "восьмистах"),
}
_SOFT = {5: "пять", 6: "шесть", 7: "семь", 9: "девять", 10: "десять", 11: "одиннадцать", 12: "двенадцать", 13: "тринадцать",
         14: "четырнадцать", 15: "пятнадцать", 16: "шестнадцать", 17: "семнадцать", 18: "восемнадцать", 19: "девятнадцать",
         20: "двадцать", 30: "тридцать"}
"""They end as «пять» does."""
_TENS = {50: "пять", 60: "шесть", 70: "семь", 80: "восемь"}
_HUNDREDS = {500: "пять", 600: "шесть", 700: "семь", 900: "девять"}
_HUNDRED = ("сот", "сот", "стам", "сот", "стами", "стах")
_ORDINAL = {
    0: "нулев", 1: "перв", 2: "втор", 4: "четвёрт", 5: "пят", 6: "шест", 7: "седьм", 8: "восьм", 9: "девят", 10: "десят",
    40: "сороков", 50: "пятидесят", 60: "шестидесят", 70: "семидесят", 80: "восьмидесят", 90: "девяност", 100: "сот"}
_STRESSED = {0, 2, 6, 7, 8, 40}
"""Ordinals whose endings are stressed: «второй»."""
_ENDINGS = (
    ("ый", "ого", "ому", "ый", "ым", "ом"), ("ая", "ой", "ой", "ую", "ой", "ой"),
    ("ое", "ого", "ому", "ое", "ым", "ом"), ("ые", "ых", "ым", "ые", "ыми", "ых"),
)
_THIRD = (
    ("третий", "третьего", "третьему", "третий", "третьим", "третьем"), ("третья", "третьей", "третьей", "третью", "третьей", "третьей"),
    ("третье", "третьего", "третьему", "третье", "третьим", "третьем"), ("третьи", "третьих", "третьим", "третьи", "третьими", "третьих"),
)
GROUPS = (
    (10**9, "миллиард", ("миллиард", "миллиарда", "миллиарду", "миллиард", "миллиардом", "миллиарде"),
     ("миллиарды", "миллиардов", "миллиардам", "миллиарды", "миллиардами", "миллиардах"), Gender.MASC),
    (10**6, "миллион", ("миллион", "миллиона", "миллиону", "миллион", "миллионом", "миллионе"),
     ("миллионы", "миллионов", "миллионам", "миллионы", "миллионами", "миллионах"), Gender.MASC),
    (10**3, "тысяч", ("тысяча", "тысячи", "тысяче", "тысячу", "тысячей", "тысяче"),
     ("тысячи", "тысяч", "тысячам", "тысячи", "тысячами", "тысячах"), Gender.FEM),
)
"""The size, the root of ordinals, singular, plural and gender."""


def cardinal(number: int, case: Case = Case.NOM, gender: Gender = Gender.MASC) -> str:
    """«двадцать один», «двадцатью одной». The accusative is that of things: «вижу два дома»."""
    return " ".join(_cardinal(number, case, gender))


def ordinal(number: int, case: Case = Case.NOM, gender: Gender = Gender.MASC) -> str:
    """«двадцать первый». Only the last word changes; a thousand is written together: «двадцатитысячный»."""
    for size, root, *_ in GROUPS:
        if number >= size and not number % size and number % (size * 1000):
            head, count = divmod(number // size, 1000)
            whole = [cardinal(head * size * 1000)] if head else []
            return " ".join([*whole, f"{_joined(count) if count > 1 else ''}{root}н{_ENDINGS[gender][case]}"])
    hundreds, rest = divmod(number, 100)
    last = rest if rest <= 20 or rest % 10 == 0 else rest % 10  # noqa: PLR2004 - one word each
    last = last or (hundreds % 10 * 100 if number else 0)
    before = number - last
    return " ".join([*([cardinal(before)] if before else []), _ordinal(last, case, gender)])


def few(number: int) -> bool:
    """Whether a noun beside it is in the singular of the genitive: «два дня»."""
    return number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14}


def single(number: int) -> bool:
    """Whether a noun beside it is in the singular: «двадцать один день»."""
    return number % 10 == 1 and number % 100 != 11  # noqa: PLR2004 - «одиннадцать дней»


def compound(number: int, tail: str) -> str:
    """«двадцатипятилетний»."""
    return _joined(number) + tail if number > 1 else f"одно{tail}"


def _cardinal(number: int, case: Case, gender: Gender) -> Iterator[str]:
    if not number:
        yield _SMALL[0][case]
        return
    for size, _, singular, plural, kind in GROUPS:
        count, number = divmod(number, size)
        if not count:
            continue
        if count > 1:
            yield from _hundreds(count, case, kind)
        if single(count):
            yield singular[case]
        elif case in {Case.NOM, Case.ACC}:
            yield singular[Case.GEN] if few(count) else plural[Case.GEN]
        else:
            yield plural[case]
    yield from _hundreds(number, case, gender)


def _hundreds(number: int, case: Case, gender: Gender) -> Iterator[str]:
    """A number below a thousand; nothing for 0."""
    hundreds, rest = divmod(number, 100)
    tens, units = (0, rest) if rest <= 20 else (rest // 10 * 10, rest % 10)  # noqa: PLR2004 - one word each
    yield from (_word(each, case, gender) for each in (hundreds * 100, tens, units) if each)


def _word(number: int, case: Case, gender: Gender) -> str:
    oblique = case not in {Case.NOM, Case.ACC}
    if number == 1:
        return _ONE[gender][case]
    if number == 2:  # noqa: PLR2004 - the other numeral with a gender
        return _TWO[gender is Gender.FEM][case]
    if number in _SMALL:
        return _SMALL[number][case]
    if number in _SOFT:
        return _soft(_SOFT[number], case)
    if number in _TENS:
        return _soft(_TENS[number], case) + (_soft("десять", case) if oblique else "десят")
    return _soft(_HUNDREDS[number], case) + _HUNDRED[case]


def _soft(word: str, case: Case) -> str:
    if word == "восемь":
        return _SMALL[8][case]
    return {Case.NOM: word, Case.ACC: word, Case.INS: f"{word}ю"}.get(case, f"{word[:-1]}и")


def _joined(number: int) -> str:
    """As the beginning of another word: the genitive, «двадцатипяти-», but «стo-», «девяносто-», «тысяче-»."""
    if number == 1000:  # noqa: PLR2004
        return "тысяче"
    first = {"ста": "сто", "девяноста": "девяносто", "одного": "одно"}
    return "".join(first.get(word, word) for word in _cardinal(number, Case.GEN, Gender.MASC))


def _ordinal(number: int, case: Case, gender: Gender) -> str:
    if number == 3:  # noqa: PLR2004
        return _THIRD[gender][case]
    if number in _ORDINAL:
        root = _ORDINAL[number]
    elif number > 100:  # noqa: PLR2004
        root = f"{_joined(number // 100)}сот"
    else:
        root = _SOFT[number].removesuffix("ь")
    ending = _ENDINGS[gender][case]
    return root + ("ой" if ending == "ый" and number in _STRESSED else ending)
