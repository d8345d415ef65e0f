"""A cable to a server that can be cut when a word passes it, and on which words can be changed for others of the same length."""

import asyncio
from contextlib import suppress

from tests.channels.line import PATIENCE_S


class Cable:
    """Everything passes in both directions, line by line as far as there are lines."""

    def __init__(self, server: int, *, lines: bool = True) -> None:
        """Without lines everything passes as it comes: TLS has none."""
        self._server_port, self._lines = server, lines
        self.port = 0
        self.cut_before: bytes | None = None
        """Cut once, before a line to the server that has this in it is passed on."""
        self.changes: dict[bytes, bytes] = {}
        """Words of the server that its client sees as others."""
        self.passed: list[bytes] = []
        """Lines to the server."""
        self.cuts = 0
        self.still = False
        """Nothing passes any more, and nobody is told."""
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def lay(self) -> "Cable":
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        self.cuts += 1
        for end in list(self._ends):
            end.transport.abort()

    def take_away(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    async def put_away(self) -> None:
        """Take it away, and wait until nobody holds on to it."""
        self.take_away()
        while self._ends:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)

    async def sees(self, word: bytes, times: int = 1) -> None:
        """Wait until so many lines with a word have passed to the server."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: sum(word in line for line in self.passed) >= times)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, far_writer}
        with suppress(OSError, asyncio.IncompleteReadError):
            await asyncio.gather(self._to_server(reader, far_writer), self._to_client(far_reader, writer))
        for end in (writer, far_writer):
            end.transport.abort()
            self._ends.discard(end)

    async def _to_server(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await (reader.readline() if self._lines else reader.read(1 << 16)):
            if self.cut_before is not None and self.cut_before in line:
                self.cut_before = None
                self.cut()
                raise ConnectionAbortedError
            if self.still:
                continue
            writer.write(line)
            async with self._news:
                self.passed.append(line)
                self._news.notify_all()
        writer.transport.abort()

    async def _to_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1 << 16):
            if self.still:
                continue
            for word, other in self.changes.items():
                piece = piece.replace(word, other)
            writer.write(piece)
        writer.transport.abort()
