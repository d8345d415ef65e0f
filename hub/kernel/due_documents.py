"""Deals with documents when the moment of one of their marks has come: one timer for the next of them, the rest in the store's order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic

from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.document import Document
from hub.kernel.errors import OknoError
from hub.kernel.indexes import Indexed
from hub.kernel.ports import D, Documents

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=5)
TICK = timedelta(microseconds=1)
THE_NEXT = 0
"""All documents have one entry in the agenda."""


async def _nothing() -> None:
    """Most have nothing to be done first."""


class DueDocuments(Generic[D]):
    """No memory to rebuild: what was due while the hub was down is dealt with at the next start."""

    def __init__(self, store: Documents, now: Callable[[], datetime], kind: type[D], mark: str, deal: Callable[[D], Awaitable[None]],
                 first: Callable[[], Awaitable[None]] = _nothing) -> None:
        """`deal` takes the mark of what is due away, or moves it on: what has it still is dealt with once more.

        `first` is done at each look.
        """
        self._store, self._now, self._kind, self._mark, self._deal, self._first = store, now, kind, mark, deal, first
        self._agenda = DeadlineQueue(now, lambda _: self.look())
        self._turn = asyncio.Lock()
        self._tasks = BackgroundTasks()

    def look(self) -> None:
        """Deal with what is due at this moment, and set the timer for the next: after each change, and by itself."""
        self._tasks.spawn(self._look())

    async def start(self) -> None:
        await self._look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def _look(self) -> None:
        async with self._turn:
            try:
                await self._first()
                while due := await self._store.marked(self._kind, self._mark, until=self._now() + TICK):
                    for document in due:
                        await self._deal(document)
                following = await self._store.marked(self._kind, self._mark, limit=1)
                self._agenda.put(THE_NEXT, self._moment(following[0]) if following else None)
            except OknoError as error:
                log.warning("what is due waits for the store", extra={"kind": self._kind.__name__, "why": str(error)})
                self._agenda.put(THE_NEXT, self._now() + AGAIN)

    def _moment(self, document: Document) -> datetime:
        assert isinstance(document, Indexed)  # noqa: S101 - it was found by its mark
        return next(mark.at for mark in document.marks() if mark.name == self._mark)
