"""Errors of a messenger's API that need special handling."""

from hub.kernel.errors import UnavailableError, UndeliverableError

FIRST_WAIT_S = 1.0
"""Pause after a rate limit without a stated time."""


class TooManyError(UnavailableError):
    """Rate limit: nothing is accepted for `wait_s` seconds."""

    def __init__(self, messenger: str, wait_s: float) -> None:
        super().__init__(f"{messenger} просит подождать {wait_s:.0f} с: слишком много запросов")
        self.wait_s = wait_s


class DoubtfulError(UnavailableError):
    """It is unknown whether the messenger has executed the request."""


class FileRefusedError(UndeliverableError):
    """The messenger does not take this file."""


def seconds(header: str) -> float:
    """Retry-After in seconds (RFC 9110 §10.2.3); messengers send no dates."""
    try:
        return max(0.0, float(header))
    except ValueError:
        return FIRST_WAIT_S
