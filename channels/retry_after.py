"""Pauses requested by an HTTP server (Retry-After, RFC 9110 §10.2.3)."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from hub.kernel.errors import UnavailableError

LONGEST_S = 3600.0
"""Upper limit of a requested pause."""


class RetryPause:
    """A pause during which nothing is sent."""

    def __init__(self) -> None:
        self._until_s = 0.0

    def asked(self, headers: Mapping[str, str]) -> None:
        """Apply the Retry-After of an answer, if it has one."""
        self._until_s = time.monotonic() + retry_after_s(headers.get("Retry-After", ""), time.time())

    def respect(self) -> None:
        """Raises UnavailableError during the pause."""
        if (wait_s := self._until_s - time.monotonic()) > 0:
            message = f"там просили подождать ещё {wait_s:.0f} с"
            raise UnavailableError(message)


def retry_after_s(told: str, now_s: float) -> float:
    """The seconds of Retry-After, which is a number or a date; 0 for anything else."""
    if told.isascii() and told.isdigit():
        return min(float(told[:9]), LONGEST_S)
    try:
        until = parsedate_to_datetime(told).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(until - now_s, 0.0), LONGEST_S)
