"""Real nats-servers as docker/nats/ sets them up: three centres, each with its own server, linked as the levels are, by mutual TLS."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory

from nats import NATS, connect

from hub.link.jetstream import IN, OUT
from hub.link.nats import NatsSettings, _tls
from tests.peers.authority import Authority
from tests.peers.ports import await_port, free_ports

SETTINGS = Path(__file__).parents[2] / "docker/nats"
SERVER = Path(sys.executable).parent / "nats-server"
ABOVE = {"077": "001", "501": "077"}
"""Whose leaf a centre's server is."""


class Server:
    """One nats-server and its folder: it can be killed and started again."""

    def __init__(self, folder: Path, settings: Path, places: Mapping[str, str]) -> None:
        self.folder, self._settings, self._places = folder, settings, places
        self.address = places["NATS_CLIENTS"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([SERVER, "-c", self._settings], cwd=self.folder, env=environ | self._places, stdout=log, stderr=log)
        await_port(int(self.address.rpartition(":")[2]), self._process)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def log(self) -> str:
        return (self.folder / "log").read_text("utf8")


class Federation:
    """The three servers. `cables` are the ports of cables between those of `cabled` centres and the ones above them, which a test lays itself."""

    def __init__(self, folder: Path, cabled: Collection[str]) -> None:
        self.authority = Authority(folder)
        self._folder = folder
        self.clients = dict(zip(("001", "077", "501"), free_ports(3), strict=True))
        self.leaves = dict(zip(("001", "077"), free_ports(2), strict=True))
        self.cables = dict(zip(cabled, free_ports(len(cabled)), strict=True))
        self.parents = {below: self.leaves[above] for below, above in ABOVE.items()} | self.cables
        self.servers: dict[str, Server] = {}

    def start(self) -> None:
        for centre, settings in (("001", "federal"), ("077", "regional"), ("501", "municipal")):
            self.servers[centre] = self.server(centre, SETTINGS / f"{settings}.conf", self.clients[centre], self.parents.get(centre))
            self.servers[centre].start()

    def server(self, centre: str, settings: Path, port: int, parent: int | None = None) -> Server:
        """With the certificate of a centre."""
        folder = self._folder / f"{centre}-{port}"
        folder.mkdir()
        self.certificate(folder / "tls", centre)
        places = {"NATS_CLIENTS": f"127.0.0.1:{port}", "NATS_LEAVES": f"127.0.0.1:{self.leaves.get(centre, 0)}",
                  "NATS_PARENT": f"tls://127.0.0.1:{parent}"}
        return Server(folder, settings, places)

    def certificate(self, folder: Path, centre: str) -> Path:
        folder.mkdir(exist_ok=True)
        self.authority.issue(folder, named=centre)
        shutil.copy(self.authority.file, folder)
        return folder

    def settings(self, centre: str, certificate: str = "") -> NatsSettings:
        """Of a link, with its own certificate or another's."""
        tls = self._folder / f"{certificate or centre}-{self.clients[certificate or centre]}" / "tls"
        return NatsSettings(
            f"tls://127.0.0.1:{self.clients[centre]}", tuple(sorted(set(self.clients) - {centre})),
            str(tls / "cert.pem"), str(tls / "key.pem"), str(self.authority.file), beat_s=0.5)

    async def client(self, centre: str, certificate: str = "") -> NATS:
        """Somebody with a certificate, at a centre's server."""
        settings = self.settings(centre, certificate)
        return await connect(settings.server, tls=_tls(settings), allow_reconnect=False)

    async def rests(self, centre: str) -> None:
        """Wait until nothing is under way from a centre or to it."""
        client = await self.client(centre)
        for stream in (OUT, IN):
            while (await client.jetstream().stream_info(stream)).state.messages:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        await client.close()

    def pids(self) -> list[int]:
        return [server._process.pid for server in self.servers.values() if server._process]

    def stop(self) -> None:
        for server in self.servers.values():
            server.kill()


@contextmanager
def federation(*cabled: str) -> Iterator[Federation]:
    with TemporaryDirectory(prefix="okno-nats-") as folder:
        it = Federation(Path(folder), cabled)
        try:
            it.start()
            yield it
        finally:
            it.stop()
