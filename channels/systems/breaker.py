"""A circuit breaker: after several consecutive failures a system is not called for a while, then tested once.

purgatory, the nearest library, uses the wall clock and lets all callers through at once after the pause.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hub.kernel.errors import RefusedError, UnavailableError

FAILURES, PAUSE_S = 5, 20.0


class Breaker:
    def __init__(self, failures: int = FAILURES, pause_s: float = PAUSE_S, now_s: Callable[[], float] = time.monotonic) -> None:
        self._most, self._pause_s, self._now_s = failures, pause_s, now_s
        self._failures = 0
        self._until_s = 0.0
        self._trying = False

    @property
    def open(self) -> bool:
        """Whether calls are refused now."""
        return self._failures >= self._most and (self._trying or self._now_s() < self._until_s)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around one exchange; raises UnavailableError at once while it is open."""
        if self.open:
            raise UnavailableError("недавно не отвечала несколько раз подряд")
        self._trying = self._failures >= self._most
        try:
            yield
        except UnavailableError:
            self._failures += 1
            self._until_s = self._now_s() + self._pause_s
            raise
        except RefusedError:
            self._failures = 0  # a refusal is an answer
            raise
        else:
            self._failures = 0
        finally:
            self._trying = False
