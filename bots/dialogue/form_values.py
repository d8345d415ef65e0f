"""Values for the slots of a form in a message: in any order, all at once, as spoken or written.

A value is found as the words that state it, which the form's validation reads again: «во вторник», «+79161234567», «Серпухов». A value
that is denied counts only where no other is given: «не во вторник, а в среду» is Wednesday.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import phonenumbers
from msgspec import Struct

from bots.grammar.extraction import Grammar
from bots.grammar.plain import plain
from bots.grammar.values import Application, Found, Phone, Snils, Value, When
from bots.knowledge.clauses import clauses
from bots.knowledge.form_acts import FormActs
from bots.knowledge.localities import Localities

TOLD = frozenset(["what_happened", "outdated"])
"""Slots that a story fills."""
NAMES = frozenset(["service", "locality", "body", "proof"])
"""Slots that any words may fill."""
_DENIED = re.compile(r"\bне\s+(?:(?:в|во|на|с|к|до|после)\s+)?$")
_DIGITS = re.compile(r"(?<![\w-])[A-ZА-ЯЁ]{0,4}\d[\dA-ZА-ЯЁ/-]{3,24}(?![\w-])", re.IGNORECASE)
_SPOKEN = re.compile(r"\+?\d(?:[\s()-]{0,3}\d){9,10}(?!\d)")
_NUMBERED = re.compile(r"\s(?:№\s?|номер\s)?(?P<number>\d{1,4})\b")
_ON = re.compile(r"(?:жалоб\w*|пожаловаться|нажаловаться|жалуюсь|претензи\w*)(?:\s+\w+){0,2}?\s+на\s+(?P<body>[^,.;!?:]{2,80})", re.IGNORECASE)
_AT_START = re.compile(r"^(?:на|в|во|по|для|про|о|об|мне|нам|это|ну|тогда|давайте|нужно|надо|хочу)\s+", re.IGNORECASE)
_LOST = re.compile(r"\b(?:ей|ему|мне|нам|сыну|дочери|дочке|бабушке|дедушке|маме|папе|ребенку|ребёнку)\s+\d{1,3}\s+(?:лет|год\w{0,2})\b|\b(?:тел(?:ефон)?|номер|сот(?:овый)?|моб(?:ильный)?)\b[\s.:]*|\b(?:на|в|во|к|с|до|часов|час)\s*(?=[,.]|$)", re.IGNORECASE)
_NUMBER = frozenset({10, 11})
_CHANGES = 8
"""Words of a correction, in which a town needs no preposition."""
_STORY = 3
"""Words beyond the wish and its values that tell what happened."""
_THIS = re.compile(r"\b(?:на|по)\s+этот\b|\bэт(?:от|ому|им)\s+(?:же\s+)?номер|\bс\s+которого\s+(?:звоню|пишу)|\bмой\s+номер\s+(?:у\s+вас|вид\w+)", re.IGNORECASE)


class Asked(Struct, frozen=True):
    """What a form wants."""

    slots: tuple[str, ...]
    requested: str = ""
    wish: str = ""
    """The intent that has just begun the form: then the message may tell a story as well."""
    phone: str = ""
    """The number that the citizen calls or writes from."""


class FormValues:
    def __init__(self, grammar: Grammar, acts: FormActs, towns: Localities, service: Callable[[str], tuple[str, float]],
                 today: Callable[[], date]) -> None:
        """`service` names the service that free words mean, and says how sure that is, from 0 to 1."""
        self._grammar, self._acts, self._towns, self._service, self._today = grammar, acts, towns, service, today

    def exact(self, text: str, slots: Sequence[str]) -> Mapping[str, str]:
        """Days, hours, numbers, scores: values that are nothing else."""
        return {name: value for name, (value, _) in self._exact(text, Asked(tuple(slots))).items()}

    def town(self, text: str) -> str:
        """The town that a text names, or ""."""
        return next((one.name for one in self._towns.find(text)), "")

    def found(self, text: str, asked: Asked) -> dict[str, str]:
        """The words for each slot that the message fills, by slot; of the story-telling slots only the requested one."""
        exact = self._exact(text, asked)
        short = len(text.split()) <= (_CHANGES if self._acts.corrects(text) else _STORY)
        towns = self._towns.find(text, expected=asked.requested == "locality" or short)
        if "locality" in asked.slots and towns:
            name = next((one for one in reversed(towns) if not _denied(text, one.start)), towns[-1])
            exact["locality"] = name.name, (name.start, name.end)
        values = {name: value for name, (value, _) in exact.items()}
        spans = [span for _, span in exact.values()] + [(one.start, one.end) for one in self._grammar.find(text, self._today())
                                                        if isinstance(one.value, (When, Phone, Snils))] + [(one.start, one.end) for one in towns]
        rest = _LOST.sub(" ", _without(text, spans)).strip(" ,.;:-")
        if "service" in asked.slots and (service := self._named(rest, asked)):
            values["service"] = service
        if "body" in asked.slots and (body := self._body(text, asked, towns[0].name if towns else "")):
            values["body"] = body
        if story := self._story(text, rest, asked):
            values[story] = text.strip()
        return self._requested(text, rest, asked, values)

    def _exact(self, text: str, asked: Asked) -> dict[str, tuple[str, tuple[int, int]]]:
        """Each value with its position."""
        found, wanted = self._grammar.find(text, self._today()), set(asked.slots)
        values: dict[str, tuple[str, tuple[int, int]]] = {}
        for name in wanted & _READERS.keys():
            if fitting := [each for each in found if _READERS[name](each.value)]:
                chosen = self._chosen(text, fitting)
                values[name] = text[chosen.start:chosen.end], (chosen.start, chosen.end)
        if "phone" in wanted:
            values |= self._phone(text, found, asked)
        if "application_number" in wanted and "application_number" not in values and (number := _bare_number(text, found)):
            values["application_number"] = number
        if "day" in wanted and "hour" in wanted and "hour" not in values and "day" in values and (hour := _beside(text, values["day"][1])):
            values["hour"] = hour
        if "hour" in wanted and "hour" not in values and (hour := _loose_hour(text, found, corrects=self._acts.corrects(text))):
            values["hour"] = hour
        if "hour" in wanted and "day" not in wanted and "hour" not in values and (days := [each for each in found if _READERS["day"](each.value)]):
            values["hour"] = text[days[0].start:days[0].end], (days[0].start, days[0].end)
        if "hour" in wanted and "day" not in wanted and "hour" in values:  # a callback has a day as well
            values["hour"] = _whole(text, [each for each in found if isinstance(each.value, When)], values["hour"])
        if "score" in wanted and (score := self._acts.score(text)):
            values["score"] = score, (0, 0)
        return values

    def _chosen(self, text: str, fitting: Sequence[Found[Value]]) -> Found[Value]:
        said = [each for each in fitting if not _denied(text, each.start)] or list(fitting)
        if self._acts.corrects(text):
            return said[-1]
        return next((each for each in said if isinstance(each.value, When) and each.value.days and each.value.days.last), said[0])

    def _phone(self, text: str, found: Sequence[Found[Value]], asked: Asked) -> dict[str, tuple[str, tuple[int, int]]]:
        known = [each for each in found if isinstance(each.value, Phone)]
        if known and isinstance(last := known[-1].value, Phone):
            return {"phone": (last.number, (known[-1].start, known[-1].end))}
        if asked.phone and _THIS.search(text):
            return {"phone": (asked.phone, (0, 0))}
        said = plain(text)
        for match in _SPOKEN.finditer(said.text):
            if (number := _telephone(match[0])) and all(not isinstance(each.value, Snils) for each in found):
                return {"phone": (number, said.span(match.start(), match.end()))}
        return {}

    def _named(self, rest: str, asked: Asked) -> str:
        """A service of the catalogue; one that is not surely meant is told in the citizen's own words."""
        if asked.requested != "service" and not asked.wish and not self._acts.corrects(rest):
            return ""
        if not asked.wish:
            said = rest
        else:  # what is asked besides names nothing
            said = " ".join(clause for clause, _ in clauses(rest) if not self._acts.asks_in_words(clause))
        words = " ".join(self._acts.beyond(asked.wish or "book_appointment", said))
        name, sure = self._service(words) if words else ("", 0.0)
        if not name or sure >= (_CERTAIN if not asked.wish and asked.requested != "service" else _FAIR):
            return name
        if asked.requested == "service":
            return _tidy(said)
        return words if asked.wish and len(words.split()) <= _STORY else ""

    def _body(self, text: str, asked: Asked, town: str) -> str:
        if asked.requested not in {"", "body"}:
            return ""
        if name := self._acts.body(text):
            number = _NUMBERED.search(text) if "номер" in text or "№" in text else None
            return name + (f" № {number['number']}" if number and name in {"школа", "поликлиника", "больница", "детский сад"} else "") + (f", {town}" if town else "")
        match = _ON.search(text)
        return self._noun_phrase(match["body"]) if match else ""

    def _noun_phrase(self, text: str) -> str:
        """Up to the verb or the ordinal that begins the story: «управление в серпухове | третий месяц не отвечают»."""
        kept: list[str] = []
        for word in text.split():
            readings = self._grammar.russian.readings(word.lower().replace("ё", "е"))
            if len(kept) >= _LONG or (readings and not readings[0].isdisjoint(_ENDS_PHRASE)):
                break
            kept.append(word)
        return " ".join(kept)

    def _story(self, text: str, rest: str, asked: Asked) -> str:
        """The slot that the message that begins a form fills with what it tells besides."""
        told = next((name for name in asked.slots if name in TOLD), "")
        if not told or asked.requested or not asked.wish:
            return ""
        words = [word for word in self._acts.beyond(asked.wish, text if told == "outdated" else rest) if told == "outdated" or not self._acts.body(word)]
        verbs = [word for word in words if (found := self._grammar.russian.readings(word)) and not found[0].isdisjoint(_HAPPENS)]
        enough = (verbs and len(words) >= _STORY - 1) or (told == "outdated" and len(words) >= _STORY)
        return told if enough else ""

    def _requested(self, text: str, rest: str, asked: Asked, values: dict[str, str]) -> dict[str, str]:
        """What is asked for is taken as it was said where it may be anything, or where it is told why it is none."""
        name = asked.requested
        if not name or name in values:
            return values
        if name in _OPEN and self._acts.leaves_open(text):
            return values | {name: _OPEN[name]}
        if name in _BARE and (bare := _BARE[name].fullmatch(plain(text).text.strip(" .,!"))):
            return values | {name: _MEANT[name].format(*bare.groups(default="00"))}
        if name in TOLD or name == "proof":
            return values | {name: text.strip()}
        if not values:
            return {name: _tidy(rest) or text.strip()} if name in NAMES else {name: text.strip()}
        return values


