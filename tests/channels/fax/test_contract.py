"""The contract of all channels, by fax: every message is a page that is drawn, and read by tesseract (CH-02, CH-06)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.contract import ChannelContract, FarEnd
from tests.channels.fax.far import FaxMachine, driver, fax_machine, idle
from tests.channels.room import Room
from tests.peers.manager import Manager, manager

pytestmark = pytest.mark.peers

HEADING = "Факс, 1 стр. Распознано неуверенно: сверьтесь с изображением."


class TestFax(ChannelContract):
    # CH-06
    parts = 3
    patience_s = 120.0

    @pytest.fixture(autouse=True)
    async def far(self, tmp_path: Path) -> AsyncIterator[Manager]:
        async with manager() as running:
            idle(running)
            self.folder, self.port = tmp_path, running.port
            yield running

    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        return driver(self.folder, self.port, intake, store, files)

    @pytest.fixture
    async def far_end(self, room: Room, far: Manager, tmp_path: Path) -> AsyncIterator[FaxMachine]:
        async with fax_machine(room, far, tmp_path) as machine:
            yield machine

    async def said(self, room: Room, far_end: FarEnd) -> list[str]:
        return [text.removeprefix(HEADING).strip() for text in await super().said(room, far_end)]
