"""Several hubs on one replica set, each a process that can be killed and started again, behind a balancer that knows only who listens."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

import aiohttp

from hub.kernel.leases import Lease
from storage.mongo.leases import leases
from tests.channels.line import PATIENCE_S
from tests.house import House, knowledge_alone
from tests.peers.mongo import Replicas, client_of
from tests.peers.ports import free_ports

LOOKS_S = 0.05


class Balancer:
    """Takes each connection to one of several ports, in turn, and to the next where nobody listens."""

    def __init__(self, chance: Random) -> None:
        self.ports: list[int] = []
        self.port = 0
        self._chance = chance
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in self._chance.sample(self.ports, len(self.ports)):
            with suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
                for source, target in ((reader, far_writer), (far_reader, writer)):
                    way = asyncio.create_task(_carry(source, target))
                    self._ways.add(way)
                    way.add_done_callback(self._ways.discard)
                return
        writer.transport.abort()


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(1 << 16):
            target.write(piece)
            await target.drain()
    target.transport.abort()


class Cluster(House):
    """`base` is the balancer's: whoever comes does not know which hub he comes to."""

    def __init__(self, folder: Path, config: Path, count: int, servers: Replicas, program: tuple[str, ...] = ()) -> None:
        """`program` is that of another build."""
        super().__init__(folder, config)
        self.servers, self.chance = servers, Random(0)
        self.hubs = [hub_of(folder / f"hub{n}", config, port) for n, port in enumerate(free_ports(count))]
        for hub in self.hubs:
            hub.program = program or hub.program
        self.balancer = Balancer(self.chance)

    async def open(self) -> None:
        await self.balancer.open()
        self.base = f"http://127.0.0.1:{self.balancer.port}"
        for hub in self.hubs:
            await self.begin_hub(hub)
        self.password = await self._first_password()

    async def _first_password(self) -> str:
        """Of whichever was the first to lead."""
        async with asyncio.timeout(PATIENCE_S):
            while not any(hub.password for hub in self.hubs):
                for hub in self.hubs:
                    hub.password = "".join(re.findall(r"пароль (\S+)", hub.said()))
                await asyncio.sleep(LOOKS_S)
        return next(hub.password for hub in self.hubs if hub.password)

    async def begin_hub(self, hub: House) -> None:
        await asyncio.to_thread(hub.start)
        self.balancer.ports = sorted({*self.balancer.ports, int(hub.base.rpartition(":")[2])})

    async def lease(self) -> Lease | None:
        with suppress(OSError):
            async with client_of(self.servers.uri) as client:
                return next(iter(await leases(client["okno"], "hub")), None)
        return None

    async def leader(self, after: int = 0) -> House:
        """The hub that has the lease, once its term is later than that."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                lease = await self.lease()
                if lease is not None and lease.term > after:
                    return next(hub for hub in self.hubs if hub.environment["OKNO_INNER"] == lease.owner.partition("/")[0])
                await asyncio.sleep(LOOKS_S)

    async def unled(self) -> None:
        """Wait until nobody has the lease."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.lease() is not None:  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(LOOKS_S)

    async def knows(self, hub: House, *, leads: bool) -> None:
        """Wait until a hub is there that leads, or knows that it does not."""
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as http:
            while True:
                async with http.get(f"{hub.base}/leads") as answer:
                    if (await answer.json())["leads"] is leads:
                        return
                await asyncio.sleep(LOOKS_S)

    def gone(self) -> None:
        for hub in self.hubs:
            if hub.alive:
                hub.tell(signal.SIGCONT)
            hub.kill()
            if hub.log.exists():
                print(hub.log.read_text(encoding="utf8")[-8000:])  # shown with the test that fails


def hub_of(folder: Path, config: Path, port: int) -> House:
    folder.mkdir()
    return House(folder, config, {"OKNO_INNER": f"127.0.0.1:{port}"})


@asynccontextmanager
async def cluster_in(folder: Path, servers: Replicas, count: int = 3, more: str = "", lease_s: float = 10,
                     program: tuple[str, ...] = (), config: Path | None = None) -> AsyncIterator[Cluster]:
    """So many hubs of a centre, by default that of the demonstration, where each question has one answer; `more` is added to its configuration.

    Beside other tests a hub may hear nothing for seconds: the lease lasts longer than is usual.
    """
    config = config or knowledge_alone(folder)
    config.write_text(f'{config.read_text(encoding="utf8")}\n[store]\nkind = "mongodb"\nuri = "{servers.uri}"\n[hubs]\nlease_s = {lease_s}\n{more}', encoding="utf8")
    cluster = Cluster(folder, config, count, servers, program)
    try:
        await cluster.open()
        yield cluster
    finally:
        cluster.gone()
        await cluster.balancer.close()
