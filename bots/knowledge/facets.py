"""Recognises what is asked of a service: fee, term, documents, place (facets.toml has the cues); and that another one is meant."""

import re
import tomllib
from importlib.resources import files

from bots.knowledge.cues import Cues
from bots.russian import Russian
from hub.knowledge.public_services import Facet

TITLES = {
    Facet.DOCUMENTS: "Документы", Facet.FEE: "Стоимость", Facet.TERM: "Срок", Facet.WHERE: "Где", Facet.ORDER: "Как оформить",
    Facet.WHO: "Кому положено", Facet.AMOUNT: "Сколько платят", Facet.VALIDITY: "Сколько действует", Facet.REFUSAL: "Почему отказывают",
    Facet.APPEAL: "Как обжаловать",
}
"""Choices by which a facet is asked for, in the order in which they are offered."""
_GENERAL = frozenset({Facet.ORDER, Facet.WHO, Facet.WHERE})
"""Facets whose words stand in many questions: they count where nothing else is asked."""

_LASTING = frozenset({Facet.TERM, Facet.VALIDITY})
"""Facets that have the same words as a deadline."""
_HOW_MUCH = r"(?:как(?:ой|ое)|скольк[оа]|скок[ао]?)"
_SPAN = re.compile(rf"\bна {_HOW_MUCH} (?:\w+ )?(?:месяц|лет|год|дн[ея]|дней|врем|срок|оформл|да[юе]|дад|выда|назнач|дела|хват)")
"""For how long something is given: neither how long one waits for it, nor how much it is."""
_WAIT = re.compile(rf"\b(?:за|через) {_HOW_MUCH}\b(?! (?:лет|год|руб|ден|тыс))")
"""After how long: «за» and «через» stand before many other words."""


class Facets:
    def __init__(self, russian: Russian) -> None:
        known = tomllib.loads(files("bots.knowledge").joinpath("facets.toml").read_text("utf-8"))
        every = [one for cues in known.values() for one in cues]
        self._cues = {Facet(name): Cues(russian, cues, besides=every) for name, cues in known.items()}
        self._sentences = next(iter(self._cues.values())).sentences
        corrections = tomllib.loads(files("bots.knowledge").joinpath("corrections.toml").read_text("utf-8"))
        self._corrections = Cues(russian, corrections["corrects"])

    def asked(self, text: str) -> frozenset[Facet]:
        """The facets that a text asks for; general ones only where it asks for no other."""
        sentences = list(self._sentences(text))
        found = frozenset(facet for facet, cues in self._cues.items() if cues.found_among(sentences))
        if _WAIT.search(low := text.casefold()):
            found |= {Facet.TERM}
        if Facet.OTHER in found:
            found -= _LASTING
        if _SPAN.search(low):
            found = found - {Facet.TERM, Facet.AMOUNT} | {Facet.VALIDITY}
        if found - _GENERAL == {Facet.DOCUMENTS}:  # «где взять справку», «куда с документами»
            return found - _GENERAL | found & {Facet.WHERE}
        return found - _GENERAL or found

    def corrects(self, text: str) -> bool:
        """Whether the subject is said to be another one (corrections.toml)."""
        return self._corrections.found(text)

    def has(self, word: str) -> bool:
        """Whether a word may ask for a facet."""
        return any(cues.has(word) for cues in self._cues.values())
