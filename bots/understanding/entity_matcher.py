"""Entities from lookup tables and regular expressions, and synonyms of their values.

Entries of tables and synonyms are compared by the lemmas of their words: «Красногорск» finds «в Красногорске».
"""

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from bots.dialogue.parsed import Entity
from bots.understanding.terms import Terms
from hub.kernel.patterns import Pattern

MOST = 100
"""Maximum entities of a text, the longest first."""
TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")


class EntityMatcher:
    """Immutable."""

    def __init__(
        self, terms: Terms, patterns: Sequence[tuple[str, str]], lookups: Mapping[str, Sequence[str]], synonyms: Mapping[str, str]
    ) -> None:
        """Raises PatternError for an unusable expression."""
        self._terms = terms
        self._patterns = [(name, Pattern(expression, ignore_case=True)) for name, expression in patterns]
        self._entries: defaultdict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
        self._lengths: defaultdict[str, set[int]] = defaultdict(set)
        """Lengths, in words, of the entries by their first word."""
        for name, entries in lookups.items():
            for entry in entries:
                if bases := self.bases(entry):
                    self._entries[bases].append((name, entry))
                    self._lengths[bases[0]].add(len(bases))
        self._exact = {written.lower(): value for written, value in synonyms.items()}
        self._alike = {self.bases(written): value for written, value in synonyms.items()}

    def bases(self, text: str) -> tuple[str, ...]:
        return tuple(self._base(token[0]) for token in TOKEN.finditer(text))

    def _base(self, token: str) -> str:
        folded = token.casefold().replace("ё", "е")
        return folded if folded.isdecimal() or not folded.isalpha() else self._terms.base(folded[:64])

    def value(self, written: str) -> str:
        """The value of a found text by its synonym, or the text."""
        known = self._exact.get(written.lower())
        return self._alike.get(self.bases(written), written) if known is None else known

    def find(self, text: str) -> list[Entity]:
        """The entities of a text, longest first; those of different names may overlap."""
        found = [*self._shaped(text), *self._listed(text)]
        found.sort(key=lambda one: (one.start - one.end, one.start))
        kept, places = list[Entity](), defaultdict[str, list[tuple[int, int]]](list)
        for one in found:
            taken = places[one.entity]
            at = bisect(taken, (one.start, one.end))
            if (at == 0 or taken[at - 1][1] <= one.start) and (at == len(taken) or one.end <= taken[at][0]):
                taken.insert(at, (one.start, one.end))
                kept.append(one)
                if len(kept) == MOST:
                    break
        return kept

    def _shaped(self, text: str) -> list[Entity]:
        return [
            Entity(name, self.value(text[start:end]), start, end, extractor="pattern")
            for name, pattern in self._patterns
            for start, end in pattern.spans(text)
        ]

    def _listed(self, text: str) -> list[Entity]:
        tokens = list(TOKEN.finditer(text))
        bases = [self._base(token[0]) for token in tokens]
        found = list[Entity]()
        for at, base in enumerate(bases):
            for length in (each for each in self._lengths.get(base, ()) if at + each <= len(bases)):
                for name, written in self._entries.get(tuple(bases[at:at + length]), ()):
                    start, end = tokens[at].start(), tokens[at + length - 1].end()
                    said = text[start:end]
                    value = self.value(said if said.lower() == written.lower() else written)
                    found.append(Entity(name, value, start, end, extractor="lookup"))
        return found


def named(found: Sequence[Entity], wanted: Collection[str]) -> list[Entity]:
    """The entities of the wanted names."""
    return [one for one in found if one.entity in wanted]
