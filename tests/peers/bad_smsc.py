"""Far ends of SMPP that no SMSC in its right mind is: they hold a connection in a way that hurts, as a test tells them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from channels.sms.pdu import HEADER, RESPONSE, Command, packed

BINDS = {Command.BIND_TRANSCEIVER, Command.BIND_RECEIVER, Command.BIND_TRANSMITTER}
Manner = Callable[["Link"], Awaitable[None]]
"""What it does with a link that is bound, and then instead of listening."""


def message(content: bytes, *, source: bytes = b"79161234567", esm_class: int = 0, tlvs: bytes = b"") -> bytes:
    """A deliver_sm from a citizen."""
    body = b"\0\1\1%b\0\0\1%b\0%c\0\0\0\0\0\0\0\0%c%b" % (source, b"7788", esm_class, len(content), content)
    return packed(Command.DELIVER_SM, 1, body + tlvs)


class Link:
    """A connection of the hub's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, submitted: list[bytes]) -> None:
        self.reader, self.writer, self.submitted = reader, writer, submitted
        self.status = 0
        """Of the last PDU that came."""

    async def pdu(self) -> tuple[int, int, bytes]:
        """Command, sequence and body of the next one."""
        length, command, self.status, sequence = HEADER.unpack(await self.reader.readexactly(HEADER.size))
        return command, sequence, await self.reader.readexactly(length - HEADER.size)

    async def bound(self) -> None:
        command, sequence, _ = await self.pdu()
        assert command in BINDS
        self.writer.write(packed(command | RESPONSE, sequence, b"bad\0"))

    async def dribble(self, octets: bytes, pause_s: float) -> None:
        for octet in octets:
            self.writer.write(bytes([octet]))
            await asyncio.sleep(pause_s)

    async def bring(self, content: bytes) -> int:
        """A message that is brought; the status of its answer."""
        self.writer.write(message(content))
        while (told := await self.pdu())[0] != Command.DELIVER_SM | RESPONSE:
            self.answer(told)
        return self.status

    def answer(self, told: tuple[int, int, bytes]) -> None:
        command, sequence, body = told
        if command == Command.SUBMIT_SM:
            self.submitted.append(body)
        if not command & RESPONSE:
            self.writer.write(packed(command | RESPONSE, sequence, f"{len(self.submitted)}\0".encode() if command == Command.SUBMIT_SM else b""))

    async def listens(self) -> None:
        """Answers as an SMSC does, until the hub leaves."""
        while True:
            self.answer(await self.pdu())


class BadSmsc:
    """Each connection has a manner of its own, in their order; `then` is that of all others."""

    def __init__(self, manners: Sequence[Manner], then: Manner) -> None:
        self.port = 0
        self._manners, self._then = deque(manners), then
        self.submitted: list[bytes] = []
        """Bodies of submit_sm, each answered."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(reader, writer, self.submitted)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await (self._manners.popleft() if self._manners else self._then)(link)
        finally:
            writer.transport.abort()


async def well(link: Link) -> None:
    """As an SMSC should be."""
    await link.bound()
    await link.listens()


@asynccontextmanager
async def bad_smsc(*manners: Manner, then: Manner = well) -> AsyncIterator[BadSmsc]:
    far = BadSmsc(manners, then)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            serving.add(task)
        await far.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    far.port = server.sockets[0].getsockname()[1]
    try:
        yield far
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
