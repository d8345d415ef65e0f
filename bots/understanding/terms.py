"""The words and the parts of words of an utterance, weighted by their rarity in examples (TF-IDF).

Words count by lemma (Russian) or stem, alone and in pairs; parts of two to five letters within a word tolerate endings and
misspellings. Unlike in search, «где», «как» and «сколько» count: they distinguish intents.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
import Stemmer  # type: ignore[import-not-found]
from msgspec import Struct
from numpy.typing import NDArray

from bots.russian import Russian

_WORD = re.compile(r"\d+|[^\W\d_]+|[?!]")
_LONGEST = 64
"""Characters of a word that count."""
_PIECES = range(2, 6)


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's own name


class Sparse(Struct, frozen=True):
    """Rows of a sparse matrix: row i holds `values[starts[i]:starts[i + 1]]` in the columns `columns[...]`."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float32]


class Terms:
    """Splits utterances into terms. The letters determine the language."""

    def __init__(self, russian: Russian) -> None:
        self._russian = russian

    @cached_property
    def _english(self) -> _Stemmer:
        stemmer: _Stemmer = Stemmer.Stemmer("english")
        return stemmer

    def words(self, text: str) -> list[str]:
        """The words in order, in normal form."""
        return [word[:_LONGEST] for word in _WORD.findall(text.casefold().replace("ё", "е"))]

    def of(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """The terms of the words from `words`: lemmas and their pairs, and parts of words."""
        bases = [self.base(word) for word in words]
        pairs = [f"{one} {other}" for one, other in pairwise(bases)]
        return [*bases, *pairs], [piece for word in words for piece in _cut(word)]

    def in_dictionary(self, word: str) -> bool:
        """Whether a word from `words` is a Russian one in the dictionary."""
        return any(form[0] == "l" for form in self._russian.forms(word))

    def base(self, word: str) -> str:
        """The lemma of a Russian word, the stem of another; all numbers have the same."""
        if word.isdigit():
            return "0"
        if "а" <= word[0] <= "я":
            forms = self._russian.forms(word)
            return next((form[1:] for form in forms if form[0] == "l"), forms[-1][1:])
        return self._english.stemWord(word)


def _cut(word: str) -> tuple[str, ...]:
    marked = f" {word} "
    return tuple(marked[i : i + n] for n in _PIECES for i in range(len(marked) - n + 1))


class Vocabulary:
    """Terms with their columns and weights; words and parts are normalised separately, so that neither outweighs the other."""

    def __init__(self, terms: Sequence[str], pieces: Sequence[str], rarity: NDArray[np.float32]) -> None:
        """`rarity` is the weight of each of `terms`, then of each of `pieces`."""
        self.terms, self.pieces, self.rarity = tuple(terms), tuple(pieces), rarity
        self._term = {term: i for i, term in enumerate(terms)}
        self._piece = {piece: i for i, piece in enumerate(pieces, len(terms))}

    def __len__(self) -> int:
        return len(self.rarity)

    def __contains__(self, term: str) -> bool:
        return term in self._term

    def row(self, terms: Iterable[str], pieces: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Columns and values of an utterance, each half of length 1; unknown terms are left out."""
        halves = [self._half(self._term, terms), self._half(self._piece, pieces)]
        columns, values = (np.concatenate(each) for each in zip(*halves, strict=True))
        return columns, values

    def rows(self, utterances: Iterable[tuple[list[str], list[str]]]) -> Sparse:
        each = [self.row(*utterance) for utterance in utterances]
        starts = np.cumsum([0, *(len(columns) for columns, _ in each)], dtype=np.int64)
        return Sparse(starts, np.concatenate([columns for columns, _ in each]), np.concatenate([values for _, values in each]))

    def _half(self, index: dict[str, int], found: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        counts = Counter(column for one in found if (column := index.get(one)) is not None)
        columns = np.fromiter(counts.keys(), np.int64, len(counts))
        values = np.array([1 + math.log(count) for count in counts.values()], np.float32) * self.rarity[columns]
        length = float(np.sqrt(values @ values))
        return columns, values / np.float32(length) if length else values


def learn(utterances: Sequence[tuple[list[str], list[str]]], most: int | None = None) -> Vocabulary:
    """The terms of the utterances; of more than `most` those that are in more utterances than the first term beyond."""
    halves = [Counter(term for utterance in utterances for term in dict.fromkeys(utterance[half])) for half in (0, 1)]
    often = sorted((count for half in halves for count in half.values()), reverse=True)
    if most is not None and len(often) > most:
        halves = [Counter({term: count for term, count in half.items() if count > often[most]}) for half in halves]
    counts = np.array([count for half in halves for count in half.values()], np.float32)
    rarity = np.log((1 + len(utterances)) / (1 + counts)) + 1
    return Vocabulary(tuple(halves[0]), tuple(halves[1]), rarity.astype(np.float32))
