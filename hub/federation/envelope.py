"""What one centre sends another over the line between them. Pure."""

from collections.abc import Container
from datetime import datetime

from msgspec import Struct


class Envelope(Struct, frozen=True):
    """What one centre sends another. `id` is unique for ever: the same one twice is one.

    `kind` says what `data`, the JSON of its struct, is: "conversation.handed". `version` is that of the kind's form: a reader takes
    one that is a version newer (unknown fields are passed over) and one that is a version older. `trace` is a W3C traceparent.
    """

    id: str
    kind: str
    source: str
    """Codes of centres, as `to`."""
    to: str
    at: datetime
    version: int
    data: bytes
    trace: str = ""


def may_tell_of(source: str, centre: str, apart: Container[str]) -> bool:
    """Whether one centre may tell of another: of those that have no deployment of their own. `apart` are those that have one."""
    return centre == source or centre not in apart
