"""Pages that follow a conversation by server-sent events (HTML §9.2): the browser reconnects and names its last id."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from hub.conversations.journal import StoredEvent
from hub.conversations.live_signals import Moved
from hub.intake.ports import Intake

PING_S = 25.0
"""Interval of pings: proxies close idle connections (HTML §9.2.7 advises 15 s; nginx waits for 60)."""
PING = b":\n\n"
AGAIN_MS = 2000
SLOW_S = 30.0
"""A reader who has not taken an event by then is disconnected, and reconnects for missed ones."""

Item = Callable[[StoredEvent, bool], str]
"""A record as HTML, and whether it is the last one."""
State = Callable[[Moved], str]


class EventStream:
    """One open page. It is only notified of new records and reads them itself: nothing is lost or repeated."""

    def __init__(self, conversation: int, after: int) -> None:
        self.conversation = conversation
        self._after, self._state = after, ""
        self._news = asyncio.Event()
        self._news.set()
        self._gone = False

    def tell(self) -> None:
        self._news.set()

    def hang_up(self) -> None:
        """The browser reconnects after a moment, to the next process."""
        self._gone = True
        self._news.set()

    async def follow(self, response: web.StreamResponse, intake: Intake, item: Item, state: State) -> None:
        """Write until the page is closed; raises StoreError, and ConnectionError or TimeoutError when nobody reads."""
        await _write(response, f"retry: {AGAIN_MS}\n\n".encode())
        while not self._gone:
            if await self._waited():
                self._news.clear()
                await self._catch_up(response, intake, item, state)
            else:
                await _write(response, PING)

    async def _waited(self) -> bool:
        try:
            async with asyncio.timeout(PING_S):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _catch_up(self, response: web.StreamResponse, intake: Intake, item: Item, state: State) -> None:
        records = await intake.transcript(self.conversation, self._after)
        for record in records:
            await asyncio.sleep(0)  # let others run: writing to a fast reader never waits
            await _write(response, event("message", item(record, record is records[-1]), record.id))
            self._after = record.id
        told = state(await intake.standing(self.conversation))
        if told != self._state:
            await _write(response, event("state", told))
            self._state = told


def event(kind: str, data: str, number: int = 0) -> bytes:
    """One event; its `number` returns as Last-Event-ID."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {kind}\n{f'id: {number}' + chr(10) if number else ''}{lines}\n".encode()


async def _write(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(SLOW_S):
        await response.write(data)
