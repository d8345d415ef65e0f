"""The AudioSocket protocol without sockets: bytes in, frames out (Asterisk 22, res_audiosocket.c). Pure.

A frame is one byte kind, two bytes length, and the content.
"""

from uuid import UUID

from msgspec import Struct

HANG_UP, CALL, KEY, SOUND = 0x00, 0x01, 0x03, 0x10
"""Both sides may hang up; the first frame is the call's UUID; sound is signed linear, 8000 Hz, little endian."""
RATE, FRAME_S = 8000, 0.02
FRAME_BYTES = 320
_HEAD = 3


class Frame(Struct, frozen=True, gc=False):
    kind: int
    content: bytes = b""


class Frames:
    """Parses the bytes of one connection."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def take(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete."""
        rest = self._rest
        rest += data
        frames, at = [], 0
        while len(rest) - at >= _HEAD:
            end = at + _HEAD + int.from_bytes(rest[at + 1:at + _HEAD])
            if len(rest) < end:
                break
            frames.append(Frame(rest[at], bytes(rest[at + _HEAD:end])))
            at = end
        del rest[:at]
        return frames


def frame(kind: int, content: bytes = b"") -> bytes:
    return bytes([kind]) + len(content).to_bytes(2) + content


def call_of(first: Frame) -> str:
    """The call that the first frame names; raises ValueError for another frame."""
    if first.kind != CALL:
        message = f"a frame of kind {first.kind} before the call's UUID"
        raise ValueError(message)
    return str(UUID(bytes=first.content))
