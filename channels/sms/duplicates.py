"""Distinguishes a redelivered incoming message from a new one with the same text."""

from typing import Protocol

from msgspec import Struct

TIMER_S = 5.0
"""No SMSC gives up waiting for an answer sooner."""
KEPT_S = 900.0
"""For so long a message may be brought again after its session has ended."""


class Line(Protocol):
    """A session, as far as needed for that."""

    @property
    def confirmed(self) -> int:
        """How many of its answers were surely heard."""


class _Doubt(Struct):
    key: str
    line: Line
    came_at: float
    answered_at: float
    answer: int
    """The how-manieth answer of its session it was."""

    def holds(self, line: Line, came_at: float) -> bool:
        """Whether a message of the same words that came then is the same message."""
        if line is self.line:
            return self.answered_at > came_at >= self.came_at + TIMER_S
        return self.unheard(came_at)

    def unheard(self, now: float) -> bool:
        return self.line.confirmed < self.answer and now < self.answered_at + KEPT_S


class DuplicateDetector:
    """Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._known: dict[str, list[_Doubt]] = {}
        """By what their messages say, in their order."""
        self._size, self._purge_at = 0, 1024

    def key(self, digest: str, line: Line, came_at: float) -> str:
        """The key of the message that this one is brought again of; "" for a new one."""
        return next((known.key for known in self._known.get(digest, ()) if known.holds(line, came_at)), "")

    def answered(self, digest: str, key: str, line: Line, came_at: float, at: float, answer: int) -> None:
        """A message was stored and acknowledged, for the first time or again."""
        others = [known for known in self._known.get(digest, ()) if known.key != key]
        self._known[digest] = [*others, _Doubt(key, line, came_at, at, answer)]
        self._size += 1
        if self._size >= self._purge_at:
            self._purge(at)

    def any(self, now: float) -> bool:
        """Whether the SMSC may not have heard an answer, and may bring its message again."""
        return any(doubt.unheard(now) for known in self._known.values() for doubt in known)

    def _purge(self, now: float) -> None:
        """What can be doubted no more is forgotten, as often as as much has come as was left."""
        left = {
            digest: [doubt for doubt in known if now < doubt.answered_at + TIMER_S or doubt.unheard(now)]
            for digest, known in self._known.items()}
        self._known = {digest: known for digest, known in left.items() if known}
        self._size = sum(map(len, self._known.values()))
        self._purge_at = max(1024, 2 * self._size)
