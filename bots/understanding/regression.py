"""Regressions over kernels: least squares for vectors, multinomial logistic for words; each performed better there.

Utterances are compared with landmarks: all examples, or a sample in a big project (Nyström; Williams and Seeger, 2001). In the
space of these comparisons a regression is small and dense for any kernel.

Used for training alone: SciPy's optimizer takes time and memory to import.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import issparse
from threadpoolctl import threadpool_limits

from bots.understanding.matrices import Classes, Line, Matrix, log_softmax

LANDMARKS = 2000
_NOISE = 1e-6
"""Share of the greatest eigenvalue below which a direction is a rounding error."""
_RIDGE, _SHARPNESS = 0.03, 12
"""Penalty of least squares, and the factor that turns its answers, from 0 to 1, into log-probabilities."""
_STRICTNESS, _STEPS, _TOLERANCE = 20.0, 100, 0.09
"""The inverse penalty (C) of logistic regression, its maximum steps, and the gradient at which it ends, for one class: the more
classes there are, the smaller it is from the beginning."""
_REMEMBERED = 3
"""Steps from which the curvature is estimated: each takes twice the memory of the weights."""
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


def logistic(places: Any, classes: Classes, count: int, strictness: float = _STRICTNESS, steps: int = _STEPS,  # noqa: ANN401 - scipy has no types
             tolerance: float = _TOLERANCE) -> Line:
    """Multinomial logistic regression with a penalty on squares, by L-BFGS; `places` may be sparse. `tolerance` is for one class."""
    weights, bias = _nothing(places.shape[1], count)
    present, own = np.unique(classes, return_inverse=True)
    rows, penalty = np.arange(len(own)), 1 / (strictness * len(own))
    across = places.T.tocsr() if issparse(places) else places.T

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """The mean loss, and its gradient."""
        square = line.reshape(-1, len(present))
        logs = log_softmax(places @ square[:-1].astype(np.float32) + square[-1].astype(np.float32))
        told = float(logs[rows, own].sum(dtype=np.float64)) / len(own)
        np.exp(logs, out=logs)
        logs[rows, own] -= 1
        slope = np.empty_like(square)
        slope[:-1], slope[-1] = across @ logs, logs.sum(axis=0, dtype=np.float64)
        slope /= len(own)
        slope[:-1] += penalty * square[:-1]
        return penalty / 2 * float(np.vdot(square[:-1], square[:-1])) - told, slope.ravel()

    options = {"maxiter": steps, "maxls": 50, "gtol": tolerance / len(present), "ftol": 64 * np.finfo(float).eps, "maxcor": _REMEMBERED}
    found = minimize(loss, np.zeros((places.shape[1] + 1) * len(present)), jac=True, method="L-BFGS-B", options=options)
    line = found.x.reshape(-1, len(present))
    weights[:, present], bias[present] = line[:-1], line[-1]
    return weights, bias


def _nothing(dimensions: int, count: int) -> Line:
    return np.zeros((dimensions, count), np.float32), np.full(count, _NEVER, np.float32)
