"""Interfaces that the room needs."""

from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from hub.monitoring.channel_check import CheckStep


@runtime_checkable
class CheckableChannel(Protocol):
    """A channel with a connectivity check, which touches no citizen's data."""

    def trial(self) -> AsyncGenerator[CheckStep, None]:
        """The steps, usable while the hub carries messages, and before the channel is opened."""
