"""Regressions over kernels: least squares for vectors, multinomial logistic for words; each performed better there.

Utterances are compared with landmarks: all examples, or a sample in a big project (Nyström; Williams and Seeger, 2001). In the
space of these comparisons a regression is small and dense for any kernel.

Used for training alone: scikit-learn takes 1 s and 80 MB to import.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from bots.understanding.matrices import Classes, Line, Matrix

LANDMARKS = 2000
_NOISE = 1e-6
"""Share of the greatest eigenvalue below which a direction is a rounding error."""
_RIDGE, _SHARPNESS = 0.03, 12
"""Penalty of least squares, and the factor that turns its answers, from 0 to 1, into log-probabilities."""
_STRICTNESS, _STEPS, _TOLERANCE = 20, 100, 1e-3
"""The C of logistic regression, its maximum steps, and its tolerance."""
_NEVER = -30.0
"""The bias of a class without examples."""


class Space:
    """The space spanned by a kernel over landmarks."""

    def __init__(self, among: Matrix) -> None:
        """`among` is the kernel of the landmarks with each other."""
        sizes, directions = np.linalg.eigh(among.astype(np.float64))
        kept = sizes > _NOISE * sizes[-1]
        self._map = (directions[:, kept] / np.sqrt(sizes[kept])).astype(np.float32)

    def place(self, kernel: Matrix) -> Matrix:
        """Coordinates of utterances, from their kernel with the landmarks."""
        places: Matrix = kernel @ self._map
        return places

    def back(self, weights: Matrix) -> Matrix:
        """Weights of coordinates as weights of landmarks."""
        back: Matrix = self._map @ weights
        return back


@contextmanager
def one_thread() -> Iterator[None]:
    """Arithmetic in one thread: several threads busy-wait for each other, and took twenty times the processor time beside other work."""
    with threadpool_limits(1):
        yield


def least_squares(places: Matrix, classes: Classes, count: int) -> Line:
    """Ridge regression onto the classes, in closed form."""
    present = np.unique(classes)
    weights, bias = _nothing(places.shape[1], count)
    wanted = (classes[:, None] == present[None, :]).astype(np.float32)
    bias[present] = wanted.mean(axis=0) * _SHARPNESS
    square = (places.T @ places).astype(np.float64)
    square[np.diag_indices_from(square)] += _RIDGE
    weights[:, present] = np.linalg.solve(square, places.T @ (wanted - wanted.mean(axis=0))) * _SHARPNESS
    return weights, bias


def logistic(places: Any, classes: Classes, count: int) -> Line:  # noqa: ANN401 - scipy has no types
    """Multinomial logistic regression; `places` may be sparse."""
    present = np.unique(classes)
    weights, bias = _nothing(places.shape[1], count)
    if len(present) == 1:
        bias[present] = 0
        return weights, bias
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unfinished convergence changes no answer, and a class may have one example
        model = LogisticRegression(C=_STRICTNESS, max_iter=_STEPS, tol=_TOLERANCE).fit(places, classes)
    if len(present) == 2:  # noqa: PLR2004 - the library keeps one row for two classes
        weights[:, present] = np.stack([-model.coef_[0] / 2, model.coef_[0] / 2], axis=1)
        bias[present] = [-model.intercept_[0] / 2, model.intercept_[0] / 2]
    else:
        weights[:, present] = model.coef_.T
        bias[present] = model.intercept_
    return weights, bias


def _nothing(dimensions: int, count: int) -> Line:
    return np.zeros((dimensions, count), np.float32), np.full(count, _NEVER, np.float32)
