"""What citizens do while a form asks, beside giving values: refuse, doubt, protest, ask, turn to another matter, request something else.

form_acts.toml has the cues. All texts are what a citizen wrote or said.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from importlib.resources import files

from bots.knowledge.clauses import clauses
from bots.knowledge.cues import Cues
from bots.russian import Russian


class FormAct(StrEnum):
    """The intents that a message within a form may have, beside those of the project."""

    REFUSES = "stop"
    WITHHOLDS = "withhold"
    """The value is not told, or not known."""
    PROTESTS = "protest"
    TURNS = "another_subject"
    ASKS = "question"
    CORRECTS = "correct"
    """A value of the form whose answers were read back."""


class FormActs:
    def __init__(self, russian: Russian) -> None:
        known = tomllib.loads(files("bots.knowledge").joinpath("form_acts.toml").read_text("utf-8"))
        self._russian = russian
        self._refuses, self._refuses_alone = Cues(russian, known["refuses"]), Cues(russian, known["refuses_alone"])
        self._refuses_else = Cues(russian, known["refuses_else"], known["refuses_else_silenced"])
        self._withholds, self._protests, self._turns = (Cues(russian, known[name]) for name in ("withholds", "protests", "turns"))
        self._asks, self._corrects = Cues(russian, known["asks"]), Cues(russian, known["corrects"])
        self._any, self._aside = Cues(russian, known["any"]), Cues(russian, known["aside"])
        self._filler = frozenset(known["filler"])
        self._asked_words = frozenset(known["asked_words"])
        self._outdated_alone = frozenset(known["outdated_alone"])
        self._about_form, self._about_form_alone = Cues(russian, known["about_form"]), Cues(russian, known["about_form_alone"])
        self._about_office = Cues(russian, known["about_office"])
        self._slots = _each(russian, known["slots"])
        every = [one for wish in known["wishes"].values() for one in (*wish["asks"], *wish["silenced"])]
        self._wishes = {intent: Cues(russian, wish["asks"], wish["silenced"], every) for intent, wish in known["wishes"].items()}
        self._sentences = next(iter(self._wishes.values())).sentences
        self._forms: Mapping[str, str] = {intent: wish["form"] for intent, wish in known["wishes"].items()}
        self._scores, self._bodies = _each(russian, known["scores"]), _each(russian, known["bodies"])

    def act(self, text: str, *, brief: bool) -> FormAct | None:
        """What a message does; `brief` is whether nothing but a value is expected, and no story."""
        text = _NO.sub("нет,", text)
        if self._protests.found(text):
            return FormAct.PROTESTS
        if (turns := self._turns.found(text)) and self.asks(text):
            return FormAct.TURNS
        if self._refuses.found(text) or self._refuses_else.found(text) or (len(text.split()) <= _ALONE and self._refuses_alone.found(text)):
            asks = any(self._asks.found(clause) and len(clause.split()) > _ALONE for clause, _ in clauses(text))
            return FormAct.TURNS if asks and len(text.split()) > 2 * _ALONE else FormAct.REFUSES
        if self._withholds.found(text):
            return FormAct.WITHHOLDS
        if turns and not brief:
            return FormAct.TURNS
        return FormAct.ASKS if self.asks(text) else None

    def asks(self, text: str) -> bool:
        return "?" in text or self._asks.found(text)

    def asks_in_words(self, text: str) -> bool:
        """Whether a question has a word that asks: «в субботу в 11?» has none."""
        return self._asks.found(text)

    def corrects(self, text: str) -> bool:
        return self._corrects.found(text)

    def leaves_open(self, text: str) -> bool:
        """Whether any day or hour will do."""
        return self._any.found(text)

    def interrupts(self, text: str) -> bool:
        """Whether a short question comes aside, among the words of a story."""
        return self._aside.found(text)

    def withholds(self, text: str) -> bool:
        return self._withholds.found(text)

    def is_about_form(self, text: str) -> bool:
        """Whether a question is about the form itself, unless it names a service."""
        return self._about_form.found(text) or self._about_form_alone.found(text)

    def is_about_form_alone(self, text: str) -> bool:
        return self._about_form_alone.found(text)

    def is_about_office(self, text: str) -> bool:
        return self._about_office.found(text)

    def slots(self, text: str) -> Iterator[str]:
        """The slots that a question names: «зачем вам телефон»."""
        return (name for name, cues in self._slots.items() if cues.found(text))

    def wish(self, text: str) -> str:
        """The intent of a request that begins a form; "" where there is none. A letter requests at its beginning or its end."""
        if len(text.split()) > _LETTER:
            sentences = [each for each in _SENTENCE.split(text) if each.strip()]
            text = ". ".join(" ".join(each.split()[:_LETTER]) for each in (sentences[0], sentences[-1]))
        said = list(self._sentences(text))
        return next((intent for intent, cues in self._wishes.items() if cues.found_among(said)), "")

    def form_of(self, intent: str) -> str:
        """The form that a wish begins."""
        return self._forms.get(intent, "")

    def beyond(self, intent: str, text: str) -> list[str]:
        """The words of a text that are not of the wish itself."""
        cues, filler = self._wishes.get(intent), self._outdated_alone if intent == "report_outdated" else self._filler
        return [word for word in self._russian.words(text) if not self._is_of(filler, word)
                and (cues is None or intent == "report_outdated" or not cues.has(word))]

    def _is_of(self, words: frozenset[str], word: str) -> bool:
        return not words.isdisjoint(form[1:] for form in self._russian.forms(word))

    def subject_words(self, question: str) -> str:
        """The words that say of what is asked."""
        return " ".join(word for word in self.beyond("", question) if not self._is_of(self._asked_words, word))

    def score(self, text: str) -> str:
        """From "1" to "5", or ""."""
        return next((score for score, cues in self._scores.items() if cues.found(text)), "")

    def body(self, text: str) -> str:
        """Whom a complaint is about, if it is a body that is known by many names."""
        found = [(text.casefold().replace("ё", "е").find(word), name) for name, cues in self._bodies.items() if cues.found(text)
                 for word in self._russian.every(text) if cues.has(word)]
        return min(found, default=(0, ""))[1]


_NO = re.compile(r"^\s*(?:не|ни)\s*,", re.IGNORECASE)
"""«Не, сам приду» denies nothing of what follows."""
_LETTER = 40
"""Words of a message that is more than a request."""
_SENTENCE = re.compile(r"[.!?\n]+")
_ALONE = 3
"""Words of a message that is a refusal and nothing else."""


def _each(russian: Russian, known: Mapping[str, Iterable[str]]) -> dict[str, Cues]:
    return {name: Cues(russian, cues) for name, cues in known.items()}
