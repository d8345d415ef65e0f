"""Approximate word search by deletion of letters.

Two words within d errors of each other (a letter lost, added, changed, or two neighbours swapped) become equal after the deletion of at
most d letters from each (W. Garbe, Symmetric Delete, 2012). A search therefore looks up a few dozen keys, and never scans all words.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

_SHORTEST = 4
"""Letters: in a shorter word one slip makes another word."""
_TWO_SLIPS = 8
"""Letters from which on a word may hold two slips, not in its first letter: few slips happen there."""
_LONGEST = 16
"""Letters: a longer word is compared by its beginning, which bounds the keys at 137 a word."""

_FACTOR = 0x9E3779B1
"""Odd and large: of each letter of a checksum all bits count."""


class FuzzyIndex:
    """An index of words for `find`."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(word for word in set(words) if len(word) >= _SHORTEST)
        # Keys are checksums in one sorted array, which takes a twentieth of a dictionary. Equal checksums of different keys unite
        # dissimilar words, which `find` rejects.
        by_length: dict[int, list[int]] = {}
        for i, word in enumerate(self._words):
            by_length.setdefault(min(len(word), _LONGEST), []).append(i)
        sums = [_checksums([self._words[i][:_LONGEST] for i in alike]) for alike in by_length.values()]
        keys = np.concatenate([np.zeros(0, np.uint32), *(each.ravel() for each in sums)])
        owners = [np.repeat(np.array(alike, np.uint32), each.shape[1]) for alike, each in zip(by_length.values(), sums, strict=True)]
        order = keys.argsort(kind="stable")
        self._keys, self._of = keys[order], np.concatenate([np.zeros(0, np.uint32), *owners])[order]

    def find(self, word: str) -> tuple[int, list[str]]:
        """The nearest words and how many slips away they are; (0, []) when none is near."""
        word = word[:_LONGEST]
        if len(word) < _SHORTEST:
            return 0, []
        least, best = 2 if len(word) >= _TWO_SLIPS else 1, list[str]()
        for candidate in self._candidates(word):
            slips = _slips(word, candidate[:_LONGEST])
            if slips > 1 and word[0] != candidate[0]:
                continue
            if slips < least:
                least, best = slips, [candidate]
            elif slips == least:
                best.append(candidate)
        return (least, sorted(best)) if best else (0, [])

    def _candidates(self, word: str) -> list[str]:
        """The words that share a key with this one."""
        keys = _checksums([word])[0]
        first, end = np.searchsorted(self._keys, keys), np.searchsorted(self._keys, keys, "right")
        shared = {int(i) for start, stop in zip(first, end, strict=True) if stop > start for i in self._of[start:stop]}
        return [self._words[i] for i in sorted(shared)]


def _checksums(words: Sequence[str]) -> NDArray[np.uint32]:
    """Of words of one length: a row for each, with the checksum of the word and of what each deletion leaves of it."""
    letters = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32).reshape(len(words), -1)
    sums: NDArray[np.uint32] = letters @ _factors(letters.shape[1])
    return sums


@cache
def _factors(length: int) -> NDArray[np.uint32]:
    """A column for each deletion: what each letter of a word is multiplied with, by its place among those that are left."""
    most = 2 if length >= _TWO_SLIPS else 1
    columns = []
    for lost in (gone for slips in range(most + 1) for gone in combinations(range(length), slips)):
        left = [at for at in range(length) if at not in lost]
        column = np.zeros(length, np.uint32)
        column[left] = [pow(_FACTOR, place, 1 << 32) for place in range(1, len(left) + 1)]
        columns.append(column)
    return np.stack(columns, 1)


def _slips(one: str, other: str) -> int:
    """The distance of optimal string alignment between two words."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    if not one or not other:
        return len(one) + len(other)
    before, last = list[int](), list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
