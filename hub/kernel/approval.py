"""Approval of one person's text by another person. Pure."""

from datetime import datetime

from msgspec import Struct


class Approval(Struct, frozen=True):
    by: str
    """A login; "" for texts that are shipped with Okno."""
    at: datetime