_FAIR, _CERTAIN = 0.01, 0.75
"""How sure a service must be that was asked for, and one that replaces another."""
_LONG = 5
"""Words of a body's name."""
_ENDS_PHRASE = frozenset({"VERB", "INFN", "CONJ", "NUMR", "Anum", "PRCL", "NPRO", "ADVB"})
_HAPPENS = frozenset({"VERB", "PRTS", "ADJS"})
_READERS: Mapping[str, Callable[[Value], bool]] = {
    "day": lambda value: isinstance(value, When) and value.days is not None,
    "hour": lambda value: isinstance(value, When) and value.hours is not None,
    "snils": lambda value: isinstance(value, Snils),
    "application_number": lambda value: isinstance(value, Application),
}


_OPEN = {"day": "в любой день", "hour": "в любое время"}
_BARE = {"day": re.compile(r"(?:на\s+)?(\d{1,2})(?:-?\s?(?:го|е|ое))?"), "hour": re.compile(r"(?:на\s+|где-то\s+|часов\s+|часиков\s+)*(\d{1,2})(?:[\s:.-](\d\d))?(?:\s*час\w*)?")}
"""A number alone, where a day or an hour is asked for."""
_MEANT = {"day": "{} числа", "hour": "в {}:{}"}
_CHANGED = re.compile(r"\bна\s+(\d{1,2})(?:[:.\s](\d\d))?\b(?![\d:/-]|\s*(?:числ|лет|год|дн|месяц|го\b|человек))")
_HOURS = re.compile(r"(?<=время)\W{0,3}(\d{1,2})[.:\s-](\d\d)\b|(?<![\d:.,/-])(\d{1,2})(?:[:.](\d\d))?\s*(?:час(?:ов|а|ам|ик\w*)?|ч)\b(?!\s*назад)")
_OPENS, _CLOSES = 7, 21
"""Hours in which somebody may be received."""
_ON_HOUR = re.compile(r"[\s,]*(?:часов\s+|часам\s+)?(?:на|к)\s+(\d{1,2})(?:[:.\s](\d\d))?\b(?![\d:/-]|\s*(?:числ|лет|год|дн|час))")


