"""Groups of phrases that mean the same: by the meaning of questions (question_model.py) and by the parts of their words.

A row joins both, so that the product of two rows is their likeness, 0 to 1. Groups grow by average linkage: two are joined while the
mean likeness of all their pairs is above a threshold. The mean is the product of both means, so a step costs one product.
"""

import heapq
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bots.knowledge.question_model import QuestionModel, question_model
from bots.knowledge.word_parts import parts
from bots.understanding.matrices import Matrix
from hub.robot.ports import Grouping

LIKE = 0.4
"""Mean likeness from which on two groups are one; docs/benchmarks.md has what it gives."""
SAME = 0.8
"""Likeness of phrases that differ by an ending or a slip: they are one from the beginning."""
WORDS = 0.3
"""Share of the words in a likeness; the rest is the meaning's."""
_COLUMNS = 1 << 10
_BLOCK, _ENCODED = 512, 32
_REMEMBERED = 12_000
"""Rows of phrases in memory, 2.4 kB each: those of a month."""


class PhraseRows:
    """Rows of phrases. Thread-safe; 5 ms for each that is not remembered."""

    def __init__(self, model: Callable[[], QuestionModel | None] = question_model) -> None:
        """Without a model the words alone count."""
        self._model = model
        self._remembered: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
        self._lock = Lock()

    def lacking(self, texts: Sequence[str]) -> list[str]:
        """Texts whose meaning is to be computed, each once."""
        with self._lock:
            return [text for text in dict.fromkeys(texts) if text not in self._remembered]

    def learn(self, texts: Sequence[str], tell: Callable[[int], None]) -> dict[str, NDArray[np.float16]]:
        """The meanings of texts; `tell` hears after some how many are done."""
        with self._lock:
            found = {text: row for text in texts if (row := self._remembered.get(text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if (model := self._model()) is None:
            return found
        for begin in range(0, len(missing), _ENCODED):
            some = missing[begin:begin + _ENCODED]
            found |= zip(some, model.read(some).astype(np.float16), strict=True)
            tell(begin + len(some))
        with self._lock:
            self._remembered |= {text: found[text] for text in missing}
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def of(self, texts: Sequence[str], tell: Callable[[int], None] = lambda _: None) -> Matrix:
        """A row of length 1 for each text."""
        words, meant = _worded(texts), self.learn(texts, tell)
        if not meant:
            return words
        meaning = np.stack([meant[text] for text in texts]).astype(np.float32)
        rows: Matrix = np.hstack([meaning * np.float32((1 - WORDS) ** 0.5), words * np.float32(WORDS ** 0.5)])
        return rows


def clusters(rows: Matrix, like: float = LIKE) -> list[list[int]]:
    """The places of rows by group, the most central first; the largest group first."""
    groups = _joined(rows, _same(rows), like)
    found = [sorted(group, key=lambda place: (-centred[place], place)) for group in groups for centred in [_central(rows, group)]]
    return sorted(found, key=lambda group: (-len(group), group[0]))


def nearest(rows: Matrix, groups: Sequence[Sequence[int]], others: Matrix, like: float = LIKE) -> list[int]:
    """The group of each other row by the mean likeness to its members; -1 for none."""
    if not groups:
        return [-1] * len(others)
    means = np.stack([rows[group].mean(axis=0) for group in groups])
    found: list[int] = []
    for begin in range(0, len(others), _BLOCK):
        likeness = others[begin:begin + _BLOCK] @ means.T
        best = likeness.argmax(axis=1)
        found += np.where(likeness[np.arange(len(best)), best] >= like, best, -1).tolist()
    return found


def _worded(texts: Sequence[str]) -> Matrix:
    """The parts of words, weighted by their rarity in these texts; folded into fewer columns with a sign, so that accidents cancel out."""
    read = [parts(text) for text in texts]
    seen = np.bincount(np.concatenate([columns for columns, _ in read]) if read else np.zeros(0, np.intp))
    rare = np.log((1 + len(texts)) / (1 + seen)).astype(np.float32) + 1
    rows = np.zeros((len(texts), _COLUMNS), np.float32)
    for row, (columns, values) in zip(rows, read, strict=True):
        np.add.at(row, columns % _COLUMNS, values * rare[columns] * np.where(columns & _COLUMNS, np.float32(1), np.float32(-1)))
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-6))
    return rows


def _pairs(rows: Matrix, like: float) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], Matrix]]:
    """All pairs above a likeness, the earlier place first, block by block."""
    for begin in range(0, len(rows), _BLOCK):
        likeness = rows[begin:begin + _BLOCK] @ rows[begin:].T
        one, other = np.nonzero(likeness >= like)
        later = other > one
        yield one[later] + begin, other[later] + begin, likeness[one[later], other[later]]


