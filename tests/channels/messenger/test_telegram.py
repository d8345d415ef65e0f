"""Telegram keeps the contract of all channels, by long polling and by webhook (CH-05, CH-06)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.ports import Channel, Files, Intake, Store
from tests.channels.contract import ChannelContract
from tests.channels.messenger.telegram_room import Line, connected, line
from tests.channels.room import Room, ValvedStore
from tests.peers.telegram import BotApi


class TestPolling(ChannelContract):
    webhook = False

    @pytest.fixture
    async def api(self) -> AsyncIterator[BotApi]:
        async with BotApi().running() as api:
            yield api

    @pytest.fixture(autouse=True)
    def at_hand(self, api: BotApi, tmp_path: Path) -> None:
        self.api, self.folder = api, tmp_path

    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        return connected(self.folder, self.api.base, intake, store, files, webhook=self.webhook)

    @pytest.fixture
    async def far_end(self, room: Room, api: BotApi) -> AsyncIterator[Line]:
        async with line(room, api) as far_end:
            yield far_end


class TestWebhook(TestPolling):
    webhook = True
