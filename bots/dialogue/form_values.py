"""Values for the slots of a form in a message: in any order, all at once, as spoken or written.

A value is found as the words that state it, which the form's validation reads again: «во вторник», «+79161234567», «Серпухов».
"""

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from bots.dialogue.exact_values import ExactValues, is_denied
from bots.grammar.plain import plain
from bots.knowledge.clauses import clauses
from bots.knowledge.form_acts import FormActs
from bots.knowledge.localities import Localities, Town
from bots.russian import Russian

STORIES = frozenset(["what_happened", "outdated"])
"""Slots that a story fills."""
ANY_WORDS = frozenset(["service", "locality", "body", "proof"])
"""Slots that any words may fill."""
OPEN = {"day": "в любой день", "hour": "в любое время"}
"""What «когда угодно» means."""
_BARE = {
    "day": (re.compile(r"(?:на\s+)?(\d{1,2})(?:-?\s?(?:го|е|ое))?"), "{} числа"),
    "hour": (re.compile(r"(?:на\s+|где-то\s+|часов\s+|часиков\s+){0,3}(\d{1,2})(?:[\s:.-](\d\d))?(?:\s*час\w*)?"), "в {}:{}"),
}
"""A number alone, where a day or an hour is asked for, and what it means."""
_NUMBERED = re.compile(r"(?:№\s?|номер\s)(?P<number>\d{1,4})\b")
_MANY = frozenset(["школа", "поликлиника", "больница", "детский сад"])
"""Bodies that are told apart by a number."""
_ON = re.compile(
    r"(?:жалоб\w{0,3}|пожаловаться|нажаловаться|жалуюсь|претензи\w{0,3})(?:\s{1,3}\w{1,30}){0,2}?\s{1,3}на\s{1,3}(?P<body>[^,.;!?:]{2,80})",
    re.IGNORECASE)
_LITTLE = re.compile(r"^(?:на|в|во|по|для|про|о|об|мне|нам|это|ну|тогда|давайте|нужно|надо|хочу)\s+", re.IGNORECASE)
_AGE = r"\b(?:ей|ему|мне|нам|сыну|дочери|дочке|бабушке|дедушке|маме|папе|ребенку|ребёнку)\s+\d{1,3}\s+(?:лет|год\w{0,2})\b"
_LEFT = re.compile(
    rf"{_AGE}|\b(?:тел(?:ефон)?|номер|сот(?:овый)?|моб(?:ильный)?)\b[\s.:]*|\b(?:на|в|во|к|с|до|часов|час)\s*(?=[,.]|$)", re.IGNORECASE)
"""What is left of values, and says nothing without them."""
_CHANGES, _FEW = 8, 3
"""Words of a correction and of any other message, in which a town needs no preposition."""
_HAPPENED, _OUTDATED = 2, 3
"""Words beyond a wish and its values that tell what happened, with a verb, and what is out of date."""
_NAME_LONG = 5
"""Words of a body's name."""
_ENDS_NAME = frozenset({"VERB", "INFN", "CONJ", "NUMR", "Anum", "PRCL", "NPRO", "ADVB"})
_HAPPENS = frozenset({"VERB", "PRTS", "ADJS"})
_SURE, _REPLACES = 0.01, 0.75
"""How sure a service must be that was asked for, and one that replaces another."""


class Asked(Struct, frozen=True):
    """What a form wants."""

    slots: tuple[str, ...]
    requested: str = ""
    wish: str = ""
    """The intent that has just begun the form: then the message may tell a story as well."""
    phone: str = ""
    """The number that the citizen calls or writes from."""


