"""What the room needs of others."""

from typing import Protocol

from hub.audit.day_seal import Seal


class Seals(Protocol):
    """Where the audit's seals are kept. Blocks; raises SealedError, OSError."""

    def last(self) -> Seal | None: ...

    def add(self, seal: Seal) -> None:
        """Sign and keep it, once for ever."""

    def copy(self) -> None:
        """Bring what is new to whoever else keeps it, too."""
