"""Entities that are listed or have a shape: lookup tables, regular expressions, and synonyms of what was found.

Entries of tables and synonyms are compared by the bases of their words, so that «в Красногорске» is found by «Красногорск».
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from bots.parsed import Entity
from bots.understanding.terms import Terms

TOKEN = re.compile(r"\d+|[^\W\d_]+|[^\w\s]|_")


class Spotter:
    """Never changes."""

    def __init__(
        self, terms: Terms, patterns: Sequence[tuple[str, str]], lookups: Mapping[str, Sequence[str]], synonyms: Mapping[str, str]
    ) -> None:
        """Raises re.error where an expression is none."""
        self._terms = terms
        self._patterns = [(name, re.compile(expression, re.IGNORECASE)) for name, expression in patterns]
        self._entries: defaultdict[str, list[tuple[tuple[str, ...], str, str]]] = defaultdict(list)
        for name, entries in lookups.items():
            for entry in entries:
                if bases := self.bases(entry):
                    self._entries[bases[0]].append((bases, name, entry))
        self._exact = {written.lower(): value for written, value in synonyms.items()}
        self._alike = {self.bases(written): value for written, value in synonyms.items()}

    def bases(self, text: str) -> tuple[str, ...]:
        return tuple(self._base(token[0]) for token in TOKEN.finditer(text))

    def _base(self, token: str) -> str:
        folded = token.casefold().replace("ё", "е")
        return folded if folded.isdecimal() or not folded.isalpha() else self._terms.base(folded[:64])

    def value(self, written: str) -> str:
        """What a synonym says that a found text means, or the text."""
        known = self._exact.get(written.lower())
        return self._alike.get(self.bases(written), written) if known is None else known

    def find(self, text: str) -> list[Entity]:
        """Everything that a table or an expression holds, longest first; overlaps of different names are left in."""
        found = [*self._shaped(text), *self._listed(text)]
        found.sort(key=lambda one: (one.start - one.end, one.start))
        kept = list[Entity]()
        for one in found:
            if not any(one.entity == other.entity and one.start < other.end and other.start < one.end for other in kept):
                kept.append(one)
        return kept

    def _shaped(self, text: str) -> list[Entity]:
        return [
            Entity(name, self.value(match[0]), match.start(), match.end(), extractor="pattern")
            for name, expression in self._patterns
            for match in expression.finditer(text)
            if match[0]
        ]

    def _listed(self, text: str) -> list[Entity]:
        tokens = list(TOKEN.finditer(text))
        bases = [self._base(token[0]) for token in tokens]
        found = list[Entity]()
        for at, base in enumerate(bases):
            for entry, name, written in self._entries.get(base, ()):
                if tuple(bases[at : at + len(entry)]) == entry:
                    start, end = tokens[at].start(), tokens[at + len(entry) - 1].end()
                    said = text[start:end]
                    value = self.value(said if said.lower() == written.lower() else written)
                    found.append(Entity(name, value, start, end, extractor="lookup"))
        return found


def named(found: Sequence[Entity], wanted: Collection[str]) -> list[Entity]:
    """Those of some names."""
    return [one for one in found if one.entity in wanted]
