"""Recordings are deleted when their term is over: the sound for ever, while the journal tells that it was there (SE-04).

What is told is stored before anything is deleted, and nothing is deleted while somebody holds the conversation back.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from hub.audit import Deed
from hub.errors import StoreError
from hub.journal import Deleted
from hub.lanes import Lanes
from hub.numbers import first_id
from hub.ports import Files, Store
from hub.uploads import Hold, Upload

log = logging.getLogger(__name__)

EVERY_S = 24 * 3600.0
PAGE = 500


class Due(Struct, frozen=True):
    """A recording whose term is over."""

    conversation: int
    number: str
    upload: Upload
    shared: bool = False
    """Another conversation has the very same file: it is only no longer this one's."""


class Retention:
    def __init__(self, lanes: Lanes, store: Store, files: Files, recordings: timedelta | None, every_s: float = EVERY_S) -> None:
        """`recordings` is how long they are kept, None for ever."""
        self._lanes, self._store, self._files, self._term, self._every_s = lanes, store, files, recordings, every_s
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once a day from now on."""
        if self._term is not None:
            self._work = asyncio.create_task(self._go_on())

    async def close(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    async def due(self) -> list[Due]:
        """All whose term is over now and that nobody holds back."""
        if self._term is None:
            return []
        oldest = first_id(self._lanes.now() - self._term)
        over = [due async for upload in self._uploads() if 0 < upload.record < oldest and (due := await self._owned(upload)) is not None]
        files, keys = {due.upload.attachment.file for due in over}, {due.upload.key for due in over}
        shared = {each.attachment.file async for each in self._uploads() if each.attachment.file in files and each.key not in keys}
        return [replace(due, shared=due.upload.attachment.file in shared) for due in over]

    async def delete(self, due: Due) -> None:
        """Tell it, then delete; what was cut off in between is told once. Raises StoreError, OSError."""
        file, now = due.upload.attachment.file, self._lanes.now()
        lane = await self._lanes.load(due.conversation)
        if not await self._told(due):
            deed = Deed(now, "", "deleted_by_term", str(due.conversation), due.upload.attachment.name)
            await self._lanes.committed_step(lane, (Deleted(now, due.upload.record, file),), deeds=(deed,))
        if not due.shared:
            await self._files.drop(file)
        await self._store.drop(Upload, due.upload.key)

    async def _go_on(self) -> None:
        while True:
            try:
                await self._round()
            except (StoreError, OSError) as error:
                log.warning("what is over is not deleted yet", extra={"why": str(error)})
            await asyncio.sleep(self._every_s)

    async def _round(self) -> None:
        over = await self.due()
        for due in over:
            await self.delete(due)
        if over:
            log.info("recordings were deleted, their term was over", extra={"recordings": len(over)})

    async def _uploads(self) -> AsyncGenerator[Upload, None]:
        after = ""
        while page := await self._store.page(Upload, after=after, limit=PAGE):
            after = page[-1].key
            for upload in page:
                yield upload

    async def _owned(self, upload: Upload) -> Due | None:
        conversation = int(upload.key.partition("/")[0])
        if await self._store.get(Hold, str(conversation)) is not None:
            return None
        head = await self._store.conversation(conversation)
        return Due(conversation, head.number, upload) if head else None

    async def _told(self, due: Due) -> bool:
        """A run that was cut off may have told it."""
        before = 0
        while page := await self._store.records(due.conversation, before=before, limit=PAGE):
            if any(isinstance(each.entry, Deleted) and each.entry.file == due.upload.attachment.file for each in page):
                return True
            before = page[0].id
            if before <= due.upload.record:
                break
        return False
