"""Streets, houses and flats in a text."""

import re
from collections.abc import Iterator

from bots.grammar.plain import Plain
from bots.russian import Russian

_WORD = r"[^\W\d_][^\W_]*(?:-[^\W\d_]+){0,4}"
_KIND = (r"(?P<kind>ул(?:иц[аеуы]|ицей)?|пр-?к?т|просп(?:ект[а-я]{0,2})?|пер(?:еул[а-я]+)?|бульвар[а-я]{0,2}|б-р|шоссе"
         r"|наб(?:ережн[а-я]+)?|мкр-?н?|микрорайон[а-я]{0,2})\b\.?")
"""«Проезд», «площадь» and «аллея» are missing: they have other meanings more often."""
_PART = (r"(?:д(?:ом[а-я]{0,2})?|корп(?:ус[а-я]{0,2})?|к|стр(?:оени[а-я])?|кв(?:артир[а-я]{0,2})?|подъезд[а-я]{0,2}|этаж[а-я]{0,2})"
         r"?\.?")
_NO_TIME = r"(?!(?:-[а-я]{1,3})?\s+(?:д(?:ень|ня|ней)|месяц|недел|час|год|лет\b|сут(?:ки|ок)|раз\b|ночь))"
"""After a number: «третий день» is no flat."""
_HOUSE = rf"(?P<house>(?:\W{{0,3}}{_PART}\s{{0,2}}\d+(?:\s?/\s?\d+)?[а-я]?\b{_NO_TIME}){{0,4}})"
_STREET = re.compile(rf"\b{_KIND}\s{{1,2}}(?P<name>(?:\d+(?:-[а-я]+)?\s+)?{_WORD}(?:\s+{_WORD}){{0,2}}?){_HOUSE}(?!\w)")
_STREET_LAST = re.compile(rf"\b(?P<name>{_WORD})\s+{_KIND}{_HOUSE}")
_HOUSE_ALONE = re.compile(
    r"\b(?:д|дом[а-я]{0,2}|корпус[а-я]{0,2}|кв|квартир[а-я]{0,2}|подъезд[а-я]{0,2})\b\.?\s{0,2}(?:номер\s|№\s?)?\d+[а-я]?\b" + _NO_TIME)
_ADJECTIVE = re.compile(r".+(?:ая|ой|ую|яя|ей|юю|ий|ый|ого|его|ому|ему|ом|ем|ое)")
_ANY = frozenset([
    "какая", "какой", "какую", "каком", "эта", "этой", "эту", "этом", "та", "той", "ту", "том", "моя", "моей", "мою", "моем", "наша",
    "нашей", "нашу", "нашем", "ваша", "вашей", "вашу", "вашем", "своей", "свою", "своем", "другая", "другой", "другую", "другом", "одна",
    "одной", "одну", "самая", "самой", "соседняя", "соседней", "главной", "по", "который", "которая", "которой", "которую", "котором",
    "день", "месяц", "неделю", "час", "год", "ночь", "вечер", "утро",
])
"""Words beside «улица» that are not its name."""


class Streets:
    """Finds addresses within a town; the town itself is not personal data."""

    def __init__(self, russian: Russian) -> None:
        self._russian = russian

    def find(self, said: Plain) -> Iterator[tuple[int, int]]:
        """Beginning and end of each address in the original text."""
        for match in _STREET.finditer(said.text):
            first = match["name"].split()[0]
            if first not in _ANY and (match["house"] or self._may_name(first)):
                yield said.span(match.start(), match.end() if match["house"] else match.start("name") + len(first))
        for match in _STREET_LAST.finditer(said.text):
            named = _ADJECTIVE.fullmatch(match["name"]) is not None
            if match["name"] not in _ANY and (named or match["house"]):
                yield said.span(match.start() if named else match.start("kind"), match.end())
        yield from (said.span(match.start(), match.end()) for match in _HOUSE_ALONE.finditer(said.text))

    def _may_name(self, word: str) -> bool:
        """Whether a word may be a street's name: «Ленина», «Садовая», «8 Марта», but not «находится»."""
        return word[0].isdigit() or any(reading & {"NOUN", "ADJF"} for reading in self._russian.readings(word))
