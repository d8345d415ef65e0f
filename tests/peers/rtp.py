"""The sound of one telephone: RTP (RFC 3550) in A-law, spoken when the test says so, with all that came back.

SIPp plays a file at a moment of its scenario and keeps nothing of what it hears. Here SIPp does the signalling alone.
"""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

RATE = 8000
FRAME_S, FRAME = 0.02, 160
"""Seconds and bytes of one packet."""
PCMA = 8
"""RFC 3551 6: A-law at 8000 Hz."""
HEADER = 12
SILENCE = b"\xd5"
"""Zero in A-law (ITU-T G.711)."""
SOX_ALAW = "-t", "al", "-r", str(RATE), "-c", "1"


class Handset(asyncio.DatagramProtocol):
    """Sends silence, and what it is given to say, to whoever sends to it."""

    def __init__(self) -> None:
        self.port = 0
        self.heard = bytearray()
        """All that came, as A-law."""
        self._transport: asyncio.DatagramTransport
        self._peer: tuple[str, int] | None = None
        self._says = b""
        self._sequence = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.port = cast("asyncio.DatagramTransport", transport), transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._peer = addr
        if data[1] & 0x7F == PCMA:
            self.heard += data[HEADER:]

    def says(self, sound: Path) -> None:
        """Speak a file of any format that sox reads."""
        self._says += subprocess.run(["sox", str(sound), *SOX_ALAW, "-"], check=True, capture_output=True).stdout

    def keeps(self, path: Path, since: int = 0) -> bytes:
        """What was heard from this byte on, as the content of a WAV file at `path`."""
        alaw = path.with_suffix(".al")
        alaw.write_bytes(self.heard[since:])
        subprocess.run(["sox", *SOX_ALAW, str(alaw), "-b", "16", "-e", "signed-integer", str(path)], check=True)
        return path.read_bytes()

    async def send(self) -> None:
        """A packet every 20 ms, until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if self._peer is not None:
                self._transport.sendto(self._packet(), self._peer)
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _packet(self) -> bytes:
        said, self._says = self._says[:FRAME], self._says[FRAME:]
        number = self._sequence
        self._sequence += 1
        head = bytes([0x80, PCMA]) + (number & 0xFFFF).to_bytes(2) + (number * FRAME & 0xFFFFFFFF).to_bytes(4) + b"okno"
        return head + said.ljust(FRAME, SILENCE)


@asynccontextmanager
async def handset(address: str = "127.0.0.1") -> AsyncIterator[Handset]:
    loop = asyncio.get_running_loop()
    transport, telephone = await loop.create_datagram_endpoint(Handset, (address, 0))
    sending = asyncio.create_task(telephone.send())
    try:
        yield telephone
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        transport.close()
