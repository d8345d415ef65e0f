"""Files of conversations: what is let in, told from the content and never from the name (0092). Pure."""

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
"""Nothing that a browser would run: no HTML, no SVG, no scripts. With the endings of names, the usual one first."""
SOUNDS_AND_FILMS = frozenset({
    "audio/AMR", "audio/AMR-WB", "audio/aac", "audio/ac3", "audio/aiff", "audio/flac", "audio/mp4", "audio/mpeg", "audio/ogg",
    "audio/wav", "audio/wave", "audio/x-aiff", "audio/x-au", "audio/x-caf",
    "audio/x-flac+ogg", "audio/x-m4b", "audio/x-matroska", "audio/x-ms-wma",
    "audio/x-opus+ogg", "audio/x-speex", "audio/x-speex+ogg", "audio/x-vorbis+ogg", "audio/x-wav",
    "video/3gpp", "video/3gpp2", "video/avi", "video/dv", "video/mp4", "video/mpeg", "video/ogg", "video/quicktime", "video/webm",
    "video/x-flv", "video/x-matroska", "video/x-ms-asf", "video/x-ms-wmv", "video/x-msvideo", "video/x-ogm+ogg", "video/x-theora+ogg"})
"""What carriers bring besides; a recogniser hears the sounds among them."""
UNKNOWN = "application/octet-stream"
MEDIA_TYPE = re.compile(r"[a-z]+/[\w.+-]{1,100}", re.ASCII)
"""A type without parameters (RFC 9110 §8.3.1), which a header holds."""


FILE_LIMIT = 10 << 20
"""Bytes of a file, as long as a channel's settings name no other limit."""
MOST_FILES = 10
"""So many go with one message."""


class Upload(Document, frozen=True, tag="upload"):
    """A file of one conversation: only those who may see the conversation get it. The key is conversation/file."""

    key: str
    attachment: Attachment
    record: int = 0
    """The last record before the recorded talk that this is: whoever listens to it is noted, and its term ends. 0 for any other file."""


class Check(StrEnum):
    """How far a file is, and what a scanner makes of it."""

    CLEAN = "clean"
    WAITING = "waiting"
    """It has not looked yet."""
    INFECTED = "infected"
    UNCHECKED = "unchecked"
    """It cannot look into it: locked by a password, too large, too many in one another."""
    COMING = "coming"
    """Another centre has it, and brings it (federation/file_transfer.py)."""
    MISSING = "missing"
    """It never came."""

    @property
    def waits(self) -> bool:
        """Whether it may be opened later by itself."""
        return self in {Check.WAITING, Check.COMING}

    @property
    def told(self) -> "Check":
        """As a citizen is told: where his file was meanwhile is no concern of his."""
        return {Check.COMING: Check.WAITING, Check.MISSING: Check.UNCHECKED}.get(self, self)


class Quarantined(Document, frozen=True, tag="quarantined"):
    """A file that nobody may open, by now or for ever. The key is conversation/file.

    `found` is in the scanner's words, or says why the file is missing.
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
    """Nothing of a conversation is deleted, whatever the terms say, until somebody lifts it. The key is the conversation."""

    key: str
    at: datetime
    by: str
    why: str


def media_type(told: str) -> str:
    """A stored type as a header may have it: older versions and other centres may have stored anything."""
    return told if MEDIA_TYPE.fullmatch(told) else UNKNOWN


def named(name: str, kind: str) -> str:
    """A name that ends as its content is: what looks like a picture and is called a program is saved as a picture."""
    endings = ALLOWED.get(kind, ("",))
    if name.lower().endswith(endings):
        return name
    stem, dot, last = name.rpartition(".")
    known = any(f"{dot}{last.lower()}" in each for each in ALLOWED.values())
    return (stem if stem and known else name) + endings[0]


def key_of(conversation: int, file: str) -> str:
    return f"{conversation}/{file}"
