"""What the room needs of others."""

from collections.abc import AsyncGenerator
from typing import Protocol, runtime_checkable

from hub.monitoring.channel_check import CheckStep


@runtime_checkable
class CheckableChannel(Protocol):
    """A channel whose far end can be tried; nothing of a citizen is touched by it."""

    def trial(self) -> AsyncGenerator[CheckStep, None]:
        """Step by step, while the hub carries, and before it is opened as well."""
