"""Keeps the index of citizens' names and reads it."""

from contextlib import suppress

from hub.citizens.citizen_name import LONGEST, CitizenName, is_named, words_of
from hub.conversations.journal import Corrected
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import UnavailableStoreError

PAGE, PAGES = 100, 10
"""Documents read for one search: of a beginning that thousands have, the newest."""


class NameIndex:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks = BackgroundTasks()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: a name is told when a conversation opens, and may be corrected later."""
        head = live.head
        renamed = change.head is not None and any(isinstance(record.entry, Corrected) for record in change.records)
        if head.erased is None and (renamed or (change.expects == 0 and head.citizen.name)):
            self._tasks.spawn(self._put(CitizenName(str(head.id), head.citizen.name, head.opened)))

    async def _put(self, name: CitizenName) -> None:
        with suppress(UnavailableStoreError):  # found by its number and words all the same
            await self._store.put(name)

    async def find(self, text: str, limit: int) -> list[int]:
        """Ids of conversations, the newest first. Raises UnavailableStoreError."""
        words = words_of(text)
        if not words:
            return []
        rarest = max(words, key=len)[:LONGEST]
        found: list[int] = []
        last: CitizenName | None = None
        for _ in range(PAGES):
            page = await self._store.marked(CitizenName, "beginning", rarest, after=last, newest=True, limit=PAGE)
            found += [int(each.conversation) for each in page if is_named(each.name, words)]
            if len(page) < PAGE or len(found) >= limit:
                break
            last = page[-1]
        return found[:limit]

    async def close(self) -> None:
        await self._tasks.cancel()
