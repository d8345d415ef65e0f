"""Recognises a request for an operator, whatever the subject: «позовите человека, вопрос по инвалидности» (person.toml)."""

import tomllib
from importlib.resources import files

from bots.knowledge.cues import Cues
from bots.russian import Russian


class OperatorRequest:
    def __init__(self, russian: Russian) -> None:
        known = tomllib.loads(files("bots.knowledge").joinpath("operator_request.toml").read_text("utf-8"))
        self._asks = Cues(russian, known["asks"])
        self._displeased = Cues(russian, known["displeased"])
        self._alone, self._filler = frozenset(known["alone"]), frozenset(known["filler"])

    def asked(self, text: str) -> bool:
        return any(self._asks.found_in(sentence) or self._is_called(sentence) for sentence in self._asks.sentences(text))

    def displeased(self, text: str) -> bool:
        """Whether a text complains of the robot itself: of its answers, not of an office."""
        return self._displeased.found(text)

    def matter(self, text: str) -> str:
        """What it is about besides; "" where nothing else is said."""
        return self._asks.besides(text, self._alone | self._filler)

    def _is_called(self, sentence: list[frozenset[str]]) -> bool:
        """By the word alone."""
        called = [not word.isdisjoint(self._alone) for word in sentence]
        return any(called) and all(one or not word.isdisjoint(self._filler) for one, word in zip(called, sentence, strict=True))
