"""The lines of the contract over real servers: the one between the federal and the regional centre goes by a cable."""

import asyncio
from contextlib import suppress
from typing import Self

import nats
from nats.js.errors import NotFoundError

from hub.link.jetstream import ASIDE, IN, OUT, SEEN
from hub.link.nats import NatsLink, _tls
from tests.link.contract import CENTRES
from tests.peers.cable import Cable
from tests.peers.nats import Federation


class OverNats:
    def __init__(self, servers: Federation) -> None:
        self.servers = servers
        self.cable = Cable(servers.leaves["001"], lines=False)
        self.cable.port = servers.cabled

    async def __aenter__(self) -> Self:
        """Nothing is left of what was sent before."""
        for centre in CENTRES:
            client = await self.client(centre)
            for stream in (OUT, IN, SEEN, ASIDE):
                with suppress(NotFoundError):
                    await client.jetstream().delete_stream(stream)
            await client.close()
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()
        while self.cable._ends:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)

    def link(self, centre: str) -> NatsLink:
        return NatsLink(centre, self.servers.settings(centre))

    async def client(self, centre: str, certificate: str = "") -> nats.NATS:
        """Somebody with a certificate, at a centre's server."""
        settings = self.servers.settings(centre, certificate)
        return await nats.connect(settings.server, tls=_tls(settings), allow_reconnect=False)

    async def cut(self) -> None:
        self.cable.take_away()

    async def mend(self) -> None:
        await self.cable.lay()
