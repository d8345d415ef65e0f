"""A hub with MAX, and the double of MAX that it speaks to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from bots.russian import Russian
from channels.messenger.max import NAME, Max, connect
from hub.conversations.address import Address
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.messenger.dialogue import Dialogue, mounted
from tests.channels.room import Room, ValvedMemory, room_with
from tests.peers.max import CHAT, TOKEN, MaxDouble

SECRET = "a-secret-of-the-webhook"
HOOK = "https://hub.example.ru/max/updates"
ADDRESS = Address(NAME, str(CHAT))


class WithMax:
    """What every test of the driver has: the double, and a driver that knows where it is."""

    pushes = False
    settings: ClassVar[dict[str, Any]] = {}
    webhook: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(autouse=True)
    async def peer(self, tmp_path: Path) -> AsyncIterator[MaxDouble]:
        self.folder, self.max = tmp_path, MaxDouble()
        (tmp_path / "token").write_text(TOKEN)
        (tmp_path / "secret").write_text(SECRET)
        await self.max.start()
        yield self.max
        await self.max.stop()

    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        webhook = {"webhook": {"url": HOOK, "secret_file": str(self.folder / "secret")} | self.webhook} if self.pushes else {}
        settings = {"token_file": str(self.folder / "token"), "api": self.max.base, **webhook, "inside": ["127.0.0.0/8"], **self.settings}
        return connect(settings, intake, store, files, limited=False)

    @pytest.fixture
    async def far_end(self, peer: MaxDouble, room: Room) -> AsyncIterator[Dialogue]:
        async with mounted(room.channel) as peer.hook:
            dialogue = Dialogue(room, peer, ADDRESS, pushes=self.pushes)
            yield dialogue
            await dialogue.hang_up()


class MaxRoom(WithMax):
    """One room of the memory store, for what is no matter of the store."""

    @pytest.fixture
    async def room(self, peer: MaxDouble, tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
        async with room_with(self.connect, ValvedMemory, tmp_path, russian) as room, asyncio.timeout(30):
            yield room

    @pytest.fixture
    def driver(self, room: Room) -> Max:
        assert isinstance(room.channel, Max)
        return room.channel


