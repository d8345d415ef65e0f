"""Localities of addresses: towns, in any grammatical case and by their everyday names."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from bots.grammar.plain import Plain
from bots.grammar.values import Found, Locality
from bots.russian import Russian

_WORD = re.compile(r"[^\W\d_]+")
_ADJECTIVE = re.compile(r".*ск(?:ий|ая|ое|ого|ой|ому|им|ую|ие|их|ими)")
_TOWN_BEFORE = re.compile(
    r"(?:\bг\.?|\bгор\.|\bгород(?:а|е|у|ом)?|\bп\.|\bпос\.|\bпоселк[аеу]?|\bпоселок|\bнаселенн\w+\s+пункт\w*|\bживу\s+(?:во?)|\bпрописан\w*\s+(?:во?))\s*$"
)


class Places:
    """Immutable index of towns."""

    def __init__(self, russian: Russian, towns: Iterable[tuple[Locality, Iterable[str], bool]]) -> None:
        """Each town with its other names, and whether its name is also a common word, which needs «город» before it."""
        self._russian = russian
        self._index: defaultdict[str, list[tuple[list[set[str]], Locality, bool, bool]]] = defaultdict(list)
        for locality, others, common in towns:
            for name in (locality.name, *others):
                words = _WORD.findall(name.lower().replace("ё", "е"))
                forms = [self._forms(word) for word in words]
                for form in forms[0]:
                    self._index[form].append((forms, locality, common, _ADJECTIVE.fullmatch(words[-1]) is not None))

    def find(self, said: Plain) -> list[Found[Locality]]:
        """All towns in a text, from left to right."""
        words = list(_WORD.finditer(said.text))
        found = list[Found[Locality]]()
        at = 0
        while at < len(words):
            length, locality = self._at(said.text, words, at)
            if locality is not None:
                found.append(Found(*said.span(words[at].start(), words[at + length - 1].end()), locality))
            at += length
        return found

    def _at(self, text: str, words: list[re.Match[str]], at: int) -> tuple[int, Locality | None]:
        best: tuple[int, Locality | None] = (1, None)
        own = self._forms(words[at][0])
        for names, locality, common, adjective in {id(one): one for form in own for one in self._index.get(form, ())}.values():
            there = words[at : at + len(names)]
            matches = len(there) == len(names) and all(name & self._forms(word[0]) for name, word in zip(names, there, strict=True))
            if not matches or (_ADJECTIVE.fullmatch(there[-1][0]) and not adjective):
                continue
            if common and not _TOWN_BEFORE.search(text, 0, words[at].start()):
                continue
            if best[1] is None or len(names) > best[0]:
                best = (len(names), locality)
        return best

    def _forms(self, word: str) -> set[str]:
        return {form for form in self._russian.forms(word) if form[0] != "w"} or {"w" + word}


@cache
def towns() -> tuple[tuple[Locality, tuple[str, ...], bool], ...]:
    """The capitals of all subjects and the towns of more than about a hundred thousand people."""
    rows = files("bots.grammar").joinpath("towns.csv").read_text("utf-8").splitlines()[1:]
    parts = [row.split(",") for row in rows]
    return tuple((Locality(name, subject), tuple(others.split()), bool(common)) for name, subject, others, common in parts)
