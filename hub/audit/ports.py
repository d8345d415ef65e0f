"""Interfaces that the room needs."""

from typing import Protocol

from hub.audit.day_seal import DaySeal


class SealStore(Protocol):
    """Store of the audit's seals. Blocks; raises SealedError, OSError."""

    def last(self) -> DaySeal | None: ...

    def add(self, seal: DaySeal) -> None:
        """Sign and store a seal, permanently."""

    def copy(self) -> None:
        """Copy new seals to the second store, if there is one."""
