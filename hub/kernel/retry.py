"""Retries: attempt, report, pause, repeat. For work in memory: reactions pending in the store are retried from there.

Errors that are not transient are raised at once, and so is a cancellation, in an attempt or in a pause.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import repeat
from typing import TypeVar

T = TypeVar("T")
JITTER = 0.1
"""A growing pause is longer by up to this share, so that simultaneous failures are not retried simultaneously."""
Sleep = Callable[[float], Awaitable[object]]


def constant_pauses(pause_s: float) -> Iterator[float]:
    """The same pause, unlimited."""
    return repeat(pause_s)


def growing_pauses(first_s: float, longest_s: float, jitter: float = JITTER) -> Iterator[float]:
    """Each twice as long as the one before, up to the longest, unlimited (exponential backoff)."""
    pause_s = first_s
    while True:
        yield pause_s * random.uniform(1, 1 + jitter)  # noqa: S311 - no secret
        pause_s = min(pause_s * 2, longest_s)


async def retry(attempt: Callable[[], Awaitable[T]], pauses: Iterable[float], transient: type[Exception] | tuple[type[Exception], ...],
                failed: Callable[[Exception, int], object], sleep: Sleep = asyncio.sleep) -> T:
    """The result of the first successful attempt. Raises errors that are not `transient`, and the last error after all pauses.

    `failed` gets each transient error with its number, from 1: it may log each, or only the first. `sleep` is the clock's.
    """
    for number, pause_s in enumerate(pauses, 1):
        try:
            return await attempt()
        except transient as error:
            failed(error, number)
        await sleep(pause_s)
    return await attempt()
