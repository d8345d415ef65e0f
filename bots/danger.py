"""Whether life is in danger by what somebody writes or says, whatever else it is about (danger.toml has the cues).

What somebody says of ending his own life counts wherever it stands: «отказали в пособии, жить больше не хочу». What happens to a body
or a house counts unless the sentence is about papers, money, the past or a rule: «сгорела квартира год назад». A false alarm costs
minutes, so a doubt is danger; what merely sounds alike («убить время», «умираю со смеху») is none.
"""

import tomllib
from importlib.resources import files

from bots.cues import Cues
from bots.russian import Russian


class Danger:
    def __init__(self, russian: Russian) -> None:
        known = tomllib.loads(files("bots").joinpath("danger.toml").read_text("utf-8"))
        self._figures = Cues(russian, known["figures"])
        self._harm = Cues(russian, known["harm"], known["papers"])
        self._own_life = Cues(russian, known["own_life"], besides=(*known["harm"], *known["papers"]))

    def is_figure(self, text: str) -> bool:
        """Whether it only sounds like danger."""
        return self._figures.found(text)

    def told(self, text: str) -> bool:
        return any(self._own_life.found_in(each) or self._harm.found_in(each) for each in self._own_life.sentences(text))
