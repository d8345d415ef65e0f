"""What was said in a conversation, by whom and when. Pure.

These structs are made for every message and cannot form cycles, so the collector need not follow them (gc=False).
"""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct


class Author(StrEnum):
    CITIZEN = "citizen"
    BOT = "bot"
    OPERATOR = "operator"
    SYSTEM = "system"


BOT, CITIZEN = Author.BOT, Author.CITIZEN
"""For code that every message goes through: on Python 3.11 to look a member up in its enum takes longer than to compare it."""


class Attachment(Struct, frozen=True, gc=False):
    """A stored file: `file` is the SHA-256 of its content in hex, `type` was sniffed from the content, `size` is in bytes."""

    file: str
    name: str
    type: str
    size: int


class Source(Struct, frozen=True, gc=False):
    """The article an answer was taken from, and the day on which its text was last known to be right."""

    article: str
    title: str
    valid_from: date
    body: str = ""
    """Who answers for the text: the law or the public body it was taken from."""


class Message(Struct, frozen=True, gc=False, omit_defaults=True, tag="message"):
    """One message. `key` is the sender's own unique key: the same key is never stored twice in one conversation."""

    author: Author
    text: str
    at: datetime
    key: str = ""
    by: str = ""
    """Login of the operator who wrote it."""
    name: str = ""
    """How the author is shown to the citizen."""
    internal: bool = False
    """A note among operators: never leaves the desk."""
    choices: tuple[str, ...] = ()
    """Answers offered as buttons, menus or digits, as the channel can."""
    source: Source | None = None
    attachments: tuple[Attachment, ...] = ()
    folded: str = ""
    """Quotes and the signature, shown on demand."""
    veiled: bool = False
    """A code, or what another centre has answered: for whoever gets it, and for no desk."""
    mentions: tuple[str, ...] = ()
    """Logins of colleagues that a note speaks of."""


def whole(text: str) -> str:
    """A text whose halves of signs (lone surrogates, which JSON and UCS-2 can carry) are U+FFFD: nothing can store or show them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
