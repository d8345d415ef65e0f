"""A trained model: what an utterance means, by two voices, and which entities it holds.

The voice of vectors knows what words mean, the voice of words which ones the project uses. Words speak first, with a calibration
of their own; vectors are asked where these are not sure, unless they cannot be had or there is no time for them.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.dialogue.parsed import FALLBACK, Entity, Parsed, Ranked
from bots.knowledge.fuzzy_index import FuzzyIndex
from bots.knowledge.latin import readings
from bots.russian import Russian
from bots.understanding.calibration import Calibration, mix
from bots.understanding.entity_matcher import EntityMatcher, named
from bots.understanding.labeller import Labeller, Learnt
from bots.understanding.matrices import Classes, Line, Matrix, log_softmax
from bots.understanding.terms import Terms, Vocabulary
from bots.understanding.vectors import Vectors, vectors

WIDTH = 0.7
"""Of the kernel exp(-WIDTH · |a - b|²) of vectors that are centred and of length 1."""
LONGEST = 1000
"""So many characters of an utterance are read."""
_RUSSIAN = re.compile(r"[а-яё]{4,64}", re.IGNORECASE)
_RANKED = 5
"""Intents that are named."""
_REMEMBERED = 20_000
"""Words of which is remembered what they were meant to be."""


class ByVectors(Struct, frozen=True):
    """The voice of vectors."""

    name: str
    """Which vectors."""
    centre: Matrix
    landmarks: Matrix
    line: Line

    def scores(self, rows: Matrix) -> Matrix:
        return kernel(centred(rows, self.centre), self.landmarks) @ self.line[0] + self.line[1]


class Lists(Struct, frozen=True):
    """What a project lists; it is kept as it is written."""

    patterns: tuple[tuple[str, str], ...]
    lookups: dict[str, tuple[str, ...]]
    synonyms: dict[str, str]
    spotted: tuple[str, ...]
    """The entities that tables and expressions find themselves, and do not only help the labeller to find."""


class Learned(Struct, frozen=True):
    """All that training brings."""

    intents: tuple[str, ...]
    """With their questions: faq/ask_hours."""
    cyrillic: bool
    """Whether citizens are expected to write Russian."""
    vocabulary: Vocabulary
    words: tuple[NDArray[np.float16], Matrix]
    """The line of the voice of words; half the digits are enough for its many weights."""
    vectors: ByVectors | None
    together: Calibration
    alone: Calibration
    """That of the words alone."""
    sure: float
    """The confidence of words alone from which on vectors are not asked."""
    lists: Lists
    labeller: Learnt | None


class Model:
    """Never changes; may be asked from any thread."""

    def __init__(self, learned: Learned, russian: Russian) -> None:
        """`russian` may be shared with whoever needs it."""
        self.learned = learned
        self._terms = Terms(russian)
        lists = learned.lists
        self._matcher = EntityMatcher(self._terms, lists.patterns, lists.lookups, lists.synonyms)
        self._labeller = Labeller(learned.labeller, self._matcher) if learned.labeller else None
        self._base = lru_cache(_REMEMBERED)(self._found)
        self._members = defaultdict[str, list[int]](list)
        for i, intent in enumerate(learned.intents):
            self._members[intent.split("/")[0]].append(i)
        self._families = tuple(self._members)
        place = {family: i for i, family in enumerate(self._families)}
        self._family: Classes = np.array([place[intent.split("/")[0]] for intent in learned.intents], np.int64)

    @cached_property
    def _near(self) -> FuzzyIndex:
        return FuzzyIndex({base for base in self.learned.vocabulary.terms if " " not in base})

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        """What an utterance means. Its intent is nlu_fallback where it means none of the intents. In haste vectors are not asked."""
        text = self._read(" ".join(words[:LONGEST].split()))
        if not text or not self.learned.intents:
            return Parsed(text, FALLBACK, 1.0, (Ranked(FALLBACK, 1.0),))
        shares, sums, threshold = self._ask(text, hasty=hasty)
        likeliest = np.argsort(-sums, kind="stable")[:_RANKED]
        ranking = [Ranked(self._families[i], float(sums[i])) for i in likeliest]
        if ranking[0].confidence < threshold:
            ranking = [Ranked(FALLBACK, 1 - ranking[0].confidence), *ranking]
        answers = self._answers(ranking, shares)
        ranking = [Ranked(one.name, round(one.confidence, 4)) for one in ranking[:_RANKED]]
        selected = answers[0].name if answers else ""
        return Parsed(text, ranking[0].name, ranking[0].confidence, tuple(ranking), tuple(self._entities(text)), selected, answers)

    def _answers(self, ranking: Sequence[Ranked], shares: Matrix) -> tuple[Ranked, ...]:
        members = [i for i in self._members.get(ranking[0].name, ()) if "/" in self.learned.intents[i]]
        whole = float(shares[members].sum()) or 1.0
        found = [Ranked(self.learned.intents[i], round(float(shares[i]) / whole, 4)) for i in members]
        return tuple(sorted(found, key=lambda one: -one.confidence)[:_RANKED])

    def _ask(self, text: str, *, hasty: bool) -> tuple[Matrix, Matrix, float]:
        """Probabilities of intents and of families of them, and the threshold that these are measured by."""
        learned, words = self.learned, self._by_words(text)
        shares, sums = self._shared(mix(None, words[None], learned.alone.shares)[0])
        engine = None if hasty or sums.max() >= learned.sure else _engine(learned.vectors)
        if engine is None or learned.vectors is None:
            return shares, sums, learned.alone.threshold
        corrected = _RUSSIAN.sub(lambda word: self._known(word[0].lower().replace("ё", "е"), word[0]), text)
        by_vectors = log_softmax(learned.vectors.scores(engine.of(corrected)[None]))
        return *self._shared(mix(by_vectors, words[None], learned.together.shares)[0]), learned.together.threshold

    def _shared(self, logs: Matrix) -> tuple[Matrix, Matrix]:
        shares = np.exp(logs)
        return shares, np.bincount(self._family, shares, len(self._families)).astype(np.float32)

    def _by_words(self, text: str) -> Matrix:
        terms = [self._known(word) for word in self._terms.words(text)]
        columns, values = self.learned.vocabulary.row(*self._terms.of(terms))
        scores: Matrix = values @ self.learned.words[0][columns].astype(np.float32) + self.learned.words[1]
        return log_softmax(scores)

    def _known(self, word: str, written: str = "") -> str:
        """The base of a word that was taught if a folded word is no other and a slip of it, else the word as it was `written`."""
        return (not word.isdecimal() and self._base(word)) or written or word

    def _found(self, word: str) -> str:
        """The base that a word is a slip of, or ""."""
        base = self._terms.base(word)
        if base in self.learned.vocabulary or self._terms.in_dictionary(word):
            return ""
        _, near = self._near.find(base)
        return near[0] if near else ""

    def _read(self, text: str) -> str:
        """Russian that was typed in Latin letters, in Cyrillic, if more of its words are then known."""
        others = readings(text) if self.learned.cyrillic else ()
        return max((text, *others), key=self._share_known) if others else text

    def _share_known(self, text: str) -> float:
        words = self._terms.words(text)
        return sum(self._terms.base(self._known(word)) in self.learned.vocabulary for word in words) / max(len(words), 1)

    def _entities(self, text: str) -> list[Entity]:
        """What is listed or has a shape stands; the labeller adds roles and groups to it, and what it finds beside it."""
        spotted = named(self._matcher.find(text), self.learned.lists.spotted)
        labelled = self._labeller.find(text) if self._labeller else []
        found = list[Entity]()
        for one in spotted:
            same = next((each for each in labelled if each.entity == one.entity and _overlap(each, one)), None)
            found.append(Entity(one.entity, one.value, one.start, one.end, same.role, same.group, 1.0, one.extractor) if same else one)
        found.extend(one for one in labelled if not any(one.entity == each.entity and _overlap(one, each) for each in spotted))
        return sorted(found, key=lambda one: one.start)


def _engine(voice: ByVectors | None) -> Vectors | None:
    """The vectors that a model was trained with."""
    engine = vectors() if voice else None
    return engine if engine and voice and engine.name == voice.name else None


def _overlap(one: Entity, other: Entity) -> bool:
    return one.start < other.end and other.start < one.end


def centred(rows: Matrix, centre: Matrix) -> Matrix:
    """Rows around a centre, of length 1: all vectors of this kind point one way, and what tells them apart is the rest."""
    moved = rows - centre
    lengths: Matrix = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), np.float32(1e-6))
    return moved / lengths


def kernel(rows: Matrix, others: Matrix) -> Matrix:
    """Of rows of length 1."""
    near: Matrix = np.exp(np.float32(2 * WIDTH) * (rows @ others.T - 1))
    return near