def _same(rows: Matrix) -> list[list[int]]:
    """Phrases that are nearly alike, around the one that has the most of them."""
    near: list[list[int]] = [[] for _ in rows]
    for ones, others, _ in _pairs(rows, SAME):
        for one, other in zip(ones.tolist(), others.tolist(), strict=True):
            near[one].append(other)
            near[other].append(one)
    taken, groups = np.zeros(len(rows), bool), list[list[int]]()
    for place in sorted(range(len(rows)), key=lambda each: -len(near[each])):
        if not taken[place]:
            group = [place, *(each for each in near[place] if not taken[each])]
            taken[group] = True
            groups.append(group)
    return groups


def _joined(rows: Matrix, groups: list[list[int]], like: float) -> list[list[int]]:
    """Average linkage. A pair of groups below `like` has no neighbours above it, so only pairs above it are looked at."""
    means = [rows[group].mean(axis=0) for group in groups]
    near: list[set[int]] = [set() for _ in groups]
    heap: list[tuple[float, int, int]] = []
    # A mean of several is shorter than 1, so two near groups may have a mean likeness below that of their nearest pair.
    for ones, others, likeness in _pairs(np.stack(means) if means else rows, like):
        for one, other, value in zip(ones.tolist(), others.tolist(), likeness.tolist(), strict=True):
            near[one].add(other)
            near[other].add(one)
            heap.append((-value, one, other))
    heapq.heapify(heap)
    alive = [True] * len(groups)
    members = list(groups)
    while heap:
        _, one, other = heapq.heappop(heap)
        if not (alive[one] and alive[other]):
            continue
        alive[one] = alive[other] = False
        joined, group = len(members), [*members[one], *members[other]]
        members.append(group)
        alive.append(True)
        share = len(members[one]) / len(group)
        means.append(means[one] * np.float32(share) + means[other] * np.float32(1 - share))
        beside = [each for each in near[one] | near[other] if alive[each]]
        near.append(set(beside))
        if beside:
            for each, value in zip(beside, (np.stack([means[each] for each in beside]) @ means[joined]).tolist(), strict=True):
                near[each].add(joined)
                if value >= like:
                    heapq.heappush(heap, (-value, each, joined))
    return [group for group, lives in zip(members, alive, strict=True) if lives]


def _central(rows: Matrix, group: list[int]) -> dict[int, float]:
    """The likeness of each member to the mean of all."""
    return dict(zip(group, (rows[group] @ rows[group].mean(axis=0)).tolist(), strict=True))


class PhraseClusters:
    """Implements hub.robot.ports.PhraseGrouping."""

    def __init__(self, rows: PhraseRows | None = None) -> None:
        self._rows = rows or PhraseRows()

    def group(self, texts: Sequence[str], before: Sequence[str], tell: Callable[[int, int], None]) -> Grouping:
        """Raises nothing for empty lists."""
        every = [*texts, *before]
        if not texts:
            return Grouping((), (-1,) * len(before))
        total = len(self._rows.lacking(every))
        rows = self._rows.of(every, lambda done: tell(done, total))
        groups = clusters(rows[:len(texts)])
        return Grouping(tuple(map(tuple, groups)), tuple(nearest(rows[:len(texts)], groups, rows[len(texts):])))
