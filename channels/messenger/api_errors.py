"""How a messenger's API fails, in two kinds that must be told apart from the others."""

from hub.kernel.errors import UnavailableError

FIRST_WAIT_S = 1.0
"""How long to wait where a messenger says that it was too much and not for how long."""


class TooManyError(UnavailableError):
    """The messenger wants no more for `wait_s` seconds."""

    def __init__(self, messenger: str, wait_s: float) -> None:
        super().__init__(f"{messenger} просит подождать {wait_s:.0f} с: слишком много запросов")
        self.wait_s = wait_s


class DoubtfulError(UnavailableError):
    """Nobody knows whether the messenger has done what it was asked for."""


def seconds(header: str) -> float:
    """Retry-After in seconds (RFC 9110 §10.2.3); of a date nobody makes use."""
    try:
        return max(0.0, float(header))
    except ValueError:
        return FIRST_WAIT_S
