"""Matrices of understanding: their types, and logarithms of probabilities. Pure."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
Classes = NDArray[np.int64]
Line = tuple[Matrix, Matrix]
"""Weights, a row for each dimension and a column for each class, and biases."""


def log_softmax(scores: Matrix) -> Matrix:
    """Logarithms of probabilities, by rows."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    logs: Matrix = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return logs
