"""A kind of personal data with a retention term, and its expired items. Pure."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Expired(Struct, frozen=True):
    """An expired item of a conversation, or of none (0). `key` identifies it within its kind."""

    name: str
    """For readers of the list."""
    at: datetime
    """Start of its term."""
    conversation: int = 0
    key: str = ""
    size: int = 0
    """Bytes of files."""


class RetentionPolicy(Protocol):
    """One kind of stored data. Both methods raise StoreError and OSError."""

    name: str

    def over(self) -> AsyncGenerator[Expired, None]:
        """All expired items without a hold; may be iterated while some are deleted."""

    async def end(self, over: Sequence[Expired]) -> None:
        """Delete permanently what `over` returned since the last call, also an empty rest. Idempotent, and reported once."""
