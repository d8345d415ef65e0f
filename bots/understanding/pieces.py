"""Cuts a text into the pieces of the sentence vectors' vocabulary (SentencePiece, unigram): the likeliest sequence of them."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BEGIN, END, UNKNOWN, FIRST = 0, 1, 2, 3
"""The numbers of the special pieces, and of the first of the others, which are sorted."""
_SPACE = "▁"
_RARE = 10.0
"""An unknown sign is less likely than the rarest piece by as much, as a logarithm."""
_REMEMBERED = 5_000
"""Cached words; those with digits are of one citizen and are not cached."""


class Pieces:
    """Thread-safe."""

    def __init__(self, known: NDArray[np.bytes_], scores: NDArray[np.float32]) -> None:
        """`known` are pieces in UTF-8, ascending, `scores` their log-probabilities."""
        self._known, self._scores = known, scores
        self._longest = int(known.dtype.itemsize)
        self._unknown = float(scores.min()) - _RARE
        self._kept = lru_cache(_REMEMBERED)(self._likeliest)

    def of(self, text: str, longest: int) -> list[int]:
        """The numbers of at most `longest` pieces, the special ones at both ends among them. No piece reaches over a space."""
        found = list[int]()
        for word in unicodedata.normalize("NFKC", text).split():
            found += (self._likeliest if any(map(str.isdigit, word)) else self._kept)(word)
            if len(found) >= longest - 2:
                break
        return [BEGIN, *found[:longest - 2], END]

    def _likeliest(self, word: str) -> list[int]:
        """The numbers of a word's pieces, by Viterbi's algorithm."""
        text = _SPACE + word
        spans = [(begin, end) for begin in range(len(text)) for end in range(begin + 1, min(len(text), begin + self._longest) + 1)]
        numbers = self._numbers([text[begin:end] for begin, end in spans])
        scores = np.where(numbers < 0, np.float32(self._unknown), self._scores[numbers]).tolist()
        best, last = [0.0, *[-np.inf] * len(text)], [(0, -1)] * (len(text) + 1)
        for (begin, end), number, score in zip(spans, numbers.tolist(), scores, strict=True):
            if (number >= 0 or end == begin + 1) and best[begin] + score > best[end]:
                best[end], last[end] = best[begin] + score, (begin, number)
        found, at = list[int](), len(text)
        while at:
            at, number = last[at]
            found.append(FIRST + number if number >= 0 else UNKNOWN)
        return found[::-1]

    def _numbers(self, texts: Sequence[str]) -> NDArray[np.intp]:
        """The place of each text among the pieces; -1 for one that is none."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        asked = np.array([each if len(each) <= self._longest else b"" for each in encoded], self._known.dtype)
        places = np.minimum(np.searchsorted(self._known, asked), len(self._known) - 1)
        return np.where(self._known[places] == asked, places, -1)

