"""Files that citizens attach: what is let in, told from the content and never from the name."""

from msgspec import Struct

from hub.message import Attachment

ALLOWED = {
    "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.text",
}
"""Nothing that a browser would run: no HTML, no SVG, no scripts."""


class Upload(Struct, frozen=True, tag="upload"):
    """A file of one conversation: only those who may see the conversation get it. The key is conversation/file."""

    key: str
    attachment: Attachment
    recorded: bool = False
    """A talk: whoever listens to it is noted."""


def key_of(conversation: int, file: str) -> str:
    return f"{conversation}/{file}"
