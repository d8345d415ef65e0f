"""Phrases of real conversations for designers, without personal data, and examples made of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bots.dialogue.events import Event, SlotSet, UserUttered
from bots.dialogue.parsed import FALLBACK, Parsed
from bots.pii_masker import CLOSES, MASK, OPENS, PiiMasker, without_masks
from bots.project import collected_examples, collected_tests
from bots.project.collected_examples import LONGEST, PATH, DuplicateExampleError, ForeignContentError
from bots.project.collected_tests import DuplicateStoryError, ForeignStoriesError
from bots.project.domain import REQUESTED_SLOT
from bots.russian import Russian
from hub.conversations.journal import Thought
from hub.kernel.errors import RefusedError
from hub.robot.phrase import Guess, Meaning, Utterance
from hub.robot.ports import StoryTurn

_GUESSES = 5
"""Maximum stored intents of a phrase."""
_LETTERS = re.compile(r"[^\W\d_]+")
_NAMES = frozenset({"Name", "Surn", "Patr", "Geox"})
_BUTTON = re.compile(r"/[\w/]+")
_MARKS = str.maketrans("[]{}", "()()")
"""Brackets would mark an entity in an example."""

UNTOLD = f"{OPENS}…{CLOSES}"

_events = msgspec.json.Decoder(tuple[Event, ...])


class PhraseCollector:
    """Implements hub.robot.ports.PhraseTeaching."""

    def __init__(self, russian: Russian) -> None:
        self._russian, self._masker = russian, PiiMasker(russian)

    def said(self, thought: Thought) -> Utterance | None:
        if not thought.events:
            return None
        events = _events.decode(thought.events)
        uttered = next((event.parsed for event in events if isinstance(event, UserUttered)), None)
        if uttered is None or uttered.text.startswith("/") or not uttered.text.strip():
            return None
        return Utterance(uttered.text, _guesses(uttered), any(_fills(event) for event in events))

    def masked(self, text: str) -> str:
        shown = _line(self._masker.mask(text.translate(_MARKS)))
        return shown if any(sign.isalnum() for sign in without_masks(shown)) else ""

    def ordinary(self, text: str) -> str:
        """As `masked`, and with «‹…›» for every word that is missing in the dictionary, or is a name in it."""
        shown, at, pieces = self.masked(text), 0, list[str]()
        for mask in MASK.finditer(shown):
            pieces += [self._without_names(shown[at:mask.start()]), mask[0]]
            at = mask.end()
        return "".join([*pieces, self._without_names(shown[at:])])

    def _without_names(self, text: str) -> str:
        return _LETTERS.sub(lambda word: word[0] if self._is_ordinary(word[0].lower().replace("ё", "е")) else UNTOLD, text)

    def _is_ordinary(self, word: str) -> bool:
        return self._russian.known(word) and not any(reading & _NAMES for reading in self._russian.readings(word))

    def normal(self, text: str) -> str:
        return collected_examples.plain(text)

    def example(self, text: str) -> str:
        left = _line(without_masks(text)).lstrip("-/ ")
        if not any(sign.isalnum() for sign in left):
            raise RefusedError("no_words", "В примере не осталось слов.")
        if found := self._masker.spans(left):
            words = ", ".join(f"«{left[one.start:one.end]}»" for one in found)
            raise RefusedError("personal", f"Похоже на личные данные: {words}. Уберите это из примера.")
        return left

    def meanings(self, files: Mapping[str, str]) -> list[Meaning]:
        return collected_examples.meanings(files)

    def taught(self, files: Mapping[str, str]) -> frozenset[str]:
        return collected_examples.taught(files)

    def with_example(self, files: Mapping[str, str], intent: str, example: str) -> tuple[str, str]:
        try:
            return PATH, collected_examples.with_example(files, intent, example)
        except DuplicateExampleError as error:
            words = f"Такой пример уже есть у намерения {error.intent} ({error.where})."
            raise RefusedError("example_exists", words) from error
        except ForeignContentError as error:
            raise _foreign(error) from error
        except ValueError as error:
            raise RefusedError("bad_example", f"Пример не читается: {error}") from error

    def with_examples(self, files: Mapping[str, str], intent: str, examples: Sequence[str]) -> tuple[str, str]:
        try:
            return PATH, collected_examples.with_examples(files, intent, examples)
        except ForeignContentError as error:
            raise _foreign(error) from error
        except ValueError as error:
            raise RefusedError("bad_example", f"Пример не читается: {error}") from error

    def without_examples(self, files: Mapping[str, str], examples: Sequence[tuple[str, str]]) -> tuple[str, str]:
        try:
            return PATH, collected_examples.without_examples(files, examples)
        except ForeignContentError as error:
            raise _foreign(error) from error

    def turns(self, thoughts: Sequence[Thought]) -> list[StoryTurn]:
        return [StoryTurn(_button(turn.said.text) or self.masked(turn.said.text), turn.intent, turn.actions) for turn in _turns(thoughts)]

    def with_test(self, files: Mapping[str, str], name: str, thoughts: Sequence[Thought], turns: Sequence[StoryTurn]) -> tuple[str, str]:
        told: list[dict[str, Any]] = []
        for turn, wanted in zip(_turns(thoughts), turns, strict=False):
            if wanted.text:
                text = _button(wanted.text) or self.example(wanted.text)
                told += collected_tests.steps(turn, text, wanted.intent, wanted.actions, self.masked)
        try:
            return collected_tests.PATH, collected_tests.with_story(files, self.masked(name) or name, told)
        except DuplicateStoryError as error:
            raise RefusedError("story_exists", f"Тест «{name}» уже есть: назовите этот иначе.") from error
        except ForeignStoriesError as error:
            words = f"В файле {collected_tests.PATH} не только тесты: перенесите остальное в другой файл."
            raise RefusedError("foreign_file", words) from error

    def without_example(self, files: Mapping[str, str], intent: str, example: str) -> tuple[str, str]:
        try:
            return PATH, collected_examples.without_example(files, intent, example)
        except ForeignContentError as error:
            raise _foreign(error) from error


def _turns(thoughts: Sequence[Thought]) -> list[collected_tests.Turn]:
    return collected_tests.turns_of(event for thought in thoughts if thought.events for event in _events.decode(thought.events))


def _button(text: str) -> str:
    """What a button sends, without its values; "" for words."""
    found = _BUTTON.match(text)
    return found[0] if found else ""


def _foreign(error: ForeignContentError) -> RefusedError:
    words = f"В файле {PATH} не только примеры намерений (строка {error.line}): перенесите остальное в другой файл."
    return RefusedError("foreign_file", words)


def _line(text: str) -> str:
    """One line of printable characters, with at most the length of an example."""
    words = "".join(sign if sign.isprintable() else " " for sign in text).split()
    line = " ".join(words)
    return line if len(line) <= LONGEST else line[:LONGEST].rpartition(" ")[0] or line[:LONGEST]


def _guesses(parsed: Parsed) -> tuple[Guess, ...]:
    """For a retrieval intent its likeliest question: examples belong to questions."""
    found = []
    for one in parsed.ranking:
        if one.name != FALLBACK:
            asked = next((answer.name for answer in parsed.answers if answer.name.split("/")[0] == one.name), one.name)
            found.append(Guess(asked, one.confidence))
    return tuple(found[:_GUESSES])


def _fills(event: Event) -> bool:
    return isinstance(event, SlotSet) and event.name != REQUESTED_SLOT and event.value is not None
