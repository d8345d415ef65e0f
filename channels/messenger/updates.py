"""Contents of one update, common to all messengers. Pure."""

from collections.abc import Sequence

from msgspec import Struct


class RemoteFile(Struct, frozen=True):
    """A file still at the carrier. `words` is its kind for people, `size` is in bytes, 0 when unknown."""

    url: str
    name: str
    words: str
    size: int = 0


class IncomingMessage(Struct, frozen=True):
    """A message of a citizen. `chat` is the address for answers, `key` is the carrier's own."""

    chat: int
    key: str
    text: str
    folded: str = ""
    files: tuple[RemoteFile, ...] = ()
    name: str = ""
    language: str = ""
    at: int = 0
    """Time of writing in seconds of the epoch, where needed."""
    pressed: str = ""
    """Id of the pressed button, to be answered after storing."""


class ChatClosed(Struct, frozen=True):
    """The citizen closed the chat: nothing can be sent until they return."""

    chat: int


class GroupChat(Struct, frozen=True):
    """The bot was added to a group chat, where personal matters are not discussed."""

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
    """An update that does not match the carrier's description; the text says where."""


def words_of(parts: Sequence[str]) -> str:
    """Texts and attachments, one a line, without characters that cannot be stored."""
    return "\n".join(clean(part) for part in parts if part)


def clean(text: str) -> str:
    """A text without lone surrogates: JSON may contain them, UTF-8 may not (RFC 8259 §8.2)."""
    return text.encode("utf8", "replace").decode("utf8")
