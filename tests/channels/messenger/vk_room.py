"""A hub with VK, and the double of VK that it speaks to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from bots.russian import Russian
from channels.messenger.vk import NAME, Vk, connect
from hub.conversations.address import Address
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.messenger.dialogue import Dialogue, mounted
from tests.channels.room import Room, ValvedMemory, room_with
from tests.peers.vk import GROUP, IVAN, TOKEN, VkDouble

SECRET = "a-secret-of-the-calls"
HOOK = "https://hub.example.ru/vk/events"
ADDRESS = Address(NAME, str(IVAN))


class WithVk:
    """What every test of the driver has: the double, and a driver that knows where it is."""

    pushes = False
    settings: ClassVar[dict[str, Any]] = {}

    @pytest.fixture(autouse=True)
    async def peer(self, tmp_path: Path) -> AsyncIterator[VkDouble]:
        self.folder, self.vk = tmp_path, VkDouble()
        (tmp_path / "token").write_text(TOKEN)
        (tmp_path / "secret").write_text(SECRET)
        if self.pushes:
            self.vk.hook_path, self.vk.secret = "/vk/events", SECRET
        await self.vk.start()
        yield self.vk
        await self.vk.stop()

    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        callback = {"callback": {"url": HOOK, "secret_file": str(self.folder / "secret"), "confirmation": "c0nf1rm"}} if self.pushes else {}
        settings = {"token_file": str(self.folder / "token"), "group": GROUP, "api": f"{self.vk.base}/method/", **callback, "inside": ["127.0.0.0/8"], **self.settings}
        return connect(settings, intake, store, files, limited=False)

    @pytest.fixture
    async def far_end(self, peer: VkDouble, room: Room) -> AsyncIterator[Dialogue]:
        async with mounted(room.channel) as peer.hook:
            dialogue = Dialogue(room, peer, ADDRESS, pushes=self.pushes)
            yield dialogue
            await dialogue.hang_up()


class VkRoom(WithVk):
    """One room of the memory store, for what is no matter of the store."""

    @pytest.fixture
    async def room(self, peer: VkDouble, tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
        async with room_with(self.connect, ValvedMemory, tmp_path, russian) as room, asyncio.timeout(30):
            yield room

    @pytest.fixture
    def driver(self, room: Room) -> Vk:
        assert isinstance(room.channel, Vk)
        return room.channel
