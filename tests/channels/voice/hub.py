"""The hub's side of a call as a test plays it: sessions come to the test, which does with them what it likes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from channels.voice.agi import Agi, Handler, Session
from tests.channels.line import PATIENCE_S

PLACES = ("incoming", "operator", "after", "called", "phone")


class Hub:
    def __init__(self) -> None:
        self._sessions: dict[str, asyncio.Queue[Session]] = {place: asyncio.Queue() for place in PLACES}
        self._finished: dict[Session, asyncio.Event] = {}
        self.agi = Agi({place: self._holding(place) for place in PLACES})

    async def at(self, place: str) -> Session:
        """The next session at a place of the dial plan."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._sessions[place].get()

    def finish(self, session: Session) -> None:
        """Let go of a call."""
        self._finished[session].set()

    def _holding(self, place: str) -> Handler:
        async def handle(session: Session) -> None:
            self._finished[session] = asyncio.Event()
            self._sessions[place].put_nowait(session)
            await self._finished[session].wait()
        return handle


@asynccontextmanager
async def hub_at(port: int) -> AsyncIterator[Hub]:
    hub = Hub()
    await hub.agi.start("127.0.0.1", port)
    try:
        yield hub
    finally:
        await hub.agi.close()
