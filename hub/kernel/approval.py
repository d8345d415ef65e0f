"""Who approved what another wrote, and when. Pure."""

from datetime import datetime

from msgspec import Struct


class Approval(Struct, frozen=True):
    by: str
    """A login; "" where Okno has brought it along."""
    at: datetime
