"""The lines of the contract over real servers: the one between the federal and the regional centre goes by a cable."""

from contextlib import suppress
from typing import Self

from nats import NATS
from nats.js.errors import NotFoundError

from hub.link.jetstream import ASIDE, IN, OUT, SEEN
from hub.link.nats import NatsLink
from tests.link.contract import CENTRES
from tests.peers.cable import Cable
from tests.peers.nats import Federation


class OverNats:
    def __init__(self, servers: Federation) -> None:
        self.servers = servers
        self.cable = Cable(servers.leaves["001"], lines=False)
        self.cable.port = servers.cables["077"]

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
        await self.cable.put_away()

    def link(self, centre: str) -> NatsLink:
        return NatsLink(centre, self.servers.settings(centre))

    async def client(self, centre: str, certificate: str = "") -> NATS:
        return await self.servers.client(centre, certificate)

    async def cut(self) -> None:
        self.cable.take_away()

    async def mend(self) -> None:
        await self.cable.lay()
