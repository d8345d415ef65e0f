"""Training: takes seconds for a project of eighty intents, nearly all for sentence vectors.

Import it only to train: its libraries take time and memory.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bots.project.examples import Example, Examples
from bots.russian import Russian
from bots.understanding import calibration, labeller_training, regression, terms
from bots.understanding.calibration import NEVER, Calibration, mix
from bots.understanding.entity_matcher import EntityMatcher
from bots.understanding.matrices import Classes, Line, Matrix, log_softmax
from bots.understanding.model import ByVectors, Learned, Lists, Model, centred, kernel
from bots.understanding.regression import LANDMARKS, Space
from bots.understanding.terms import Sparse, Terms
from bots.understanding.vectors import Vectors, vectors

_FOLDS = 4
_FEWEST = 4
"""Minimum intents of a project from which some are withheld, to measure the model on foreign utterances."""
_THRESHOLD = 0.3
"""Threshold where there are too few intents to measure one."""
_SEED = 20_260_101
_WEIGHTS = 2_400_000
"""Weights of terms, one for each intent: a big project learns its rarest terms no more."""
_SEEN = 10_000
"""Examples whose vectors are computed, 5 ms each: the words of all are learnt."""
_ENOUGH = 1200
"""Held-out examples that suffice in a big project: each fold trains both classifiers again."""


class _Voice(Struct, frozen=True):
    """A classifier: its examples, sorted, their coordinates, and its regression."""

    examples: Classes
    places: Any
    """A matrix, dense or sparse, with a row for each of `examples`."""
    fit: Callable[[Matrix, Classes, int], Line]

    def heard(self, taught: Classes, asked: Classes, classes: Classes, count: int) -> Matrix:
        """Log-probabilities of the examples `asked` after training on those of `taught` that it has."""
        taught = np.intersect1d(taught, self.examples, assume_unique=True)
        weights, bias = self.fit(self.places[np.searchsorted(self.examples, taught)], classes[taught], count)
        return log_softmax(self.places[np.searchsorted(self.examples, asked)] @ weights + bias)

    def line(self, classes: Classes, count: int) -> Line:
        """The regression over all its examples."""
        return self.fit(self.places, classes[self.examples], count)


def train(examples: Examples, russian: Russian, engine: Vectors | None = None) -> Model:
    """Train a model; examples without an intent teach only entities. Raises ValueError where there is nothing to learn.

    `engine` replaces the vectors of this process, for tests.
    """
    with regression.one_thread():
        return _train(examples, russian, engine or vectors())


def _train(examples: Examples, russian: Russian, engine: Vectors | None) -> Model:
    said = _distinct(examples.said)
    intents = tuple(sorted({one.intent for one in said}))
    if not intents:
        raise ValueError("no example has an intent")
    place = {intent: i for i, intent in enumerate(intents)}
    classes = np.array([place[one.intent] for one in said])
    families = np.array([_number(intents)[intent.split("/")[0]] for intent in intents])
    texts = [" ".join(one.text.split()) for one in said]
    folds, order = _folds(classes), np.random.default_rng(_SEED).permutation(len(said))
    seen = np.sort(order[:_SEEN])

    split = Terms(russian)
    utterances = [split.of(split.words(text)) for text in texts]
    vocabulary = terms.learn(utterances, _WEIGHTS // len(intents) if len(texts) > LANDMARKS else None)
    words, of_terms = _by_words(vocabulary.rows(utterances), len(vocabulary))
    del utterances
    trial = _Trial(classes, families, folds, seen, len(intents))
    by_words = trial.of(words)
    weights, bias = words.line(classes, len(intents))
    taught = of_terms(weights).astype(np.float16)
    del words, weights

    voice: ByVectors | None = None
    by_vectors: _Judged = (None, None)
    if engine:
        near, near_space, centre, marks = _by_vectors(engine.all([texts[i] for i in seen]), seen, np.isin(seen, order[:LANDMARKS]))
        by_vectors = trial.of(near)
        near_weights, near_bias = near.line(classes, len(intents))
        voice = ByVectors(engine.name, centre, marks, (near_space.back(near_weights), near_bias))
    together, alone, sure = trial.calibrated(by_vectors, by_words)
    return Model(
        Learned(
            intents=intents,
            cyrillic=_cyrillic(texts),
            vocabulary=vocabulary,
            words=(taught, bias),
            vectors=voice,
            together=together,
            alone=alone,
            sure=sure,
            lists=_lists(examples),
            labeller=labeller_training.learn(examples.said, _matcher(examples, split)),
        ),
        russian,
    )


def _distinct(said: Sequence[Example]) -> list[Example]:
    return list({(one.text, one.intent): one for one in said if one.intent and one.text.strip()}.values())


def _number(intents: Sequence[str]) -> dict[str, int]:
    return {family: i for i, family in enumerate(dict.fromkeys(intent.split("/")[0] for intent in intents))}


def _cyrillic(texts: Sequence[str]) -> bool:
    letters = Counter("а" <= sign <= "я" for text in texts for sign in text.lower() if sign.isalpha())
    return letters[True] > letters[False]


def _lists(examples: Examples) -> Lists:
    marked = {entity.entity for one in examples.said for entity in one.entities}
    listed = {name for name, _ in examples.patterns} | set(examples.lookups)
    lookups = {name: tuple(entries) for name, entries in examples.lookups.items()}
    return Lists(examples.patterns, lookups, dict(examples.synonyms), tuple(sorted(marked & listed)))


def _matcher(examples: Examples, split: Terms) -> EntityMatcher:
    return EntityMatcher(split, examples.patterns, examples.lookups, examples.synonyms)


def _by_words(rows: Sparse, width: int) -> tuple[_Voice, Callable[[Matrix], Matrix]]:
    """The classifier of words, and the function that turns its weights into weights of terms.

    A small project is represented by the similarities of its examples: the same regression over far fewer dimensions.
    """
    every = csr_matrix((rows.values, rows.columns, rows.starts), shape=(len(rows.starts) - 1, width))
    examples = np.arange(every.shape[0])
    if len(examples) > LANDMARKS:
        return _Voice(examples, every, regression.logistic), lambda weights: weights
    alike = (every @ every.T).toarray()
    space = Space(alike)
    return _Voice(examples, space.place(alike), regression.logistic), lambda weights: every.T @ space.back(weights)


def _by_vectors(rows: Matrix, examples: Classes, landmarks: NDArray[np.bool_]) -> tuple[_Voice, Space, Matrix, Matrix]:
    centre: Matrix = rows.mean(axis=0)
    every = centred(rows, centre)
    marks = every[landmarks].astype(np.float16).astype(np.float32)
    space = Space(kernel(marks, marks))
    return _Voice(examples, space.place(kernel(every, marks)), regression.least_squares), space, centre, marks


class _Kept(Struct, frozen=True):
    """Held-out examples as both classifiers judged them, and their families; `near` is None without vectors."""

    near: Matrix | None
    words: Matrix
    own: Classes

    def sums(self, shares: tuple[float, float], families: Classes, *, alone: bool) -> Matrix:
        """Probabilities of families, by words alone or by both classifiers."""
        return _of_families(mix(None if alone else self.near, self.words, shares), families)


_Judged = tuple[Matrix | None, Matrix | None]
"""Log-probabilities by one classifier of the known held-out examples, and of the foreign ones; None is unmeasured."""


class _Trial:
    """Cross-validation; and the same on foreign examples: those of withheld intents.

    A big project ends it with enough examples held out.
    """

    def __init__(self, classes: Classes, families: Classes, folds: Classes, seen: Classes, count: int) -> None:
        """`seen` are the examples that may be asked."""
        self._classes, self._families, self._count = classes, families, count
        self._known = self._parts(folds, seen)
        own = families[classes]
        foreign = len(self._known) > 0 and len(np.unique(families)) >= _FEWEST
        self._foreign = self._parts(own % _FOLDS, seen) if foreign else []

    def _parts(self, groups: Classes, seen: Classes) -> list[tuple[Classes, Classes]]:
        """What is taught and what is asked."""
        parts, enough = list[tuple[Classes, Classes]](), _ENOUGH if len(groups) > LANDMARKS else len(groups)
        for group in range(_FOLDS):
            if sum(len(asked) for _, asked in parts) < enough and (asked := seen[groups[seen] == group]).size:
                parts.append((np.flatnonzero(groups != group), asked))
        return parts

    def of(self, voice: _Voice) -> _Judged:
        """What a classifier says of the held-out examples."""
        known, foreign = ([voice.heard(*each, self._classes, self._count) for each in parts] for parts in (self._known, self._foreign))
        return np.concatenate(known) if known else None, np.concatenate(foreign) if foreign else None

    def calibrated(self, near: _Judged, words: _Judged) -> tuple[Calibration, Calibration, float]:
        """Calibrations of both classifiers and of words alone, and the confidence above which words alone decide."""
        if words[0] is None:
            return Calibration((1.0, 1.0), _THRESHOLD), Calibration((0.0, 1.0), _THRESHOLD), NEVER
        asked = np.concatenate([each for _, each in self._known])
        known = _Kept(near[0], words[0], self._families[self._classes[asked]])
        foreign = None if words[1] is None else _Kept(
            near[1], words[1], self._families[self._classes[np.concatenate([each for _, each in self._foreign])]])
        together, alone = (self._calibrated(known, foreign, asked, alone=alone) for alone in (False, True))
        return together, alone, _sure(known, foreign, together, alone, self._families)

    def _calibrated(self, known: _Kept, foreign: _Kept | None, asked: Classes, *, alone: bool) -> Calibration:
        shares = calibration.shares(None if alone else known.near, known.words, self._classes[asked])
        if foreign is None:
            return Calibration(shares, _THRESHOLD)
        sums = known.sums(shares, self._families, alone=alone)
        right = sums.max(axis=1)[sums.argmax(axis=1) == known.own]
        return Calibration(shares, calibration.threshold(right, foreign.sums(shares, self._families, alone=alone).max(axis=1)))


def _sure(known: _Kept, strangers: _Kept | None, together: Calibration, alone: Calibration, families: Classes) -> float:
    """The confidence of words alone above which they fail hardly more often than both classifiers, also on foreign examples."""
    if strangers is None or known.near is None:
        return NEVER

    def least(kept: _Kept, fails: Callable[[Matrix, float], NDArray[np.bool_]]) -> float:
        by_words, by_both = kept.sums(alone.shares, families, alone=True), kept.sums(together.shares, families, alone=False)
        return calibration.sure(by_words.max(axis=1), fails(by_words, alone.threshold), fails(by_both, together.threshold))

    return max(
        alone.threshold,
        least(known, lambda sums, threshold: (sums.argmax(axis=1) != known.own) | (sums.max(axis=1) < threshold)),
        least(strangers, lambda sums, threshold: sums.max(axis=1) >= threshold),
    )


def _of_families(logs: Matrix, families: Classes) -> Matrix:
    """Probabilities of families: the sums of their questions' probabilities."""
    sums: Matrix = np.exp(logs) @ (families[:, None] == np.arange(families.max() + 1)[None, :]).astype(np.float32)
    return sums


def _folds(classes: Classes) -> Classes:
    """The fold of each example, evenly over each class; -1 for the only example of a class, which is always trained on."""
    folds = np.full(len(classes), -1)
    members = defaultdict[int, list[int]](list)
    for i in np.random.default_rng(_SEED).permutation(len(classes)):
        members[int(classes[i])].append(int(i))
    for turn, each in enumerate(members.values()):
        if len(each) > 1:
            folds[each] = (np.arange(len(each)) + turn) % _FOLDS
    return folds
