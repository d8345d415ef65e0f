"""A trained model: the intent of an utterance by two classifiers, and its entities.

The classifier of vectors knows the meaning of words, that of words the vocabulary of the project. Words decide first, with a
calibration of their own; vectors are used where words are not sure, unless they are unavailable or there is no time.
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
"""Width of the kernel exp(-WIDTH · |a - b|²) over centred vectors of length 1."""
LONGEST = 1000
"""Maximum characters of an utterance that are read."""
_RUSSIAN = re.compile(r"[а-яё]{4,64}", re.IGNORECASE)
_RANKED = 5
"""Intents in the ranking."""
_REMEMBERED = 20_000
"""Words in the cache of corrected spellings."""


class ByVectors(Struct, frozen=True):
    """Parameters of the classifier of vectors."""

    name: str
    """The name of the vectors (vectors.py)."""
    centre: Matrix
    landmarks: Matrix
    line: Line

    def scores(self, rows: Matrix) -> Matrix:
        return kernel(centred(rows, self.centre), self.landmarks) @ self.line[0] + self.line[1]


class Lists(Struct, frozen=True):
    """The lists of a project, as written."""

    patterns: tuple[tuple[str, str], ...]
    lookups: dict[str, tuple[str, ...]]
    synonyms: dict[str, str]
    spotted: tuple[str, ...]
    """Entities that tables and expressions find by themselves, not only as features of the labeller."""


class Learned(Struct, frozen=True):
    """The result of training."""

    intents: tuple[str, ...]
    """Retrieval intents with their questions: faq/ask_hours."""
    cyrillic: bool
    """Whether citizens are expected to write Russian."""
    vocabulary: Vocabulary
    words: tuple[NDArray[np.float16], Matrix]
    """Weights and biases of the classifier of words; half precision is enough for its many weights."""
    vectors: ByVectors | None
    together: Calibration
    alone: Calibration
    """Calibration of the words alone."""
    sure: float
    """The confidence of words alone above which vectors are not used."""
    lists: Lists
    labeller: Learnt | None


class Model:
    """Immutable and thread-safe."""

    def __init__(self, learned: Learned, russian: Russian) -> None:
        """`russian` may be shared."""
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
        """Intent and entities of an utterance. The intent is nlu_fallback where none fits. With `hasty` vectors are not used."""
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
        """Probabilities of intents and of their families, and the threshold for the latter."""
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
        """The lemma of the taught word of which an unknown word is a misspelling, otherwise the word as `written`."""
        return (not word.isdecimal() and self._base(word)) or written or word

    def _found(self, word: str) -> str:
        """The lemma of which a word is a misspelling, or "": as it is written, else by its stem. Few slips happen in the first letter."""
        base = self._terms.base(word)
        if base in self.learned.vocabulary or self._terms.in_dictionary(word):
            return ""
        near = self._near.find(word)[1] or self._near.find(base)[1]
        return min(near, key=lambda each: (each[0] != word[0], abs(len(each) - len(word)), each), default="")

    def _read(self, text: str) -> str:
        """Russian typed in Latin letters is converted to Cyrillic if more of its words are known then."""
        others = readings(text) if self.learned.cyrillic else ()
        return max((text, *others), key=self._share_known) if others else text

    def _share_known(self, text: str) -> float:
        words = self._terms.words(text)
        return sum(self._terms.base(self._known(word)) in self.learned.vocabulary for word in words) / max(len(words), 1)

    def _entities(self, text: str) -> list[Entity]:
        """Entities of tables and expressions are kept; the labeller adds their roles and groups, and further entities."""
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
    """Rows minus their centre, of length 1: all vectors of this model share a direction that distinguishes nothing."""
    moved = rows - centre
    lengths: Matrix = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), np.float32(1e-6))
    return moved / lengths


def kernel(rows: Matrix, others: Matrix) -> Matrix:
    """The kernel of rows of length 1."""
    near: Matrix = np.exp(np.float32(2 * WIDTH) * (rows @ others.T - 1))
    return near