class FormValues:
    def __init__(self, russian: Russian, exact: ExactValues, acts: FormActs, towns: Localities,
                 service: Callable[[str], tuple[str, float]]) -> None:
        """`service` names the service that free words mean, and says how sure that is, from 0 to 1."""
        self._russian, self._exact, self._acts, self._towns, self._service = russian, exact, acts, towns, service

    def exact(self, text: str, slots: Sequence[str]) -> Mapping[str, str]:
        """Days, hours, numbers, scores: values that are nothing else."""
        return {name: value.words for name, value in self._exact.find(text, slots).items()}

    def town(self, text: str) -> str:
        """The town that a text names, or ""."""
        return next((one.name for one in self._towns.find(text)), "")

    def found(self, text: str, asked: Asked) -> dict[str, str]:
        """The words for each slot that the message fills, by slot."""
        exact, towns = self._exact.find(text, asked.slots, asked.phone), self._named_towns(text, asked)
        values = {name: value.words for name, value in exact.items()}
        if "locality" in asked.slots and towns:
            values["locality"] = next((one for one in reversed(towns) if not is_denied(text, one.start)), towns[-1]).name
        taken = [(each.start, each.end) for each in exact.values()] + [(each.start, each.end) for each in towns] + self._exact.places(text)
        rest = _LEFT.sub(" ", _without(text, taken)).strip(" ,.;:-")
        if "service" in asked.slots and (service := self._service_in(rest, asked)):
            values["service"] = service
        if "body" in asked.slots and (body := self._body(text, asked, towns)):
            values["body"] = body
        if story := self._story(text, rest, asked):
            values[story] = text.strip()
        return values | self._requested(text, rest, asked, values)

    def _named_towns(self, text: str, asked: Asked) -> list[Town]:
        short = len(text.split()) <= (_CHANGES if self._acts.corrects(text) else _FEW)
        return self._towns.find(text, expected=asked.requested == "locality" or short)

    def _service_in(self, rest: str, asked: Asked) -> str:
        """A service of the catalogue; one that is not surely meant in the citizen's own words."""
        expected = asked.requested == "service" or bool(asked.wish)
        if not expected and not self._acts.corrects(rest):
            return ""
        if asked.wish:  # what is asked besides names nothing
            rest = " ".join(clause for clause, _ in clauses(rest) if not self._acts.asks_in_words(clause))
        words = " ".join(self._acts.beyond(asked.wish or "book_appointment", rest))
        name, sure = self._service(words) if words else ("", 0.0)
        if not name or sure >= (_SURE if expected else _REPLACES):
            return name
        if asked.requested == "service":
            return _tidy(rest)
        return words if asked.wish and len(words.split()) <= _FEW else ""

    def _body(self, text: str, asked: Asked, towns: Sequence[Town]) -> str:
        """Whom a complaint is about, with its number and town: «поликлиника № 2», «МФЦ, Клин»."""
        if asked.requested not in {"", "body"}:
            return ""
        if name := self._acts.body(text):
            number = _NUMBERED.search(text) if name in _MANY else None
            return ", ".join((f"{name} № {number['number']}" if number else name, *(each.name for each in towns[:1])))
        match = _ON.search(text)
        return self._noun_phrase(match["body"]) if match else ""

    def _noun_phrase(self, text: str) -> str:
        """Up to the verb or the ordinal that begins the story: «управление в серпухове | третий месяц не отвечают»."""
        kept: list[str] = []
        for word in text.split():
            readings = self._russian.readings(word.lower().replace("ё", "е"))
            if len(kept) >= _NAME_LONG or (readings and not readings[0].isdisjoint(_ENDS_NAME)):
                break
            kept.append(word)
        return " ".join(kept)

    def _story(self, text: str, rest: str, asked: Asked) -> str:
        """The slot that the message that begins a form fills with what it tells besides."""
        name = next((slot for slot in asked.slots if slot in STORIES), "")
        if not name or asked.requested or not asked.wish:
            return ""
        if name == "outdated":
            return name if len(self._acts.beyond(asked.wish, text)) >= _OUTDATED else ""
        words = [word for word in self._acts.beyond(asked.wish, rest) if not self._acts.body(word)]
        happens = any(readings and not readings[0].isdisjoint(_HAPPENS) for readings in map(self._russian.readings, words))
        return name if happens and len(words) >= _HAPPENED else ""

    def _requested(self, text: str, rest: str, asked: Asked, values: Mapping[str, str]) -> dict[str, str]:
        """What is asked for is taken as it was said where it may be anything, or where it is told why it is none."""
        name = asked.requested
        if not name or name in values:
            return {}
        if name in OPEN and self._acts.leaves_open(text):
            return {name: OPEN[name]}
        if name in _BARE and (bare := _BARE[name][0].fullmatch(plain(text).text.strip(" .,!"))):
            return {name: _BARE[name][1].format(*bare.groups(default="00"))}
        if values and name not in STORIES and name != "proof":
            return {}
        return {name: (_tidy(rest) if name in ANY_WORDS - {"proof"} else "") or text.strip()}


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    signs = list(text)
    for start, end in spans:
        signs[start:end] = " " * (end - start)
    return re.sub(r"\s+", " ", "".join(signs))


def _tidy(said: str) -> str:
    """Without the little words before it: «на прописку» is «прописку»."""
    before = ""
    while said != before:
        before, said = said, _LITTLE.sub("", said.strip(" ,.;:-"))
    return said
