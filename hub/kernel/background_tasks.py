"""Background tasks that are referenced until they end, and futures whose waiter may be cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")
AGAIN_S = 5.0
"""Seconds after which a task that ignored its cancellation is cancelled again. Up to Python 3.11 asyncio.wait_for loses a cancellation
that arrives together with its result (python/cpython#86296).
"""


class BackgroundTasks:
    """A set of running tasks. The event loop keeps only weak references, so an unreferenced task may be collected before it ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel(self) -> None:
        """Cancel all tasks and wait until they end."""
        left = set(self._tasks)
        while left:
            for task in left:
                task.cancel()
            ended, left = await asyncio.wait(left, timeout=AGAIN_S)
            await asyncio.gather(*ended, return_exceptions=True)  # or asyncio would log their exceptions as never retrieved


def resolve(future: "asyncio.Future[T]", result: T | None, error: Exception | None) -> None:
    """Set the result or the error of a future, unless its waiter was cancelled; the requested operation has happened in any case."""
    if future.done():
        return
    if error is None:
        future.set_result(result)  # type: ignore[arg-type]  # None only where T is None, or with an error
    else:
        future.set_exception(error)
