"""Attachments: the accepted types, recognised from the content and never from the name (0092). Pure."""

import re
from datetime import datetime
from enum import StrEnum

from hub.conversations.message import Attachment
from hub.kernel.document import Document

ALLOWED = {
    "image/png": (".png",), "image/jpeg": (".jpg", ".jpeg", ".jfif"), "image/gif": (".gif",), "image/webp": (".webp",),
    "application/pdf": (".pdf",), "text/plain": (".txt", ".csv", ".log", ".md"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.oasis.opendocument.text": (".odt",),
}
"""Nothing that a browser would execute: no HTML, no SVG, no scripts. With file extensions, the usual one first."""
SOUNDS_AND_FILMS = frozenset({
    "audio/AMR", "audio/AMR-WB", "audio/aac", "audio/ac3", "audio/aiff", "audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg",
    "audio/wav", "audio/wave", "audio/x-aiff", "audio/x-au", "audio/x-caf",
    "audio/x-flac+ogg", "audio/x-m4b", "audio/x-matroska", "audio/x-ms-wma",
    "audio/x-opus+ogg", "audio/x-speex", "audio/x-speex+ogg", "audio/x-vorbis+ogg", "audio/x-wav",
    "video/3gpp", "video/3gpp2", "video/avi", "video/dv", "video/mp4", "video/mpeg", "video/ogg", "video/quicktime", "video/webm",
    "video/x-flv", "video/x-matroska", "video/x-ms-asf", "video/x-ms-wmv", "video/x-msvideo", "video/x-ogm+ogg", "video/x-theora+ogg"})
"""Further types that carriers bring; sounds are among the input of speech recognition."""
UNKNOWN = "application/octet-stream"
MEDIA_TYPE = re.compile(r"[a-z]+/[\w.+-]{1,100}", re.ASCII)
"""A type without parameters (RFC 9110 §8.3.1), safe in a header."""


FILE_LIMIT = 10 << 20
"""Bytes of a file, unless a channel's settings set another limit."""
MOST_FILES = 10
"""Most files of one message."""


class Upload(Document, frozen=True, tag="upload"):
    """A file of one conversation: available to those who may see the conversation. The key is conversation/file."""

    key: str
    attachment: Attachment
    record: int = 0
    """For a recorded talk the last record before it: listening is logged, and the recording has its own retention. 0 for any other
    file.
    """


class FileLink(Document, frozen=True, tag="file_link"):
    """A link to a file of a conversation, which opens it without sign-in `until` a moment. The key is record/number of the file."""

    key: str
    conversation: int
    file: str
    secret: str
    until: datetime


class Check(StrEnum):
    """State of a file, and the scanner's result."""

    CLEAN = "clean"
    WAITING = "waiting"
    """Not scanned yet."""
    INFECTED = "infected"
    UNCHECKED = "unchecked"
    """The scanner cannot read it: encrypted, too large, nested too deep."""
    COMING = "coming"
    """Another centre has it and sends it (federation/file_transfer.py)."""
    MISSING = "missing"
    """It never arrived."""

    @property
    def waits(self) -> bool:
        """Whether it may become available later."""
        return self in {Check.WAITING, Check.COMING}

    @property
    def told(self) -> "Check":
        """The state as a citizen sees it: transfers between centres are not shown."""
        return {Check.COMING: Check.WAITING, Check.MISSING: Check.UNCHECKED}.get(self, self)


class Quarantined(Document, frozen=True, tag="quarantined"):
    """A file that cannot be opened, temporarily or permanently. The key is conversation/file.

    `found` is the scanner's text, or says why the file is missing.
    """

    key: str
    at: datetime
    state: Check = Check.WAITING
    found: str = ""

    @property
    def conversation(self) -> int:
        return int(self.key.partition("/")[0])

    @property
    def file(self) -> str:
        return self.key.partition("/")[2]


class Hold(Document, frozen=True, tag="hold"):
    """Legal hold: nothing of a conversation is deleted, whatever its retention, until it is lifted. The key is the conversation."""

    key: str
    at: datetime
    by: str
    why: str


def media_type(told: str) -> str:
    """A stored type in a form safe for a header: older versions and other centres may have stored anything."""
    return told if MEDIA_TYPE.fullmatch(told) else UNKNOWN


def named(name: str, kind: str) -> str:
    """The name with the extension of its content: an image named as a program is saved as an image."""
    endings = ALLOWED.get(kind, ("",))
    if name.lower().endswith(endings):
        return name
    stem, dot, last = name.rpartition(".")
    known = any(f"{dot}{last.lower()}" in each for each in ALLOWED.values())
    return (stem if stem and known else name) + endings[0]


def key_of(conversation: int, file: str) -> str:
    return f"{conversation}/{file}"
