"""Processes documents when the time of an index entry arrives: one timer for the next one, the rest in the order of the store."""

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
"""All documents share one entry of the deadline queue."""


async def _nothing() -> None:
    """Default for `first`: does nothing."""


class DueDocuments(Generic[D]):
    """Keeps no state in memory: what fell due while the hub was down is processed at the next start."""

    def __init__(self, store: Documents, now: Callable[[], datetime], kind: type[D], mark: str, deal: Callable[[D], Awaitable[None]],
                 first: Callable[[], Awaitable[None]] = _nothing) -> None:
        """`deal` must remove or move the index entry of the document; a document that still has it is processed again.

        `first` runs before each pass.
        """
        self._store, self._now, self._kind, self._mark, self._deal, self._first = store, now, kind, mark, deal, first
        self._agenda = DeadlineQueue(now, lambda _: self.look())
        self._turn = asyncio.Lock()
        self._tasks = BackgroundTasks()

    def look(self) -> None:
        """Process what is due now and set the timer for the next; called after each change, and by the timer."""
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
                log.warning("store unavailable: due documents are retried", extra={"kind": self._kind.__name__, "why": str(error)})
                self._agenda.put(THE_NEXT, self._now() + AGAIN)

    def _moment(self, document: Document) -> datetime:
        assert isinstance(document, Indexed)  # noqa: S101 - it was found by its mark
        return next(mark.at for mark in document.marks() if mark.name == self._mark)
