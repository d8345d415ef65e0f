"""Publishes each step of a document once and in order; the document itself counts its published steps.

A document is stored first, and its new steps are pending until they are published. The publisher gives each step its own key, so that
after a crash the rest is published at the next start, and nothing twice.
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
        """`say` publishes one step, and returns the code that an operator must read out, or ""."""
        self._store = store
        self._kind: type[T] = kind
        self._say: Callable[[T, int], Awaitable[str]] = say
        self._turn = asyncio.Lock()
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Publish what the last run of the hub did not; raises StoreError."""
        while untold := await self._store.marked(self._kind, "untold"):
            for each in untold:
                await self.tell(each.number)

    async def tell(self, number: str) -> str:
        """Publish all pending steps; returns the code of a new document, which its operator must read out. Raises StoreError."""
        code = ""
        async with self._turn:
            while (each := await self._store.get(self._kind, number)) is not None and each.told < len(each.steps):
                code = await self._say(each, each.told) or code
                try:
                    await self._store.exchange((replace(each, told=each.told + 1),), (), seen=(each,))
                except ConflictError:
                    continue  # a further step was stored meanwhile: the published one has its key already
        return code

    def owe(self, number: str) -> None:
        """The same in the background, as soon as the store is available."""
        self._tasks.spawn(self._owed(number))

    async def _owed(self, number: str) -> None:
        def failed(error: Exception, _attempt: int) -> None:
            log.warning("notification of a transition failed: retried", extra={"number": number, "why": str(error)})

        await retry(partial(self.tell, number), constant_pauses(AGAIN_S), OknoError, failed)

    async def close(self) -> None:
        await self._tasks.cancel()
