"""What a hub and a media process say to each other. Pure.

Each message is four bytes length and MessagePack. A connection's end releases its calls: Asterisk goes on with the dial plan.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from hub.kernel.errors import OknoError

MESSAGE_BYTES = 4 << 20
"""Half a minute of speech has 480 kB."""
_HEAD = 4

M = TypeVar("M")


class MediaSettings(Struct, frozen=True):
    """`address` for Asterisk as host:port, port 0 is any; `control` is the path of the hubs' Unix socket, "" standard input."""

    address: str = "127.0.0.1:0"
    control: str = ""
    allowed: tuple[str, ...] = ("127.0.0.1", "::1")


class Expect(Struct, frozen=True, tag=True):
    """Asterisk will bring the sound of this call."""

    call: str


class Play(Struct, frozen=True, tag=True):
    """Play a WAV file after those before it. The answer is Played."""

    call: str
    part: int
    path: str


class Stop(Struct, frozen=True, tag=True):
    """Stop playing."""

    call: str


class Complete(Struct, frozen=True, tag=True):
    """What the caller has said until this pause is a whole sentence: the turn ends soon."""

    call: str
    pause: int


class Release(Struct, frozen=True, tag=True):
    """Give the call back to Asterisk."""

    call: str


class Ping(Struct, frozen=True, tag=True):
    """The answer is Pong."""


class Ready(Struct, frozen=True, tag=True):
    """The first message of a media process: the address for Asterisk, as host:port."""

    address: str


class Connected(Struct, frozen=True, tag=True):
    """Asterisk has brought the call's sound."""

    call: str


class Played(Struct, frozen=True, tag=True):
    """A file was played to its end; `why` it could not be."""

    call: str
    part: int
    why: str = ""


class Began(Struct, frozen=True, tag=True):
    """The caller has begun to speak; what was played has stopped."""

    call: str


class Paused(Struct, frozen=True, tag=True):
    """The caller pauses, and may go on: the content of a WAV file with what was said so far. The answer may be Complete."""

    call: str
    pause: int
    sound: bytes


class Uttered(Struct, frozen=True, tag=True):
    """The caller has spoken: the content of a WAV file, the same as of the last pause if no more was said."""

    call: str
    sound: bytes


class Gone(Struct, frozen=True, tag=True):
    """Asterisk has taken the call's sound away: the caller has hung up, for example."""

    call: str


class Pong(Struct, frozen=True, tag=True):
    pass


FromHub = Expect | Play | Stop | Complete | Release | Ping
FromMedia = Ready | Connected | Played | Began | Paused | Uttered | Gone | Pong


class MessageError(OknoError):
    """The other side speaks another protocol."""


class Messages(Generic[M]):
    """Parses the bytes of one direction."""

    def __init__(self, kind: object) -> None:
        self._decoder: msgspec.msgpack.Decoder[M] = msgspec.msgpack.Decoder(kind)
        self._rest = bytearray()

    def take(self, data: bytes) -> Iterator[M]:
        """The messages that these bytes complete; raises MessageError."""
        self._rest += data
        while len(self._rest) >= _HEAD:
            end = _HEAD + int.from_bytes(self._rest[:_HEAD])
            if end > MESSAGE_BYTES:
                raise MessageError("a message too long")
            if len(self._rest) < end:
                return
            content = bytes(self._rest[_HEAD:end])
            del self._rest[:end]
            try:
                yield self._decoder.decode(content)
            except msgspec.DecodeError as error:
                raise MessageError(str(error)) from error


def message(content: FromHub | FromMedia) -> bytes:
    packed = msgspec.msgpack.encode(content)
    return len(packed).to_bytes(_HEAD) + packed
