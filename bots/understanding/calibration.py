"""Confidence that means what it says: measured on examples that a model has not seen.

Two voices are mixed as log-probabilities with a share each. The shares also sharpen or soften both, so that confidence and
frequency agree; they are those under which held-out examples are likeliest. Where words alone are as sure as has been seen to
suffice, vectors are not asked at all: they take twenty times as long.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bots.understanding.matrices import Classes, Matrix, log_softmax

_SHARES = np.concatenate([[0.0], np.geomspace(0.1, 4, 22)])
_ENOUGH = 1500
"""Held-out examples that two figures are measured on."""
_CAUTION = 2.0
"""How much likelier a share must make a few held-out examples to be far from 1: for many examples that is nothing."""
_KEPT = 0.9
"""Share of what is understood rightly that a threshold must let through."""
_LOST = 0.001
"""Share of held-out examples, and of strangers, that words alone may fail with and both voices not: one that is lost by chance
among many must not decide for all."""
_SUREST = 0.96
"""Words alone are never sure below: a few hundred held-out examples cannot tell that they are."""
NEVER = 2.0
"""A confidence that nothing has."""


class Calibration(Struct, frozen=True):
    """The shares of the voices of vectors and of words; below `threshold` an utterance is none of the intents."""

    shares: tuple[float, float]
    threshold: float


def mix(vectors: Matrix | None, words: Matrix, shares: tuple[float, float]) -> Matrix:
    """Log-probabilities out of those of both voices; `vectors` is None where there are none."""
    return log_softmax(shares[1] * words if vectors is None else shares[0] * vectors + shares[1] * words)


def shares(vectors: Matrix | None, words: Matrix, classes: Classes) -> tuple[float, float]:
    """The shares under which the classes of held-out examples are likeliest."""
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
    """The confidence of words alone, _SUREST at least, from which on they fail hardly oftener than both voices together."""
    order = np.argsort(-confidence, kind="stable")
    lost = np.cumsum(fails[order].astype(int) - together_fails[order])
    too_many = np.flatnonzero(lost > _LOST * len(confidence))
    return max(_SUREST, float(np.nextafter(confidence[order[too_many[0]]], np.float32(NEVER)))) if len(too_many) else _SUREST


def threshold(right: Matrix, strange: Matrix) -> float:
    """The confidence that best parts rightly understood examples from those of intents that were kept from the model.

    It counts the share of each on the proper side, and lets _KEPT of `right` through at least.
    """
    if not len(right) or not len(strange):
        return 0.0
    highest = float(np.quantile(right, 1 - _KEPT))
    candidates = np.unique(np.concatenate([[0.0], strange[strange < highest], [highest]]))
    proper = [float((right >= each).mean() + (strange < each).mean()) for each in candidates]
    return float(candidates[int(np.argmax(proper))])
