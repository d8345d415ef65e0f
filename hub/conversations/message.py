"""Messages of a conversation. Pure.

These structs are made for every message and cannot form cycles, so the garbage collector need not track them (gc=False).
"""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

MOST_COPIES = 20
"""Mailboxes that may get a copy of a message."""


class Author(StrEnum):
    CITIZEN = "citizen"
    BOT = "bot"
    OPERATOR = "operator"
    SYSTEM = "system"


BOT, CITIZEN = Author.BOT, Author.CITIZEN
"""For hot paths: on Python 3.11 an attribute lookup in an enum takes longer than the comparison."""


class Attachment(Struct, frozen=True, gc=False):
    """A stored file: `file` is the SHA-256 of its content in hex, `type` is detected from the content, `size` is in bytes."""

    file: str
    name: str
    type: str
    size: int


class Source(Struct, frozen=True, gc=False):
    """The article that an answer was taken from, and the day on which its text was last verified."""

    article: str
    title: str
    valid_from: date
    body: str = ""
    """Authority of the text: the law or the public body it was taken from."""


class Message(Struct, frozen=True, gc=False, omit_defaults=True, tag="message"):
    """One message. `key` is the sender's own unique key: it is stored only once in a conversation."""

    author: Author
    text: str
    at: datetime
    key: str = ""
    by: str = ""
    """Login of the operator who wrote it."""
    name: str = ""
    """The author's name as shown to the citizen."""
    internal: bool = False
    """A note among operators: never leaves the desk."""
    choices: tuple[str, ...] = ()
    """Answers offered as buttons, menus or digits, depending on the channel."""
    source: Source | None = None
    attachments: tuple[Attachment, ...] = ()
    folded: str = ""
    """Quotes and the signature, shown on request."""
    veiled: bool = False
    """A code, or an answer of another centre: shown to its recipient only, on no desk."""
    mentions: tuple[str, ...] = ()
    """Logins of colleagues mentioned in a note."""
    cc: tuple[str, ...] = ()
    """Mailboxes that have it, too: of a citizen's letter all others that it names, of a reply those that get a copy."""
    original: Attachment | None = None
    """The letter as it came, where its text was converted; not kept of a message with redacted secrets."""

    @property
    def files(self) -> tuple[Attachment, ...]:
        """All stored files of the message."""
        return (*self.attachments, self.original) if self.original else self.attachments


def whole(text: str) -> str:
    """Replaces lone surrogates (which JSON and UCS-2 can carry) by U+FFFD: they can be neither stored nor shown."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
