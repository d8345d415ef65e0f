"""Retries: try, tell, wait, try again. What stays owed in the store is retried from there; this is for work that a process has in hand.

What is no transient error leaves at once, and so does a cancellation, whether it comes in an attempt or in a pause.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import repeat
from typing import TypeVar

T = TypeVar("T")
JITTER = 0.1
"""A growing pause is longer by up to this share: whoever failed together does not come back together."""
Sleep = Callable[[float], Awaitable[object]]


def constant_pauses(pause_s: float) -> Iterator[float]:
    """The same pause for ever."""
    return repeat(pause_s)


def growing_pauses(first_s: float, longest_s: float, jitter: float = JITTER) -> Iterator[float]:
    """Each twice as long as the one before, up to the longest, for ever (exponential backoff)."""
    pause_s = first_s
    while True:
        yield pause_s * random.uniform(1, 1 + jitter)  # noqa: S311 - no secret
        pause_s = min(pause_s * 2, longest_s)


async def retry(attempt: Callable[[], Awaitable[T]], pauses: Iterable[float], transient: type[Exception] | tuple[type[Exception], ...],
                failed: Callable[[Exception, int], object], sleep: Sleep = asyncio.sleep) -> T:
    """What an attempt gives, as soon as one succeeds. Raises what is not `transient`, and the last error once the pauses are used up.

    `failed` hears of each transient error with its number, from 1: it logs each time, or the first time alone. `sleep` is the clock's.
    """
    for number, pause_s in enumerate(pauses, 1):
        try:
            return await attempt()
        except transient as error:
            failed(error, number)
        await sleep(pause_s)
    return await attempt()
