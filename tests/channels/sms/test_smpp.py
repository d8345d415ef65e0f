"""SMS over SMPP keeps what all channels promise, against node-smpp (CH-05)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.contract import ChannelContract
from tests.channels.room import Room
from tests.channels.sms.phone import ID_TAG, Phone, driver, pumped, smsc_settings
from tests.peers.smsc import Peer, node_smsc

pytestmark = pytest.mark.peers


class TestSmpp(ChannelContract):
    @pytest.fixture(autouse=True)
    async def peer(self, tmp_path: Path) -> AsyncIterator[Peer]:
        async with node_smsc() as self.smsc:
            self.settings: dict[str, object] = {"smscs": [smsc_settings(tmp_path, self.smsc.port)], "id_tag": ID_TAG}
            yield self.smsc

    def connect(self, intake: Intake, store: Store, files: Files) -> Channel:
        return driver(self.settings, intake, store, files)

    @pytest.fixture
    async def far_end(self, room: Room, peer: Peer) -> AsyncIterator[Phone]:
        async with pumped(room):
            await peer.hear("bound", kind="transceiver")
            yield Phone(room, peer)
