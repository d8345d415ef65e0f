"""The contract of all channels, by SMTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.email.mail import connect
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.contract import ChannelContract
from tests.channels.email.sender import DOMAIN, OURS, Correspondent, pumped, stopped
from tests.channels.room import Room, ValvedStore, room_with
from tests.peers.post_office import PostOffice


class TestMail(ChannelContract):
    # CH-06
    @pytest.fixture
    async def room(self, kind: type[ValvedStore], tmp_path: Path, russian: Russian, key_file: Path, office: PostOffice) -> AsyncIterator[Room]:
        await office.open()

        def connected(intake: Intake, store: Store, files: Files) -> Channel:
            settings = {"domain": DOMAIN, "address": OURS, "key_file": str(key_file), "listen": {"host": "127.0.0.1", "port": 0},
                        "relay": {"host": "127.0.0.1", "port": office.port, "tls": "none"}}
            return connect(settings, intake, store, files, limited=False)

        async with room_with(connected, kind, tmp_path, russian) as room:
            yield room

    @pytest.fixture
    async def far_end(self, room: Room, office: PostOffice) -> AsyncIterator[Correspondent]:
        pumping = await pumped(room)
        far_end = Correspondent(room, office)
        office.close()
        await far_end.come_back()
        yield far_end
        await far_end.leave()
        await stopped(pumping)
