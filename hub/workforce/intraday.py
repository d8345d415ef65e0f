"""The rest of today's forecast, corrected by what has come since midnight (SL-01, MC-02). Pure.

Arrivals are Poisson with the forecast's shape times one level of the day, whose prior is a Gamma distribution of mean 1. A day is either a
usual one, with the tested deviation of the day's number, or an incident that nobody knew of, whose level may be anything. How likely each
is follows from what came (negative binomial), and so does the level: it lies between 1 and the ratio of what came to what was expected.
Source: Gamma–Poisson conjugacy, Gelman et al., Bayesian Data Analysis 2.6.
"""

from math import exp, lgamma, log, sqrt

import numpy as np
from msgspec import Struct

from hub.workforce.back_test import NINETY
from hub.workforce.calendar_effects import Array

LEAST_DEVIATION = 0.02
"""Of a usual day's number: no test is so long that it could show less."""
INCIDENT_SHARE, INCIDENT_DEVIATION = 0.03, 0.7
"""Of all days, and of the level of such a day."""


class DayLevel(Struct, frozen=True):
    """So many times the forecast, and the standard deviation of that; `incident` is the probability that the day is no usual one."""

    mean: float
    deviation: float
    incident: float


def day_level(expected: float, came: float, deviation: float) -> DayLevel:
    """After so many contacts where so many were `expected`; `deviation` is the relative one of a usual day's number."""
    kinds = ((1 - INCIDENT_SHARE, max(deviation, LEAST_DEVIATION) ** -2), (INCIDENT_SHARE, INCIDENT_DEVIATION ** -2))
    logs = [log(share) + _log_likelihood(shape, expected, came) for share, shape in kinds]
    most = max(logs)
    weights = [exp(each - most) for each in logs]
    shares = [each / sum(weights) for each in weights]
    means = [(shape + came) / (shape + expected) for _, shape in kinds]
    squares = [(shape + came) / (shape + expected) ** 2 + mean ** 2 for (_, shape), mean in zip(kinds, means, strict=True)]
    mean = sum(share * each for share, each in zip(shares, means, strict=True))
    variance = sum(share * each for share, each in zip(shares, squares, strict=True)) - mean ** 2
    return DayLevel(mean, sqrt(max(variance, 0.0)), shares[1])


def _log_likelihood(shape: float, expected: float, came: float) -> float:
    """Of a negative binomial number of mean `expected`; what all shapes have in common is left out."""
    return (lgamma(shape + came) - lgamma(shape) + shape * log(shape / (shape + expected))
            - came * log(shape + expected))


def corrected(expected: Array, level: DayLevel) -> tuple[Array, Array, Array]:
    """Contacts of quarters of an hour to come, and the bounds between which nine of ten fall."""
    mean = expected * level.mean
    spread = NINETY * np.sqrt(mean + (expected * level.deviation) ** 2)
    return mean, np.maximum(mean - spread, 0), mean + spread