def _beside(text: str, day: tuple[int, int]) -> tuple[str, tuple[int, int]] | None:
    """The hour right after the day: «на четверг на 15»."""
    said = plain(text)
    at = next((number for number, start in enumerate(said.starts) if start >= day[1]), len(said.text))
    if (match := _ON_HOUR.match(said.text, at)) is None:
        return None
    return f"в {match[1]}:{match[2] or '00'}", said.span(match.start(1), match.end())


def _loose_hour(text: str, found: Sequence[Found[Value]], *, corrects: bool) -> tuple[str, tuple[int, int]] | None:
    """«17 часов», and «время на 16 поменяйте»."""
    said = plain(text)
    for match in [*_HOURS.finditer(said.text), *(_CHANGED.finditer(said.text) if corrects else ())]:
        hour, minute = (each or "" for each in match.groups()[-2:]) if match.lastindex and match.lastindex > 2 else (match[1], match[2])  # noqa: PLR2004
        start, end = said.span(match.start(), match.end())
        free = all(end <= each.start or start >= each.end for each in found if isinstance(each.value, (When, Phone)))
        if free and _OPENS <= int(hour) <= _CLOSES and not _denied(text, said.starts[match.start()]):
            return f"в {hour}:{minute or '00'}", (start, end)
    return None


