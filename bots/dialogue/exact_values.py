"""Values of a message that are nothing else, each with its place: days, hours, telephones, numbers of applications, СНИЛС, scores.

A value that is denied counts only where no other is given: «не во вторник, а в среду» is Wednesday. Where somebody corrects himself,
the last one counts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import phonenumbers
from msgspec import Struct

from bots.grammar.extraction import Grammar
from bots.grammar.plain import plain
from bots.grammar.values import Application, Found, Phone, Snils, Value, When
from bots.knowledge.form_acts import FormActs

_DENIED = re.compile(r"\bне\s+(?:(?:в|во|на|с|к|до|после)\s+)?$")
_APPLICATION = re.compile(r"(?<![\w-])[A-ZА-ЯЁ]{0,4}\d[\dA-ZА-ЯЁ/-]{3,24}(?![\w-])", re.IGNORECASE)
_SPOKEN = re.compile(r"\+?\d(?:[\s()-]{0,3}\d){9,10}(?!\d)")
"""Ten or eleven digits in any groups."""
_NATIONAL = 10
"""Digits of a number without its country."""
_THIS_PHONE = re.compile(
    r"\b(?:на|по)\s+этот\b|\bэт(?:от|ому|им)\s+(?:же\s+)?номер|\bс\s+которого\s+(?:звоню|пишу)|\bмой\s+номер\s+(?:у\s+вас|вид\w+)",
    re.IGNORECASE)
_NO_HOUR = r"(?![\d:/-]|\s*(?:числ|лет|год|дн|месяц|го\b|человек))"
_AFTER_DAY = re.compile(rf"[\s,]*(?:часов\s+|часам\s+)?(?:на|к)\s+(?P<hour>\d{{1,2}})(?:[:.\s](?P<minute>\d\d))?\b{_NO_HOUR}")
"""«(На четверг) на 15»."""
_HOURS = (
    re.compile(r"\bвремя\W{0,3}(?P<hour>\d{1,2})[.:\s-](?P<minute>\d\d)\b"),
    re.compile(r"(?<![\d:.,/-])(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s*(?:час(?:ов|а|ам|ик\w*)?|ч)\b(?!\s*назад)"),
)
"""Hours without a preposition."""
_CHANGED = re.compile(rf"\bна\s+(?P<hour>\d{{1,2}})(?:[:.\s](?P<minute>\d\d))?\b{_NO_HOUR}")
"""«(Время) на 16 (поменяйте)»."""
_OPENS, _CLOSES = 7, 21
"""Hours in which somebody may be received."""


class Placed(Struct, frozen=True):
    """The words of a value, and its position `text[start:end]`."""

    words: str
    start: int = 0
    end: int = 0


class ExactValues:
    def __init__(self, grammar: Grammar, acts: FormActs, today: Callable[[], date]) -> None:
        self._grammar, self._acts, self._today = grammar, acts, today

    def find(self, text: str, slots: Sequence[str], phone: str = "") -> dict[str, Placed]:
        """The values for these slots; `phone` is the number that the citizen calls or writes from."""
        found = self._grammar.find(text, self._today())
        values = {name: self._chosen(text, fitting) for name in slots
                  if name in _READERS and (fitting := [each for each in found if _READERS[name](each.value)])}
        if "phone" in slots and (number := self._phone(text, found, phone)):
            values["phone"] = number
        if "application_number" in slots and "application_number" not in values and (number := _bare_number(text, found)):
            values["application_number"] = number
        if "hour" in slots and (hour := self._hour(text, found, values, alone="day" not in slots)):
            values["hour"] = hour
        if "score" in slots and (score := self._acts.score(text)):
            values["score"] = Placed(score)
        return values

    def places(self, text: str) -> list[tuple[int, int]]:
        """The positions of days, hours, telephones and СНИЛС."""
        return [(each.start, each.end) for each in self._grammar.find(text, self._today()) if isinstance(each.value, (When, Phone, Snils))]

    def _chosen(self, text: str, fitting: Sequence[Found[Value]]) -> Placed:
        said = [each for each in fitting if not is_denied(text, each.start)] or list(fitting)
        if self._acts.corrects(text):
            return _placed(text, said[-1])
        ended = (each for each in said if isinstance(each.value, When) and each.value.days and each.value.days.last)
        return _placed(text, next(ended, said[0]))

    def _phone(self, text: str, found: Sequence[Found[Value]], own: str) -> Placed | None:
        for each in reversed(found):
            if isinstance(each.value, Phone):
                return Placed(each.value.number, each.start, each.end)
        if own and _THIS_PHONE.search(text):
            return Placed(own)
        said = plain(text)
        numbers = ((_telephone(match[0]), said.span(match.start(), match.end())) for match in _SPOKEN.finditer(said.text))
        is_snils = any(isinstance(each.value, Snils) for each in found)
        return next((Placed(number, *place) for number, place in numbers if number and not is_snils), None)

    def _hour(self, text: str, found: Sequence[Found[Value]], values: Mapping[str, Placed], *, alone: bool) -> Placed | None:
        """Hours with their day where the form asks for no day (`alone`): «завтра, телефон такой-то, после трёх»."""
        hour = values.get("hour") or (_after_day(text, values["day"]) if "day" in values else None)
        hour = hour or _loose_hour(text, found, corrects=self._acts.corrects(text))
        if not alone:
            return hour
        days = [each for each in found if _READERS["day"](each.value) and not is_denied(text, each.start)]
        if not days or (hour and days[-1].start == hour.start):
            return hour
        day = _placed(text, days[-1])
        return Placed(f"{day.words} {hour.words}", hour.start, hour.end) if hour else day


_READERS: Mapping[str, Callable[[Value], bool]] = {
    "day": lambda value: isinstance(value, When) and value.days is not None,
    "hour": lambda value: isinstance(value, When) and value.hours is not None,
    "snils": lambda value: isinstance(value, Snils),
    "application_number": lambda value: isinstance(value, Application),
}


def is_denied(text: str, at: int) -> bool:
    """Whether «не» stands before this position."""
    return _DENIED.search(text.lower(), 0, at) is not None


def _placed(text: str, found: Found[Value]) -> Placed:
    return Placed(text[found.start:found.end], found.start, found.end)


def _after_day(text: str, day: Placed) -> Placed | None:
    said = plain(text)
    at = next((number for number, start in enumerate(said.starts) if start >= day.end), len(said.text))
    match = _AFTER_DAY.match(said.text, at)
    return Placed(_clock(match), *said.span(match.start("hour"), match.end())) if match else None


def _loose_hour(text: str, found: Sequence[Found[Value]], *, corrects: bool) -> Placed | None:
    said = plain(text)
    taken = [(each.start, each.end) for each in found if isinstance(each.value, (When, Phone))]
    for pattern in (*_HOURS, *((_CHANGED,) if corrects else ())):
        for match in pattern.finditer(said.text):
            start, end = said.span(match.start(), match.end())
            free = all(end <= first or start >= last for first, last in taken)
            if free and _OPENS <= int(match["hour"]) <= _CLOSES and not is_denied(text, start):
                return Placed(_clock(match), start, end)
    return None


def _clock(match: re.Match[str]) -> str:
    return f"в {match['hour']}:{match['minute'] or '00'}"


def _telephone(said: str) -> str:
    """A number of Russia, or ""."""
    digits = re.sub(r"\D", "", said)
    if len(digits) == _NATIONAL and digits[0] != "9":
        return ""
    number = digits[-_NATIONAL:]
    return f"+7{number}" if phonenumbers.is_valid_number(phonenumbers.PhoneNumber(7, int(number))) else ""


def _bare_number(text: str, found: Sequence[Found[Value]]) -> Placed | None:
    """A number without the word «заявление» before it."""
    taken = [(each.start, each.end) for each in found if isinstance(each.value, (Phone, Snils, When))]
    return next((Placed(match[0].upper(), match.start(), match.end()) for match in _APPLICATION.finditer(text)
                 if all(match.end() <= start or match.start() >= end for start, end in taken)), None)
