"""MAX: the contract over long polling and over a webhook, and all that a dialogue may hold, against a double of its API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.messenger.max import NAME, connect
from hub.contacts import Address
from hub.ports import Channel, Files, Intake, Store
from tests.channels.contract import ChannelContract
from tests.channels.messenger.dialogue import Dialogue, mounted
from tests.channels.room import Room
from tests.peers.max import CHAT, TOKEN, MaxDouble

SECRET = "a-secret-of-the-webhook"
HOOK = "https://hub.example.ru/max/updates"


class MaxContract(ChannelContract):
    """What both ways to get updates have in common."""

    pushes = False

    @pytest.fixture(autouse=True)
    async def peer(self) -> AsyncIterator[MaxDouble]:
        self.max = MaxDouble()
        await self.max.start()
        yield self.max
        await self.max.stop()

    @pytest.fixture(autouse=True)
    def secrets(self, tmp_path: Path) -> Path:
        self.folder = tmp_path
        (tmp_path / "token").write_text(TOKEN)
        (tmp_path / "secret").write_text(SECRET)
        return tmp_path

    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        webhook = {"webhook": {"url": HOOK, "secret_file": str(self.folder / "secret")}} if self.pushes else {}
        settings = {"token_file": str(self.folder / "token"), "api": self.max.base, **webhook}
        return connect(settings, intake, store, files, limited=False)

    @pytest.fixture
    async def far_end(self, peer: MaxDouble, room: Room) -> AsyncIterator[Dialogue]:
        async with mounted(room.channel) as peer.hook:
            dialogue = Dialogue(room, peer, Address(NAME, str(CHAT)), pushes=self.pushes)
            yield dialogue
            await dialogue.hang_up()


class TestMaxByPolling(MaxContract):
    pass


class TestMaxByWebhook(MaxContract):
    pushes = True
