"""Calibration of confidence, measured on examples that the model has not seen.

The log-probabilities of two classifiers, of words and of vectors, are mixed with a share each. The shares also sharpen or soften
both, so that confidence and frequency agree; they maximise the likelihood of held-out examples. Above a measured confidence of the
words alone the vectors are not asked: they take twenty times as long.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.understanding.matrices import Classes, Matrix, log_softmax

_SHARES = np.concatenate([[0.0], np.geomspace(0.1, 4, 22)])
_ENOUGH = 1500
"""Maximum held-out examples on which the shares and the threshold are measured."""
_CAUTION = 2.0
"""Penalty of a share far from 1: it matters for few held-out examples, and is negligible for many."""
_KEPT = 0.97
"""Minimum share of rightly understood examples above a threshold."""
_LOST = 0.001
"""Maximum share of held-out examples, and of foreign ones, where words alone fail and both classifiers together do not: a single
accidental failure among many must not decide."""
_SUREST = 0.96
"""Minimum confidence at which words alone decide: a few hundred held-out examples cannot justify a lower one."""
NEVER = 2.0
"""An unreachable confidence."""


class Calibration(Struct, frozen=True):
    """The shares of vectors and of words; below `threshold` an utterance has none of the intents."""

    shares: tuple[float, float]
    threshold: float


def mix(vectors: Matrix | None, words: Matrix, shares: tuple[float, float]) -> Matrix:
    """The mixed log-probabilities of both classifiers; `vectors` may be None."""
    return log_softmax(shares[1] * words if vectors is None else shares[0] * vectors + shares[1] * words)


def shares(vectors: Matrix | None, words: Matrix, classes: Classes) -> tuple[float, float]:
    """The shares with the highest likelihood of the classes of held-out examples."""
    best, least = (0.0 if vectors is None else 1.0, 1.0), np.inf
    some = np.random.default_rng(0).permutation(len(classes))[:_ENOUGH]
    vectors, words, classes = None if vectors is None else vectors[some], words[some], classes[some]
    for first in [0.0] if vectors is None else _SHARES:
        for second in _SHARES:
            logs = mix(vectors, words, (float(first), float(second)))[np.arange(len(classes)), classes]
            loss = _CAUTION * ((first - 1) ** 2 + (second - 1) ** 2) - float(logs.sum())
            if loss < least:
                best, least = (float(first), float(second)), loss
    return best


def sure(confidence: Matrix, fails: NDArray[np.bool_], together_fails: NDArray[np.bool_]) -> float:
    """The confidence of words alone, at least _SUREST, above which they fail hardly more often than both classifiers together."""
    order = np.argsort(-confidence, kind="stable")
    lost = np.cumsum(fails[order].astype(int) - together_fails[order])
    too_many = np.flatnonzero(lost > _LOST * len(confidence))
    return max(_SUREST, float(np.nextafter(confidence[order[too_many[0]]], np.float32(NEVER)))) if len(too_many) else _SUREST


def threshold(right: Matrix, strange: Matrix) -> float:
    """The confidence that best separates rightly understood examples from those of intents unknown to the model.

    It maximises the sum of the shares on the right side, and lets at least _KEPT of `right` through.
    """
    if not len(right) or not len(strange):
        return 0.0
    highest = float(np.quantile(right, 1 - _KEPT))
    candidates = np.unique(np.concatenate([[0.0], strange[strange < highest], [highest]]))
    proper = [float((right >= each).mean() + (strange < each).mean()) for each in candidates]
    return float(candidates[int(np.argmax(proper))])
