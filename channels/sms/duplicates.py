"""Distinguishes a redelivered incoming message from a new one with the same text.

deliver_sm has no id of its own, and «1» is a frequent message in a menu. An SMSC redelivers a message only if it may not have received
the hub's response: because its timeout expired, or because the session ended before receipt was certain. Every other equal message is
new. After a start that follows a crash the journal is asked (Inbox).
"""

from typing import Protocol

from msgspec import Struct

TIMER_S = 5.0
"""The minimum time for which SMSCs wait for an answer."""
KEPT_S = 900.0
"""How long after the end of its session a message may be redelivered."""


class Line(Protocol):
    """The part of a session needed here."""

    @property
    def confirmed(self) -> int:
        """The number of its answers that the SMSC has certainly received."""


class _Doubt(Struct):
    key: str
    line: Line
    came_at: float
    answered_at: float
    answer: int
    """The ordinal number of the answer in its session."""

    def holds(self, line: Line, came_at: float) -> bool:
        """Whether an equal message that arrived then is the same message."""
        if line is self.line:
            return self.answered_at > came_at >= self.came_at + TIMER_S
        return self.unheard(came_at)

    def unheard(self, now: float) -> bool:
        return self.line.confirmed < self.answer and now < self.answered_at + KEPT_S


class DuplicateDetector:
    """Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._known: dict[str, list[_Doubt]] = {}
        """By the digest of their messages, in order."""
        self._size, self._purge_at = 0, 1024

    def key(self, digest: str, line: Line, came_at: float) -> str:
        """The key of the message that this one repeats; "" for a new one."""
        return next((known.key for known in self._known.get(digest, ()) if known.holds(line, came_at)), "")

    def answered(self, digest: str, key: str, line: Line, came_at: float, at: float, answer: int) -> None:
        """A message was stored and acknowledged, the first or another time."""
        others = [known for known in self._known.get(digest, ()) if known.key != key]
        self._known[digest] = [*others, _Doubt(key, line, came_at, at, answer)]
        self._size += 1
        if self._size >= self._purge_at:
            self._purge(at)

    def any(self, now: float) -> bool:
        """Whether the SMSC may have missed an answer, and may redeliver its message."""
        return any(doubt.unheard(now) for known in self._known.values() for doubt in known)

    def _purge(self, now: float) -> None:
        """Drop settled entries, whenever the number of entries has doubled."""
        left = {
            digest: [doubt for doubt in known if now < doubt.answered_at + TIMER_S or doubt.unheard(now)]
            for digest, known in self._known.items()}
        self._known = {digest: known for digest, known in left.items() if known}
        self._size = sum(map(len, self._known.values()))
        self._purge_at = max(1024, 2 * self._size)
