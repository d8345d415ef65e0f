"""How the channels are: when something came in and went out last, what waits to go out, and what went wrong, in words. Pure."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from hub.kernel.errors import OknoError
from hub.kernel.signal import Signal


class Health(Struct, frozen=True):
    """A channel's own word: whether it can carry now, and in words with whom it is connected, or why it is not."""

    up: bool
    words: str = ""


class ChannelCounters:
    """What the hub has seen of one channel since it started. `on_change` is called whenever it sees something more."""

    __slots__ = ("_now", "error", "failed_at", "last_in", "last_out", "on_change", "waiting")

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.on_change = Signal[[]]()
        self.last_in: datetime | None = None
        self.last_out: datetime | None = None
        self.waiting = 0
        """Messages that were not carried yet."""
        self.error = ""
        """What went wrong last; "" when something was carried or received since."""
        self.failed_at: datetime | None = None

    def went(self) -> None:
        self.last_out, self.error = self._now(), ""
        self.on_change()

    def owes(self, messages: int) -> None:
        """So many more wait to be carried, or fewer if it is negative."""
        self.waiting += messages
        self.on_change()

    def recovered(self) -> None:
        """What went wrong is over, though nothing was carried."""
        self.error = ""
        self.on_change()

    def failed(self, error: Exception) -> None:
        self.error, self.failed_at = str(error) if isinstance(error, OknoError) else repr(error), self._now()
        self.on_change()
