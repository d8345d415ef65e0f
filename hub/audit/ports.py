"""What the room needs of others."""

from typing import Protocol

from hub.audit.day_seal import DaySeal


class SealStore(Protocol):
    """Where the audit's seals are kept. Blocks; raises SealedError, OSError."""

    def last(self) -> DaySeal | None: ...

    def add(self, seal: DaySeal) -> None:
        """Sign and keep it, once for ever."""

    def copy(self) -> None:
        """Bring what is new to whoever else keeps it, too."""
