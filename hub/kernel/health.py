"""State of the channels: last message received and sent, messages waiting, last error in words. Pure."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from hub.kernel.errors import OknoError
from hub.kernel.signal import Signal


class Health(Struct, frozen=True):
    """A channel's own report: whether it can carry messages, and in words with whom it is connected or why it is not."""

    up: bool
    words: str = ""


class ChannelCounters:
    """Counters of one channel since the hub started. `on_change` is called after each change."""

    __slots__ = ("_now", "error", "failed_at", "last_in", "last_out", "on_change", "waiting")

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.on_change = Signal[[]]()
        self.last_in: datetime | None = None
        self.last_out: datetime | None = None
        self.waiting = 0
        """Messages that wait to be carried."""
        self.error = ""
        """The last error; "" after something was carried or received."""
        self.failed_at: datetime | None = None

    def went(self) -> None:
        self.last_out, self.error = self._now(), ""
        self.on_change()

    def owes(self, messages: int) -> None:
        """Add to the number of waiting messages; a negative number subtracts."""
        self.waiting += messages
        self.on_change()

    def recovered(self) -> None:
        """Clear the error although nothing was carried."""
        self.error = ""
        self.on_change()

    def failed(self, error: Exception) -> None:
        self.error, self.failed_at = str(error) if isinstance(error, OknoError) else repr(error), self._now()
        self.on_change()
