"""Recognises danger to life in a text (danger.toml has the cues).

A threat of suicide counts in any sentence: «отказали в пособии, жить больше не хочу». Harm to a body or a house counts unless the
sentence is about papers, money, the past or a rule: «сгорела квартира год назад». A false alarm costs minutes, so a doubtful case is
danger. Figures of speech («убить время», «умираю со смеху») are not.
"""

import tomllib
from importlib.resources import files

from bots.knowledge.cues import Cues
from bots.russian import Russian


class Danger:
    def __init__(self, russian: Russian) -> None:
        known = tomllib.loads(files("bots.knowledge").joinpath("danger.toml").read_text("utf-8"))
        self._figures = Cues(russian, known["figures"])
        self._harm = Cues(russian, known["harm"], known["papers"])
        self._own_life = Cues(russian, known["own_life"], besides=(*known["harm"], *known["papers"]))

    def is_figure(self, text: str) -> bool:
        """Whether the text only resembles danger."""
        return self._figures.found(text)

    def told(self, text: str) -> bool:
        return any(self._own_life.found_in(each) or self._harm.found_in(each) for each in self._own_life.sentences(text))