def _denied(text: str, at: int) -> bool:
    return _DENIED.search(text.lower(), 0, at) is not None


def _telephone(said: str) -> str:
    digits = re.sub(r"\D", "", said)
    if len(digits) not in _NUMBER or (len(digits) == 10 and digits[0] != "9"):  # noqa: PLR2004 - a number without its country
        return ""
    number = phonenumbers.PhoneNumber(7, int(digits[-10:]))
    return f"+7{digits[-10:]}" if phonenumbers.is_valid_number(number) else ""


def _bare_number(text: str, found: Sequence[Found[Value]]) -> tuple[str, tuple[int, int]] | None:
    """A number without the word «заявление» before it."""
    taken = [(each.start, each.end) for each in found if isinstance(each.value, (Phone, Snils, When))]
    for match in _DIGITS.finditer(text):
        if all(match.end() <= start or match.start() >= end for start, end in taken):
            return match[0].upper(), (match.start(), match.end())
    return None


def _whole(text: str, found: Sequence[Found[Value]], hour: tuple[str, tuple[int, int]]) -> tuple[str, tuple[int, int]]:
    """The hours with their day, wherever each stands: «завтра, телефон такой-то, после трёх»."""
    days = [each for each in found if isinstance(each.value, When) and each.value.days and not each.value.hours and not _denied(text, each.start)]
    if not days or days[-1].start == hour[1][0]:
        return hour
    return f"{text[days[-1].start:days[-1].end]} {hour[0]}", hour[1]


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    signs = list(text)
    for start, end in spans:
        signs[start:end] = " " * (end - start)
    return re.sub(r"\s+", " ", "".join(signs))


def _tidy(said: str) -> str:
    """Without the little words before it: «на прописку» is «прописку»."""
    before = ""
    while said != before:
        before, said = said, _AT_START.sub("", said.strip(" ,.;:-"))
    return said


