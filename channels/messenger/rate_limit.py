"""Rate limits of a messenger for a bot: in one chat, over all chats, and until a moment named by the server. Pure.

Each message gets its own time slot (generic cell rate algorithm), so that waiting messages do not retry all at once. Times are seconds of
a monotonic clock.
"""

from collections import OrderedDict

from msgspec import Struct


class SendRate(Struct, frozen=True):
    """Messages a second, of which `burst` may be sent at once."""

    per_s: float
    burst: int = 1


class _Line:
    """The slots of one rate."""

    __slots__ = ("_next", "_speed", "held_until")

    def __init__(self, speed: SendRate) -> None:
        self._speed, self._next, self.held_until = speed, 0.0, 0.0

    def take(self, now_s: float) -> float:
        """Reserve the next slot; returns its time."""
        at_s = max(now_s, self.held_until, self._next - (self._speed.burst - 1) / self._speed.per_s)
        self._next = max(self._next, at_s) + 1 / self._speed.per_s
        return at_s


class RateLimiter:
    def __init__(self, chat: SendRate, overall: SendRate, kept: int = 10_000) -> None:
        """`kept` is the number of chats remembered, the latest."""
        self._chat, self._kept = chat, kept
        self._overall = _Line(overall)
        self._chats: OrderedDict[str, _Line] = OrderedDict()

    def wait_s(self, chat: str, now_s: float) -> float:
        """Reserve the next slot of a chat; returns the seconds until it."""
        return max(self._line(chat).take(now_s), self._overall.take(now_s)) - now_s

    def held_s(self, chat: str, now_s: float) -> float:
        """Remaining seconds of the pause of a chat."""
        return max(0.0, self._overall.held_until - now_s, self._line(chat).held_until - now_s)

    def refused(self, chat: str, retry_after_s: float, now_s: float) -> None:
        """The messenger requested a pause of a chat (Retry-After). With a pause of another chat it applies to all."""
        until_s = now_s + retry_after_s
        if any(line.held_until > now_s for name, line in self._chats.items() if name != chat):
            self._overall.held_until = max(self._overall.held_until, until_s)
        line = self._line(chat)
        line.held_until = max(line.held_until, until_s)

    def _line(self, chat: str) -> _Line:
        line = self._chats.get(chat)
        if line is None:
            line = self._chats[chat] = _Line(self._chat)
            if len(self._chats) > self._kept:
                self._chats.popitem(last=False)
        else:
            self._chats.move_to_end(chat)
        return line
