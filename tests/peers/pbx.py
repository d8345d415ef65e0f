"""Asterisk's side of FastAGI by hand: what the real one does seldom, when a test needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.channels.line import PATIENCE_S

GREETING = (b"agi_network: yes\nagi_network_script: incoming\nagi_request: agi://127.0.0.1/incoming\nagi_channel: PJSIP/trunk-00000001\n"
            b"agi_uniqueid: 1795621305.1\nagi_callerid: 79990001122\nagi_extension: 88001002030\n\n")


class Pbx:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, content: bytes) -> None:
        self._writer.write(content)

    async def asked(self) -> str:
        """The next command."""
        async with asyncio.timeout(PATIENCE_S):
            return (await self._reader.readline()).decode().rstrip("\n")

    async def let_go(self) -> bytes:
        """Wait until the hub closes; what it said before."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._reader.read()
        except ConnectionError:
            return b""

    def hang_up(self) -> None:
        self._writer.close()

    def die(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def pbx(port: int, greeting: bytes = GREETING) -> AsyncIterator[Pbx]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(greeting)
    try:
        yield Pbx(reader, writer)
    finally:
        writer.close()
