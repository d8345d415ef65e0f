"""What goes out by a WebSocket: frames as bytes, so that all that one turn of the event loop brings to a socket goes in one write."""

import asyncio
from collections.abc import Sequence
from struct import Struct

PING_FRAME = b"\x89\x00"
"""An empty ping (RFC 6455 §5.5.2); every browser answers it by itself."""
SLOW_BYTES = 4 << 20
"""A reader this far behind is disconnected; it comes back and asks for what it missed."""

# An unmasked, final text frame (RFC 6455 §5.2): 7 bits of length, of which 126 and 127 announce longer ones.
_SHORT = [bytes((0x81, size)) for size in range(126)]
_LONG, _LONGEST = Struct("!BBH").pack, Struct("!BBQ").pack


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping, with the bytes that it came with: 125 at most (RFC 6455 §5.5)."""
    return bytes((0x8A, len(payload))) + payload


def text_frame(payload: bytes) -> bytes:
    size = len(payload)
    if size < len(_SHORT):
        return _SHORT[size] + payload
    return (_LONG(0x81, 126, size) if size < 1 << 16 else _LONGEST(0x81, 127, size)) + payload


class WebSocketWriter:
    """The frames of one socket. Before it is open they wait."""

    def __init__(self, transport: asyncio.Transport | None = None) -> None:
        self._transport = transport
        self._frames: list[bytes] = []
        self._slow_bytes = SLOW_BYTES
        self._loop = asyncio.get_running_loop()

    def opened(self, transport: asyncio.Transport | None) -> None:
        self._transport = transport
        self.flush()

    def push(self, frame: bytes) -> None:
        """Send at the end of the loop's turn, together with all else that this turn brings."""
        if not self._frames and self._transport is not None:
            self._loop.call_soon(self.flush)
        self._frames.append(frame)

    def replay(self, frames: Sequence[bytes]) -> None:
        """What was asked for: however much it is, it makes nobody a slow reader."""
        for frame in frames:
            self.push(frame)
            self._slow_bytes += len(frame)

    def flush(self) -> None:
        if self._transport is None:
            return
        data, self._frames = b"".join(self._frames), []
        if self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > self._slow_bytes:
            self._transport.abort()
