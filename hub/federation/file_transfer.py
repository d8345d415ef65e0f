"""Files of a conversation that is at another centre: each follows its message in pieces, which its receiver asks for (0091). Pure.

a message names it ──► wanted ──► piece, piece… ──► wanted ──► … ──► whole, and checked as any file ──► unopened: told if it is not
                         └──► withheld
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.message import Attachment
from hub.federation.envelope import Envelope
from hub.federation.handover_messages import VERSION, RemoteConversation
from hub.kernel.document import Document
from hub.kernel.trace_context import traceparent

PIECE = 128 << 10
"""Bytes of a file in one parcel: base64 makes a third more of them, and a parcel has 256 KiB."""
AT_ONCE = 4
"""So many pieces are on a line, and before whatever else goes by it."""
TERM = timedelta(days=7)
"""What is not whole by then never will be."""


class FileWanted(RemoteConversation, frozen=True):
    """The asker wants these pieces, and has them told apart by `key`, which is a name of his own."""

    file: str
    at_home: bool
    """Whether it is asked of the centre that has handed the conversation over."""
    key: str
    numbers: tuple[int, ...]


class FilePiece(Struct, frozen=True):
    key: str
    number: int
    data: bytes


class FileWithheld(Struct, frozen=True):
    """It is not given."""

    key: str
    why: str
    """In words for people."""


class FileUnopened(RemoteConversation, frozen=True):
    """It came, or need not come, and opens to nobody there."""

    file: str
    at_home: bool
    why: str


Enclosing = FileWanted | FilePiece | FileWithheld | FileUnopened
KINDS: dict[str, type[Enclosing]] = {
    "file.wanted": FileWanted, "file.piece": FilePiece, "file.withheld": FileWithheld, "file.unopened": FileUnopened}
ANSWERS = (FilePiece, FileWithheld)
"""For who asks; the others are for whom the file is asked of."""
_KIND_OF = {kind: name for name, kind in KINDS.items()}


class IncomingFile(Document, frozen=True, tag="coming"):
    """A file that another centre brings. The key is conversation/file, as that of its Upload."""

    key: str
    centre: str
    about: RemoteConversation
    at_home: bool
    """Whether that centre has handed the conversation over; else it was handed to it."""
    attachment: Attachment
    since: datetime
    pieces: tuple[str, ...]
    """Names of the files that its pieces are until it is whole; "" for one that is not here."""
    whole: bool = False

    @property
    def conversation(self) -> int:
        return int(self.key.partition("/")[0])

    def lacking(self) -> tuple[int, ...]:
        """The next pieces to be asked for."""
        return tuple(number for number, piece in enumerate(self.pieces) if not piece)[:AT_ONCE]

    def with_piece(self, number: int, name: str) -> "IncomingFile":
        return replace(self, pieces=(*self.pieces[:number], name, *self.pieces[number + 1:]))

    def fits(self, number: int, data: bytes) -> bool:
        """Whether this can be that piece."""
        return 0 <= number < len(self.pieces) and len(data) == min(PIECE, self.attachment.size - number * PIECE)

    def labelled(self, number: int, data: bytes) -> bytes:
        """A piece as it lies in the file store: no other file has this content, so that nothing else goes with it."""
        return _label(self.key, number) + data

    def joined(self, pieces: Sequence[bytes]) -> bytes | None:
        """The whole file out of all that lies there; None if it is not what was announced."""
        content = b"".join(piece[len(_label(self.key, number)):] for number, piece in enumerate(pieces))
        return content if sha256(content).hexdigest() == self.attachment.file else None


def coming(key: str, centre: str, about: RemoteConversation, attachment: Attachment, now: datetime, *, at_home: bool) -> IncomingFile:
    pieces = ("",) * max(-(-attachment.size // PIECE), 1)  # one that is empty has one, empty
    return IncomingFile(key, centre, about, at_home, attachment, now, pieces)


def packed(told: Enclosing, key: str, source: str, to: str, at: datetime) -> Envelope:
    """`key` tells it from all others of its kind."""
    kind = _KIND_OF[type(told)]
    trace = traceparent(told.number) if isinstance(told, RemoteConversation) else ""
    return Envelope(f"{source}/{kind}/{key}", kind, source, to, at, VERSION, msgspec.json.encode(told), trace)


def _label(key: str, number: int) -> bytes:
    return f"a piece of {key}: {number}\n".encode()
