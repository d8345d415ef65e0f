"""The frames of the chat socket. Pure: JSON text in, structs out, and back.

Errors in a client's frames become RefusedError with the code for the error frame.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.conversations.attachments import Check
from hub.conversations.message import Attachment, Author, Source

Key = Annotated[str, Meta(min_length=1, max_length=100)]
Id = Annotated[str, Meta(pattern=r"^[0-9]{1,19}$")]


class Say(Struct, frozen=True, gc=False, tag="say", forbid_unknown_fields=True):
    """A message. `key` is unique in the session: a repeated frame after a lost connection is harmless."""

    key: Key
    text: str = ""
    files: tuple[Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")], ...] = ()


class Typing(Struct, frozen=True, gc=False, tag="typing", forbid_unknown_fields=True):
    """The citizen is typing."""


class Seen(Struct, frozen=True, gc=False, tag="seen", forbid_unknown_fields=True):
    """The citizen has seen everything up to `id`."""

    id: Id


class Leave(Struct, frozen=True, gc=False, tag="leave", forbid_unknown_fields=True):
    """The citizen ends the conversation, or waits no longer; a message reopens it."""


FromCitizen = Say | Typing | Seen | Leave


class StoredFrame(Struct, frozen=True, gc=False, tag="stored"):
    """The message is on disk; sent again for a repeated key."""

    key: str
    id: str


class Said(Struct, frozen=True, gc=False, omit_defaults=True):
    """The contents of a message frame besides its id and time."""

    author: Author
    text: str
    key: str = ""
    name: str = ""
    choices: tuple[str, ...] = ()
    source: Source | None = None
    attachments: tuple[Attachment, ...] = ()
    closed: dict[str, Check] = {}
    """Attachments that cannot be opened now, with the reason."""


class FileFrame(Struct, frozen=True, gc=False, tag="file"):
    """A file's state: clean, waiting, infected, unchecked."""

    file: str
    state: Check


class MessageFrame(Said, frozen=True, gc=False, kw_only=True, tag="message"):
    """A message; the citizen's own come with their key. frame_cache.py writes this form by hand, and tests compare both."""

    id: str
    at: datetime


class StateFrame(Struct, frozen=True, gc=False, tag="state", omit_defaults=True):
    """The holder: bot, queue, operator, promised, closed or aside. `place` is the place in line, from 1.

    `left`: the citizen has ended the conversation; if they waited in a line, their place is kept until `until`. `provable`: the citizen
    can prove their identity here (POST /chat/verify) to the operator they wait for or talk to, and has not done so yet.
    """

    holder: str
    number: str
    operator: str = ""
    place: int = 0
    left: bool = False
    until: datetime | None = None
    provable: bool = False


class TypingFrame(Struct, frozen=True, gc=False, tag="typing"):
    """The operator is typing."""


class SeenFrame(Struct, frozen=True, gc=False, tag="seen"):
    """The operator has read everything up to `id`."""

    id: str


class ErrorFrame(Struct, frozen=True, gc=False, tag="error", omit_defaults=True):
    """Something was refused. codes: bad_frame, too_long, empty, too_fast, too_many_files, no_such_file, not_stored, blocked."""

    code: str
    text: str
    key: str = ""


ToCitizen = StoredFrame | MessageFrame | FileFrame | StateFrame | TypingFrame | SeenFrame | ErrorFrame
