"""What one update of a messenger says, whatever messenger it came from. Pure."""

from collections.abc import Sequence

from msgspec import Struct


class RemoteFile(Struct, frozen=True):
    """A file that still lies with the carrier. `words` name its kind to people, `size` is in bytes, 0 when it was not told."""

    url: str
    name: str
    words: str
    size: int = 0


class IncomingMessage(Struct, frozen=True):
    """Something that a citizen said. `chat` is where he is answered, `key` is the carrier's own."""

    chat: int
    key: str
    text: str
    folded: str = ""
    files: tuple[RemoteFile, ...] = ()
    name: str = ""
    language: str = ""
    at: int = 0
    """When it was written, in seconds of the epoch, where that matters."""
    pressed: str = ""
    """What the carrier must be told, once it is stored, about the button that was pressed."""


class ChatClosed(Struct, frozen=True):
    """The citizen has closed his end: nothing can be written to him until he comes again."""

    chat: int


class GroupChat(Struct, frozen=True):
    """Somebody took us into a chat of many, where nobody's matters are spoken of."""

    chat: int


class TypingNow(Struct, frozen=True):
    """The citizen is writing."""

    chat: int


class ReadUpTo(Struct, frozen=True):
    """The citizen has seen everything up to a message, by the carrier's id."""

    chat: int
    message: int


Update = IncomingMessage | ChatClosed | GroupChat | TypingNow | ReadUpTo


class UnreadableError(ValueError):
    """An update that is not what its carrier describes; the text says where."""


def words_of(parts: Sequence[str]) -> str:
    """What was said and what was sent with it, one under the other, of signs that can be stored."""
    return "\n".join(clean(part) for part in parts if part)


def clean(text: str) -> str:
    """A text without halves of surrogate pairs: JSON may hold them, UTF-8 may not (RFC 8259 §8.2)."""
    return text.encode("utf8", "replace").decode("utf8")
