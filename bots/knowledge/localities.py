"""Towns of a text, in the nominative: in any case form, by an adjective and with a slip («во Мценске», «клинский», «сирпухов»).

The places of the centre's МФЦ come first, then the gazetteer (bots/grammar/towns.csv), then what the dictionary knows as a place's name.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from bots.grammar.places import Places, towns
from bots.grammar.plain import plain
from bots.knowledge.fuzzy_index import FuzzyIndex
from bots.russian import Russian

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_IN = frozenset([
    "в", "во", "из", "под", "город", "города", "городе", "городу", "г", "поселок", "поселке", "село", "селе", "деревня", "деревне", "мфц",
    "центр",
])
"""Words before a place that is also a common word."""
_ADJECTIVE = re.compile(r"ск(?:ий|ая|ое|ого|ому|ом|им|ой|ую|ие|их)$")
_ALONE, _ENDS = re.compile(r"\s?[,;.]\s{0,3}"), re.compile(r"\s?(?:[,;.]|$)")
"""What stands before and behind a place that is named by itself: «права, клин, завтра»."""
_SHORTEST = 4
"""Letters."""


class Town(Struct, frozen=True):
    """The place's name in the nominative, and where it stands in the text."""

    start: int
    end: int
    name: str


class _Index(Struct, frozen=True):
    stems: Mapping[str, str]
    """Names by stem, of the МФЦ and of the gazetteer."""
    own: frozenset[str]
    near: FuzzyIndex


class Localities:
    def __init__(self, russian: Russian, served: Callable[[], Iterable[str]]) -> None:
        """`served` are the towns and villages with an МФЦ, today."""
        self._russian, self._served = russian, served
        self._places = Places(russian, towns())
        self._known = lru_cache(1)(self._index)

    def find(self, text: str, *, expected: bool = False) -> list[Town]:
        """From left to right; where one is `expected`, a name needs no preposition."""
        index = self._known(tuple(dict.fromkeys(self._served())))
        found = [Town(each.start, each.end, each.value.name) for each in self._places.find(plain(text))]
        words = list(_WORD.finditer(text))
        for at, match in enumerate(words):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            before, gap = (_plain(words[at - 1][0]), text[words[at - 1].end():match.start()]) if at else ("", "")
            alone = _ALONE.fullmatch(gap) is not None and _ENDS.match(text, match.end()) is not None
            if name := self._named(index, match[0], led=expected or alone or before in _IN):
                found.append(Town(match.start(), match.end(), name))
        return sorted(found, key=lambda one: one.start)

    def _named(self, index: _Index, said: str, *, led: bool) -> str:
        word = _plain(said)
        if len(word) < _SHORTEST:
            return ""
        stems = {self._russian.stem(word), *(self._russian.stem(form[1:]) for form in self._russian.forms(word) if form[0] == "l")}
        known = next((index.stems[stem] for stem in stems if stem in index.stems), "")
        if known and (led or not self._common(word)):
            return known
        adjective = self._russian.stem(_ADJECTIVE.sub("", word)) if _ADJECTIVE.search(word) else ""
        if adjective in index.own:
            return index.stems[adjective]
        if not self._russian.known(word):
            _, near = index.near.find(self._russian.stem(word))
            return index.stems[near[0]] if len(near) == 1 else ""
        return self._of_dictionary(word) if led and self._common(word) is False else ""

    def _of_dictionary(self, word: str) -> str:
        if not any("Geox" in reading and "NOUN" in reading for reading in self._russian.readings(word)):
            return ""
        lemma = next((form[1:] for form in self._russian.forms(word) if form[0] == "l"), word)
        return lemma.capitalize()

    def _common(self, word: str) -> bool:
        """Whether it is another word as often as a place: «в клину», «орла»."""
        readings = self._russian.readings(word)
        return bool(readings) and not any("Geox" in reading for reading in readings[:1])

    def _index(self, served: tuple[str, ...]) -> _Index:
        own = {self._russian.stem(_plain(name)): name for name in served}
        every = {self._russian.stem(_plain(place.name)): place.name for place, _, common in towns()
                 if not common and _WORD.fullmatch(place.name)}
        return _Index(every | own, frozenset(own), FuzzyIndex(every | own))



def _plain(word: str) -> str:
    return word.strip().lower().replace("ё", "е")
