"""Tasks that are kept until they end, and futures whose waiter may have gone."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")
AGAIN_S = 5.0
"""A task that goes on for so long is cancelled again: up to Python 3.11 asyncio.wait_for forgets a cancellation that comes together with
what it waits for (python/cpython#86296)."""


class BackgroundTasks:
    """Work under way. The event loop itself holds tasks weakly: one that nobody keeps may vanish before it ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel(self) -> None:
        """Stop all of them and wait until they have."""
        left = set(self._tasks)
        while left:
            for task in left:
                task.cancel()
            ended, left = await asyncio.wait(left, timeout=AGAIN_S)
            await asyncio.gather(*ended, return_exceptions=True)  # else what some ended with would be told as overlooked


def resolve(future: "asyncio.Future[T]", result: T | None, error: Exception | None) -> None:
    """Give a future its result or its error, unless its waiter was cancelled: what he asked for has happened all the same."""
    if future.done():
        return
    if error is None:
        future.set_result(result)  # type: ignore[arg-type]  # None only where T is None, or with an error
    else:
        future.set_exception(error)
