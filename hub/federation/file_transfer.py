"""Transfer of files of a conversation at another centre: they follow their message in pieces requested by the receiver (0091). Pure.

a message names it ──► wanted ──► piece, piece… ──► wanted ──► … ──► complete, and scanned ──► unopened: reported if unavailable
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
"""Bytes of a piece: base64 adds a third, and an envelope has 256 KiB."""
AT_ONCE = 4
"""Pieces under way on a link."""
TERM = timedelta(days=7)
"""A file that is not complete by then is given up."""


class FileWanted(RemoteConversation, frozen=True):
    """Request of pieces; `key` is the requester's own id of the request."""

    file: str
    at_home: bool
    """Whether the request goes to the centre that handed the conversation over."""
    key: str
    numbers: tuple[int, ...]


class FilePiece(Struct, frozen=True):
    key: str
    number: int
    data: bytes


class FileWithheld(Struct, frozen=True):
    """The file is not sent."""

    key: str
    why: str
    """In words for people."""


class FileUnopened(RemoteConversation, frozen=True):
    """The file stays unavailable at the receiver."""

    file: str
    at_home: bool
    why: str


Enclosing = FileWanted | FilePiece | FileWithheld | FileUnopened
KINDS: dict[str, type[Enclosing]] = {
    "file.wanted": FileWanted, "file.piece": FilePiece, "file.withheld": FileWithheld, "file.unopened": FileUnopened}
ANSWERS = (FilePiece, FileWithheld)
"""Messages to the requester; the others go to the centre that has the file."""
_KIND_OF = {kind: name for name, kind in KINDS.items()}


class IncomingFile(Document, frozen=True, tag="coming"):
    """A file expected from another centre. The key is conversation/file, like that of its Upload."""

    key: str
    centre: str
    about: RemoteConversation
    at_home: bool
    """Whether that centre handed the conversation over; otherwise it received it."""
    attachment: Attachment
    since: datetime
    pieces: tuple[str, ...]
    """Files that hold its pieces until it is complete; "" for a missing piece."""
    whole: bool = False

    @property
    def conversation(self) -> int:
        return int(self.key.partition("/")[0])

    def lacking(self) -> tuple[int, ...]:
        """The next pieces to request."""
        return tuple(number for number, piece in enumerate(self.pieces) if not piece)[:AT_ONCE]

    def with_piece(self, number: int, name: str) -> "IncomingFile":
        return replace(self, pieces=(*self.pieces[:number], name, *self.pieces[number + 1:]))

    def fits(self, number: int, data: bytes) -> bool:
        """Whether the data can be that piece."""
        return 0 <= number < len(self.pieces) and len(data) == min(PIECE, self.attachment.size - number * PIECE)

    def labelled(self, number: int, data: bytes) -> bytes:
        """A piece as stored: its content is unique, so that deleting it deletes nothing else."""
        return _label(self.key, number) + data

    def joined(self, pieces: Sequence[bytes]) -> bytes | None:
        """The complete file from its stored pieces; None if it is not the announced one."""
        content = b"".join(piece[len(_label(self.key, number)):] for number, piece in enumerate(pieces))
        return content if sha256(content).hexdigest() == self.attachment.file else None


def coming(key: str, centre: str, about: RemoteConversation, attachment: Attachment, now: datetime, *, at_home: bool) -> IncomingFile:
    pieces = ("",) * max(-(-attachment.size // PIECE), 1)  # an empty file has one empty piece
    return IncomingFile(key, centre, about, at_home, attachment, now, pieces)


def packed(told: Enclosing, key: str, source: str, to: str, at: datetime) -> Envelope:
    """`key` distinguishes it from all others of its kind."""
    kind = _KIND_OF[type(told)]
    trace = traceparent(told.number) if isinstance(told, RemoteConversation) else ""
    return Envelope(f"{source}/{kind}/{key}", kind, source, to, at, VERSION, msgspec.json.encode(told), trace)


def _label(key: str, number: int) -> bytes:
    return f"a piece of {key}: {number}\n".encode()
