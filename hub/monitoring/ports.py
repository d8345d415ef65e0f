"""Interfaces that the room needs."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, runtime_checkable

from hub.monitoring.channel_check import CheckStep
from hub.monitoring.trunk import TrunkNow


@runtime_checkable
class CheckableChannel(Protocol):
    """A channel with a connectivity check, which touches no citizen's data."""

    def trial(self) -> AsyncGenerator[CheckStep, None]:
        """The steps, usable while the hub carries messages, and before the channel is opened."""


@runtime_checkable
class TrunkChannel(Protocol):
    """A channel with trunks of the telephone network."""

    def trunks(self) -> Sequence[TrunkNow]:
        """As they are now. Their hours, and the callers whom they refused, are stored."""
