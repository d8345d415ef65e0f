"""WebSocket frames as bytes, so that everything that one commit brought goes to a socket in one write."""

from struct import Struct

PING_FRAME = b"\x89\x00"
"""An empty ping (RFC 6455 §5.5.2); every browser answers it by itself."""

# An unmasked, final text frame (RFC 6455 §5.2): 7 bits of length, of which 126 and 127 announce longer ones.
_SHORT = [bytes((0x81, size)) for size in range(126)]
_LONG, _LONGEST = Struct("!BBH").pack, Struct("!BBQ").pack


def text_frame(payload: bytes) -> bytes:
    size = len(payload)
    if size < len(_SHORT):
        return _SHORT[size] + payload
    return (_LONG(0x81, 126, size) if size < 1 << 16 else _LONGEST(0x81, 127, size)) + payload
