"""Numbers of a text in words, each in the case and gender of its place. Pure."""

import re
from collections.abc import Sequence

from channels.voice.spoken_text.grammar import Numeral, Reading, adjective, form, governed, readings
from channels.voice.spoken_text.numerals import Case, Gender, cardinal, compound, ordinal
from channels.voice.spoken_text.units import KOPECK, ROUBLE, UNITS, YEAR, Unit

_PIECE = re.compile(
    r"(?<!\d)\d{1,3}(?: \d{3}(?!\d))+(?:,\d+)?|\d+(?:,\d+)?|км/ч|[^\W\d_]+[²³]?|\s+|.", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")
_MONTH = re.compile(r"января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря", re.IGNORECASE)
_ROMAN = re.compile(r"(?=[IVXХ])X{0,3}Х{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "Х": 10}
_ENDING = re.compile(r"ти|мя|и|го|му|ой|ый|ий|ая|ое|ые|ых|им|ым|ом|ую|ми|й|я|е|м|х|ю")
_COUNTED = {"ти": None, "и": None, "х": None, "ми": Case.INS, "мя": Case.INS, "ю": Case.INS}
"""Endings of «10-ти», «с 3-мя»: these are no ordinals."""
_COMPOUND = re.compile(
    r"(?:лет|дневн|месячн|часов|минутн|процентн|кратн|комнатн|этажн|мест|рубл|километр|балльн|значн|тонн|недельн|годичн|класс|сторонн)\w*")
_LINKS = {"и", "или", "либо", "до", "по", "—", "–", "-", ",", "да", "ни", "с"}
_ANDS = {"и", "или", "либо"}
_DASHES = {"—", "–", "-"}
_BETWEEN = {".": " точка ", "/": " дробь ", ":": ", ", "–": " — ", "—": " — ", "-": " — "}
"""Between digits that are no date and no time: «статья 20.8»."""
_YEAR_AFTER = {"в": (Case.LOC, "году"), "с": (Case.GEN, "года"), "до": (Case.GEN, "года"), "после": (Case.GEN, "года"),
               "к": (Case.DAT, "году"),
               "за": (Case.ACC, "год"), "на": (Case.ACC, "год"), "по": (Case.ACC, "год")}
_HOPS, _ADJECTIVES, _BACK = 6, 3, 4
"""How far a number looks for its noun along other numbers, its adjectives, and the words before it."""
_LABELS = ("пункт", "подпункт", "часть", "части", "стать", "статей", "абзац", "глав", "раздел", "квартир", "корпус", "строени", "номер",
           "кабинет", "офис",
           "подъезд", "добавочн", "сценари", "талон", "форм", "справк", "дом")
"""Beginnings of words whose number follows them."""
_LEADING = {"глава", "главы", "главе", "раздел", "раздела", "часть", "части", "приложение", "том", "пункт", "номер"}
_SHARES = {
    3: (("треть", "трети", "трети", "треть", "третью", "трети"), ("трети", "третей", "третям", "трети", "третями", "третях")),
    4: (("четверть", "четверти", "четверти", "четверть", "четвертью", "четверти"),
        ("четверти", "четвертей", "четвертям", "четверти", "четвертями", "четвертях")),
}
"""«две трети»."""
_TENTHS = {1: ("десятая", "десятых"), 2: ("сотая", "сотых"), 3: ("тысячная", "тысячных")}
_MOST = 12
"""Digits of the largest number that has words here."""
_LONGEST = 7
"""Digits of a number that is still said as one; longer ones, and those that begin with 0, are said in groups of three."""


def numbers(text: str) -> str:
    """The text without digits."""
    return _Reader(_PIECE.findall(text)).read()


def groups(digits: str) -> str:
    """A code in groups of three digits: «сто двадцать три, ноль пятьдесят один»."""
    head = len(digits) % 3
    cut = [digits[:head], *(digits[at:at + 3] for at in range(head, len(digits), 3))]
    return ", ".join(map(group, filter(None, cut)))


def group(digits: str) -> str:
    """Digits as a number behind its zeros: «ноль пять»."""
    rest = digits.lstrip("0")
    return " ".join([*["ноль"] * (len(digits) - len(rest)), *([cardinal(int(rest))] if rest else [])])


class _Reader:
    def __init__(self, pieces: list[str]) -> None:
        self._pieces, self._at = pieces, 0
        self._said: list[str] = []
        self._before: list[str] = []
        """The words since the last stop, at most some."""
        self._chain: Case | None = None
        """The case of the number before, while only links follow it, or its noun and «и»."""
        self._noun_until = 0
        """The place behind that noun."""

    def read(self) -> str:
        while self._at < len(self._pieces):
            piece = self._pieces[self._at]
            if piece[0].isdigit() and piece.isascii():
                self._said.append(self._number(piece))
            elif _ROMAN.fullmatch(piece) and (said := self._roman(piece)):
                self._said.append(said)
                self._at += 1
            else:
                self._pass_by(piece)
        return "".join(self._said)

    def _pass_by(self, piece: str) -> None:
        if piece in _BETWEEN and self._between_digits():
            self._said.append(self._hyphen() if piece == "-" else _BETWEEN[piece])
            self._at += 1
            return
        self._said.append(" " if piece == "/" else piece)
        self._at += 1
        if _WORD.match(piece):
            self._before = [*self._before, piece][-_BACK:]
            if self._at > self._noun_until and piece.lower() not in (_LINKS if not self._noun_until else _ANDS):
                self._chain = None
        elif piece in ".;:!?()" or (piece == "," and self._noun_until):
            self._before, self._chain = [], None
        elif not piece.isspace() and piece not in _LINKS:
            self._chain = None

    def _between_digits(self) -> bool:
        """Of a point or a slash."""
        before, after = self._pieces[self._at - 1] if self._at else "", self._peek(self._at + 1)
        return after[:1].isdigit() and (before[:1].isdigit() or bool(_ROMAN.fullmatch(before)))

    def _hyphen(self) -> str:
        """«10-15 дней» is a range, «112-233-445» and «№ 5242-1» are codes."""
        before, after = self._pieces[self._at - 1], self._peek(self._at + 1)
        if len(before) < 3 and before[0] != "0" and len(before) <= len(after) and before.zfill(len(after)) < after:  # noqa: PLR2004 - hundreds are counted in codes
            return " — "
        return ", " if len(before) == len(after) > 1 else " тире "

    # What stands where

    def _peek(self, at: int) -> str:
        return self._pieces[at] if at < len(self._pieces) else ""

    def _next_word(self, at: int) -> tuple[int, str]:
        """The word behind a space, or directly there; "" where something else follows."""
        at += self._peek(at).isspace()
        word = self._peek(at)
        return at, word if _WORD.match(word) or word in {"%", "₽", "$", "°"} else ""

    def _noun(self, at: int) -> tuple[str, bool]:
        """The noun that a number before `at` counts, "" for none; and whether it follows the number itself, not another one."""
        for hops in range(_HOPS):
            at, word = self._next_word(at)
            if word and word.lower() not in _LINKS:
                return self._behind_adjectives(at, word), not hops
            at = self._over_link(at)
            if not at:
                break
        return "", True

    def _over_link(self, at: int) -> int:
        """The place behind the number that follows links; 0 without one."""
        for _ in range(3):
            piece = self._peek(at)
            if piece[:1].isdigit() or (piece and _ROMAN.fullmatch(piece)):
                return at + 1
            if not piece.isspace() and piece.lower() not in _LINKS:
                return 0
            at += 1
        piece = self._peek(at)
        return at + 1 if piece[:1].isdigit() or (piece and _ROMAN.fullmatch(piece)) else 0

    def _behind_adjectives(self, at: int, word: str) -> str:
        first = word
        for _ in range(_ADJECTIVES):
            self._noun_until = at + 1
            if not adjective(word):
                return word
            at, follows = self._next_word(at + 1)
            if not follows:
                return first
            word = follows
        return first

    # What it is

    def _number(self, piece: str) -> str:
        whole, _, fraction = piece.partition(",")
        digits = whole.replace(" ", "")
        if (said := self._code(piece, digits)) is not None:
            return said
        number, case = int(digits), self._case()
        self._at += 1
        if fraction:
            return self._decimal(number, fraction, case)
        if (said := self._suffixed(number) or self._fraction(number, case)) is not None:
            return said
        if (said := self._date(number, case) or self._measured(number, case)) is not None:
            return said
        self._noun_until = 0
        return self._bare_year(piece, number) or self._counted(number, case)

    def _case(self) -> Case | None:
        if self._noun_until and self._before[-1:] and self._before[-1].lower() not in _ANDS:
            self._chain = None  # «до 5 лет 60 процентов»
        own = governed(self._before)
        return own if own is not None or self._chain is None else self._chain

    def _counted(self, number: int, case: Case | None) -> str:
        chosen = self._chosen(number, case)
        self._chain = self._chain or case or Case.NOM
        return _words(number, chosen)

    def _chosen(self, number: int, case: Case | None) -> Numeral:
        if self._labelled():
            return Numeral(Case.NOM)
        noun, near = self._noun(self._at)
        if _MONTH.fullmatch(noun) and self._peek(self._at + self._peek(self._at).isspace()) in _LINKS:
            return Numeral(Case.GEN if case in {None, Case.GEN} else case, Gender.NEUT, ordinal=True)
        if (unit := self._short(noun)) is not None:
            return Numeral(case or Case.NOM, unit.gender)
        return form(number, noun, case, near=near)

    def _labelled(self) -> bool:
        """«часть 2 статьи 5» counts nothing."""
        return bool(self._before) and self._before[-1].lower().startswith(_LABELS)

    def _code(self, piece: str, digits: str) -> str | None:
        """Digits that are no quantity: 079/у, 4462-1, 112233445566."""
        zeros, unbroken = digits[0] == "0" and len(digits) > 1, len(digits) > _LONGEST and " " not in piece
        if "," in piece or not (zeros or unbroken or len(digits) > _MOST):
            return None
        self._at += 1
        return group(digits) if len(digits) <= _LONGEST else groups(digits)

    def _decimal(self, number: int, fraction: str, case: Case | None) -> str:
        at, word = self._next_word(self._at)
        unit = self._unit(at, word)
        if unit is ROUBLE and len(fraction) == 2:  # noqa: PLR2004 - kopecks
            self._skip_unit(at)
            kopecks, at_case = int(fraction), case or Case.NOM
            rest = f" {_words(kopecks, Numeral(at_case, Gender.FEM))} {KOPECK.form(kopecks, at_case)}" if kopecks else ""
            return f"{_words(number, Numeral(at_case))} {ROUBLE.form(number, at_case)}{rest}"
        gender = unit.gender if unit else next((each.gender for each in readings(self._noun(self._at)[0])), Gender.MASC)
        if unit:
            self._skip_unit(at)
        noun = f" {unit.singular[Case.GEN]}{unit.after}" if unit else ""
        if (number, fraction) == (1, "5"):
            half = "полутора" if case not in {None, Case.NOM, Case.ACC} else "полторы" if gender is Gender.FEM else "полтора"
            return half + noun
        if len(fraction) not in _TENTHS:
            return f"{cardinal(number)} запятая {groups(fraction)}{noun}"
        return f"{_parted(number, fraction, case or Case.NOM)}{noun}"

    def _suffixed(self, number: int) -> str | None:
        """«15-го», «5-летний», «18-ти»."""
        ending = self._peek(self._at + 1)
        if self._peek(self._at) not in _DASHES or not _WORD.fullmatch(ending):
            return None
        if _COMPOUND.fullmatch(ending):
            self._at += 2
            return compound(number, ending)
        if not _ENDING.fullmatch(ending):
            return None
        self._at += 2
        noun = self._noun(self._at)[0]
        found = {(each.case, Gender.PLURAL if each.plural else each.gender) for each in readings(noun)}
        fits = [(case, gender) for gender in Gender for case in Case if ordinal(number, case, gender).endswith(ending)]
        chosen = next((each for each in fits if each in found), None)
        if ending in _COUNTED and chosen is None and not noun.startswith("год"):
            return cardinal(number, _COUNTED[ending] or self._case() or Case.GEN)
        if chosen is None and (self._case() is Case.ACC or ending == "м"):
            chosen = next((each for each in fits if each[0] is Case.LOC), None)
        return ordinal(number, *(chosen or next(iter(fits), (Case.NOM, Gender.MASC))))

    def _fraction(self, number: int, case: Case | None) -> str | None:
        """«1/300»; «дробь» where it is none."""
        below = self._peek(self._at + 1)
        if self._labelled():
            return None
        if self._peek(self._at) != "/" or not below.isdecimal():
            return None
        self._at += 2
        if self._peek(self._at) == "/" or not 1 < int(below) <= 1000 or number >= int(below):  # noqa: PLR2004
            return f"{cardinal(number)} дробь {group(below)}"
        case = case or Case.NOM
        if int(below) in _SHARES:
            one, many = _SHARES[int(below)]
            return one[case] if number == 1 else f"{cardinal(number, case, Gender.FEM)} {many[case]}"
        parts = (case, Gender.FEM) if number == 1 else (Case.GEN if case in {Case.NOM, Case.ACC} else case, Gender.PLURAL)
        return f"{cardinal(number, case, Gender.FEM)} {ordinal(int(below), *parts)}"

    def _date(self, number: int, case: Case | None) -> str | None:
        """«1 мая 2027 года»: the year is said here, too."""
        at, month = self._next_word(self._at)
        if not _MONTH.fullmatch(month):
            return None
        self._at = at + 1
        self._chain = None
        self._before = [*self._before, month]
        day = ordinal(number, case if case in {Case.ACC, Case.DAT} else Case.GEN, Gender.NEUT)
        return f"{day} {month}{self._year()}"

    def _year(self) -> str:
        at = self._at + self._peek(self._at).isspace()
        year = self._peek(at)
        if len(year) != 4 or not year.isdecimal():  # noqa: PLR2004 - a year
            return ""
        self._at = at + 1
        at, word = self._next_word(self._at)
        if word.lower() in {"г", "года"}:
            self._at = at + 1
            if word.lower() == "г":
                self._skip_point()
        return f" {ordinal(int(year), Case.GEN)} года"

    def _bare_year(self, piece: str, number: int) -> str | None:
        """«родила в 2026»."""
        before = self._before[-1].lower() if self._before else ""
        if len(piece) != 4 or before not in _YEAR_AFTER or not 1900 <= number <= 2099 or self._noun(self._at)[0]:  # noqa: PLR2004
            return None
        case, noun = _YEAR_AFTER[before]
        return f"{ordinal(number, case)} {noun}"

    def _short(self, word: str) -> Unit | None:
        return UNITS.get(word) or UNITS.get(word.lower()) if word else None

    def _unit(self, at: int, word: str) -> Unit | None:
        """A short form: whole words are nouns like others. «5 г. Москва» is a town."""
        town = word == "г" and self._next_word(at + 1 + (self._peek(at + 1) == "."))[1][:1].isupper()
        return None if town or word in {"лет", "час"} else self._short(word)

    def _measured(self, number: int, case: Case | None) -> str | None:
        """«5 км», «2026 г.», «5 млн руб.»."""
        at, word = self._next_word(self._at)
        unit = self._unit(at, word)
        if unit is None:
            return None
        year = word in {"г", "гг"} and (number >= 1000 or self._peek(at + 1) == ".")  # noqa: PLR2004 - grams are fewer
        self._skip_unit(at)
        self._chain = self._chain or case or Case.NOM
        if year:
            return self._year_of(number, case, plural=word == "гг")
        unit, case = UNITS["гр"] if word == "г" else unit, case or Case.NOM
        said = f"{_words(number, Numeral(case, unit.gender))} {unit.form(number, case)}"
        at, counted = self._next_word(self._at)
        if (short := self._short(counted)) is not None:
            self._skip_unit(at)
            return f"{said} {short.plural[Case.GEN]}"
        return said

    def _year_of(self, number: int, case: Case | None, *, plural: bool) -> str:
        """«в 2026 г.», «с 2026 г.»; the genitive where nothing says more: «1962 г. рождения»."""
        if case is Case.ACC and self._before[-1:] == ["в"]:
            case = Case.LOC
        case = case or Case.GEN
        noun = "годов" if plural else {Case.LOC: "году"}.get(case, YEAR.singular[case])
        return f"{ordinal(number, case)} {noun}"

    def _skip_unit(self, at: int) -> None:
        self._at = at + 1
        self._skip_point()

    def _skip_point(self) -> None:
        """The point of a short form, unless it ends a sentence."""
        follows, then = self._peek(self._at + 1), self._next_word(self._at + 1)[1]
        goes_on = then[:1].islower() or follows in {",", ";", ")", ":"} or self._peek(self._at + 2)[:1].isdigit()
        if self._peek(self._at) == "." and goes_on:
            self._at += 1

    def _roman(self, piece: str) -> str:
        number, last = 0, 0
        for digit in reversed([_ROMAN_DIGITS[each] for each in piece]):
            number, last = number + (digit if digit >= last else -digit), max(digit, last)
        if self._before[-1:] and self._before[-1].lower() in _LEADING:
            return cardinal(number)
        noun, _ = self._noun(self._at + 1)
        if piece in {"I", "V", "X", "Х"} and not noun and not self._before:
            return ""
        found: Sequence[Reading] = [each for each in readings(noun) if not each.plural]
        case = governed(self._before)
        at = next((each for each in found if each.case in {case, Case.LOC if case is Case.ACC else case}), found[0] if found else None)
        return ordinal(number, at.case, at.gender) if at else ordinal(number)


def _words(number: int, chosen: Numeral) -> str:
    return (ordinal if chosen.ordinal else cardinal)(number, chosen.case, chosen.gender)


def _parted(number: int, fraction: str, case: Case) -> str:
    """«две целых четыре десятых»."""
    one, many = _TENTHS[len(fraction)]
    count = int(fraction)
    if case in {Case.NOM, Case.ACC}:
        whole = "целая" if number == 1 else "целых"
        part = one if count % 10 == 1 and count % 100 != 11 else many  # noqa: PLR2004
    else:
        whole, part = ("целой", one.replace("ая", "ой")) if number == 1 else ("целых", many)
    return f"{cardinal(number, case, Gender.FEM)} {whole} {cardinal(count, case, Gender.FEM)} {part}"

