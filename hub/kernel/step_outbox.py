"""Tells of each step of what is done in steps, once and in their order: what is told is counted in the document itself.

A document is stored first, and what is told of it is owed until it was: whoever says a step gives it a key of its own, so that what a
crash cut off is said at the next start, and nothing is said twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

from msgspec.structs import replace

from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.document import Stepped
from hub.kernel.errors import ConflictError, OknoError
from hub.kernel.ports import Documents
from hub.kernel.retry import constant_pauses, retry

log = logging.getLogger(__name__)

AGAIN_S = 5.0
T = TypeVar("T", bound=Stepped)


class StepOutbox(Generic[T]):
    def __init__(self, store: Documents, kind: type[T], say: Callable[[T, int], Awaitable[str]]) -> None:
        """`say` tells one step, and gives the code that an operator must say, or ""."""
        self._store = store
        self._kind: type[T] = kind
        self._say: Callable[[T, int], Awaitable[str]] = say
        self._turn = asyncio.Lock()
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Tell what the last run of the hub did not; raises StoreError."""
        while untold := await self._store.marked(self._kind, "untold"):
            for each in untold:
                await self.tell(each.number)

    async def tell(self, number: str) -> str:
        """Tell all that is not told yet; gives the code of a new one that its operator must say. Raises StoreError."""
        code = ""
        async with self._turn:
            while (each := await self._store.get(self._kind, number)) is not None and each.told < len(each.steps):
                code = await self._say(each, each.told) or code
                try:
                    await self._store.exchange((replace(each, told=each.told + 1),), (), seen=(each,))
                except ConflictError:
                    continue  # its next step has come meanwhile: what is said already has its key
        return code

    def owe(self, number: str) -> None:
        """The same, as soon as the store lets."""
        self._tasks.spawn(self._owed(number))

    async def _owed(self, number: str) -> None:
        def failed(error: Exception, _attempt: int) -> None:
            log.warning("notification of a transition failed: retried", extra={"number": number, "why": str(error)})

        await retry(partial(self.tell, number), constant_pauses(AGAIN_S), OknoError, failed)

    async def close(self) -> None:
        await self._tasks.cancel()
