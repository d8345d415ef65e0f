"""What servers and mail programs tell of letters of ours."""

from msgspec import Struct

from hub.carriage import Delivery


class Report(Struct, frozen=True):
    """A server's word about a letter of ours."""

    original: str
    """Our Message-ID, without brackets; "" when the report does not tell."""
    state: Delivery | None
    """None while it is still being tried."""
    why: str
    """In words that an operator understands."""
    recipient: str
