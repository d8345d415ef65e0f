"""What ends when its term is over: one kind of what is kept of people, and what of it is over. Pure."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Expired(Struct, frozen=True):
    """Something whose term is over: a conversation's, or nobody's own (0). `key` is the kind's own."""

    name: str
    """For whoever reads the list."""
    at: datetime
    """Since when its term runs."""
    conversation: int = 0
    key: str = ""
    size: int = 0
    """In bytes, of files."""


class RetentionPolicy(Protocol):
    """One kind of what is kept. Both raise StoreError and OSError."""

    name: str

    def over(self) -> AsyncGenerator[Expired, None]:
        """All whose term is over now and that nobody holds back, also while some of it ends."""

    async def end(self, over: Sequence[Expired]) -> None:
        """For ever, what `over` gave since the last call: also where that is nothing more. Twice is once, and told once."""
