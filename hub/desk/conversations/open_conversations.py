"""The heads of all open conversations in memory, by line: lists are filtered, sorted and counted without reading the store."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator

from hub.conversations.conversation import (
    FIRST,
    Conversation,
    InQueue,
    Promised,
    WithOperator,
    WithRemoteCentre,
    due_position,
    waiting_position,
)
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation

PAGE = 1000


class OpenConversations:
    """Read once, when somebody first asks; from then on it follows the commits."""

    def __init__(self, store: Store, sequencer: ConversationSequencer) -> None:
        self._store, self._sequencer = store, sequencer
        self._lines: defaultdict[str, dict[int, Conversation]] = defaultdict(dict)
        self._line_of: dict[int, str] = {}
        self._closed: set[int] = set()
        """What closed while it was being read."""
        self._reading: asyncio.Task[None] | None = None

    async def of(self, queues: Iterable[str]) -> Iterator[Conversation]:
        """Those of these lines. Raises UnavailableStoreError."""
        if self._reading is None or (self._reading.done() and self._reading.exception() is not None):
            if self._reading is None:
                self._sequencer.on_commit.show.subscribe(self._committed)
            self._reading = asyncio.ensure_future(self._read())
        await asyncio.shield(self._reading)
        return (head for queue in queues for head in self._lines.get(queue, {}).values())

    async def _read(self) -> None:
        found = await self._store.held("")
        for read, position in ((self._waiting, waiting_position), (self._promised, due_position)):
            after = FIRST
            while page := await read(after):
                found += page
                after = position(page[-1])
        for head in found:
            if head.id not in self._line_of and head.id not in self._closed:
                self._put(head)
        self._closed.clear()

    async def _waiting(self, after: tuple[float, int]) -> list[Conversation]:
        return await self._store.waiting([], PAGE, after=after)

    async def _promised(self, after: tuple[float, int]) -> list[Conversation]:
        return await self._store.promised(after=after, limit=PAGE)

    def _committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer."""
        if change.head is None:
            return
        if (queue := self._line_of.pop(live.head.id, None)) is not None:
            self._lines[queue].pop(live.head.id, None)
        if isinstance(live.head.holder, InQueue | WithOperator | Promised | WithRemoteCentre):
            self._put(live.head)
        elif self._reading is not None and not self._reading.done():
            self._closed.add(live.head.id)

    def _put(self, head: Conversation) -> None:
        self._line_of[head.id] = head.queue
        self._lines[head.queue][head.id] = head
