"""A citizen's end of a messenger, by a double of its carrier, for the contract of all channels."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import pytest
from aiohttp import web

from channels.intake import pump
from hub.conversations.address import Address
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import CarryingChannel
from hub.kernel.errors import StoreError
from okno.rooms.http import Mounted
from tests.channels.line import PATIENCE_S
from tests.channels.room import Room
from tests.peers.double import Double


class Messenger(Protocol):
    """What a double of a messenger tells beside what every double does."""

    acknowledged: list[str]
    refusals: list[tuple[str, int]]

    async def says(self, key: str, text: str) -> None: ...

    @property
    def spoken(self) -> list[str]: ...


class Dialogue:
    """tests.channels.contract.FarEnd. `pushes` is whether the carrier calls, or waits to be asked."""

    def __init__(self, room: Room, peer: Double, address: Address, *, pushes: bool) -> None:
        assert isinstance(room.channel, CarryingChannel)
        self.room, self.peer, self.channel, self.address, self._pushes = room, peer, room.channel, address, pushes
        self.conversation = 0
        self._pumping: asyncio.Task[None] | None = None

    @property
    def messenger(self) -> Messenger:
        messenger: Messenger = self.peer  # type: ignore[assignment]  # each double of a messenger is one
        return messenger

    def take_in(self) -> None:
        """What the hub does all the time."""
        if self._pumping is None or self._pumping.done():
            self._pumping = asyncio.create_task(pump(self.channel, self.room.intake))

    async def say(self, key: str, text: str) -> None:
        self.take_in()
        await self.messenger.says(key, text)

    async def acknowledged(self, key: str) -> None:
        await self.peer.until(lambda: key in self.messenger.acknowledged)
        self.messenger.acknowledged.remove(key)
        if not self.conversation:
            self.conversation = await self.number()

    async def number(self) -> int:
        head = await self.room.intake.find(self.address)
        assert head is not None
        return head.id

    async def refused(self, key: str) -> None:
        if self._pushes:
            await self.peer.until(lambda: any(refused == key for refused, _ in self.messenger.refusals))
            self.messenger.refusals.clear()
        else:
            await self.broke_off()
        assert key not in self.messenger.acknowledged

    async def broke_off(self) -> None:
        """The pump ends with what the store said."""
        assert self._pumping is not None
        with pytest.raises(StoreError):
            async with asyncio.timeout(PATIENCE_S):
                await self._pumping

    async def nothing_came(self) -> bool:
        # Whatever the event loop has to do is done after some turns: nothing here waits for a clock.
        for _ in range(50):
            await asyncio.sleep(0)
        return not self.messenger.acknowledged

    async def hears(self, text: str) -> None:
        await self.peer.until(lambda: any(text in spoken for spoken in self.messenger.spoken))

    async def leave(self) -> None:
        await self.peer.go_away()

    async def come_back(self) -> None:
        await self.peer.come_back()

    def heard(self) -> list[str]:
        return self.messenger.spoken

    async def hang_up(self) -> None:
        if self._pumping is not None:
            self._pumping.cancel()
            await asyncio.gather(self._pumping, return_exceptions=True)

    async def records(self) -> list[StoredEvent]:
        return await self.room.store.records(await self.number(), limit=10_000)

    async def messages(self, author: Author) -> list[Message]:
        return [record.entry for record in await self.records() if isinstance(record.entry, Message) and record.entry.author is author]


@asynccontextmanager
async def mounted(channel: object) -> AsyncIterator[str]:
    """The routes of a channel on a server; gives its address."""
    assert isinstance(channel, Mounted)
    application = web.Application()
    application.add_routes(channel.routes())
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield "http://{}:{}".format(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()
