"""Spreads computations, long ones and many short ones, over the turns of the event loop, so that others are served between them."""

import asyncio

LONG_TEXT = 1_000
"""Characters. The robot takes up to 30 ms for 8,000; to take a shorter text in needs no turnstile, a turn of a dialogue always does."""


class Turnstile:
    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def wait(self) -> None:
        """Return in a turn of the event loop in which nobody else has returned from here."""
        async with self._lock:
            await asyncio.sleep(0)
