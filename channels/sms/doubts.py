"""Whether an incoming message is one that the SMSC brings again, or a new one that says the same.

deliver_sm has no id of its own, and «1» is said again and again in a menu. An SMSC brings a message again only if it may not
have heard our answer: because it waited too long for it, or because the session ended before it was surely heard. What comes
again for any other reason is new. After a start that follows a crash the journal is asked (Inbox).
"""

from typing import Protocol

from msgspec import Struct

TIMER_S = 5.0
"""No SMSC gives up waiting for an answer sooner."""
KEPT_S = 900.0
"""For so long a message may be brought again after its session has ended."""


class Line(Protocol):
    """A session, as far as it can be doubted."""

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
        return self.line.confirmed < self.answer and came_at < self.answered_at + KEPT_S


class Doubts:
    """Times are those of a monotonic clock."""

    def __init__(self) -> None:
        self._known: dict[str, _Doubt] = {}
        self._purge_at = 1024

    def key(self, digest: str, line: Line, came_at: float) -> str:
        """The key of the message that this one is brought again of; "" for a new one."""
        known = self._known.get(digest)
        return known.key if known is not None and known.holds(line, came_at) else ""

    def answered(self, digest: str, key: str, line: Line, came_at: float, at: float, answer: int) -> None:
        """A message was stored and acknowledged."""
        self._known[digest] = _Doubt(key, line, came_at, at, answer)
        if len(self._known) >= self._purge_at:
            self._purge(at)

    def any(self, now: float) -> bool:
        """Whether the SMSC may not have heard an answer, and may bring its message again."""
        return any(doubt.line.confirmed < doubt.answer and now < doubt.answered_at + KEPT_S for doubt in self._known.values())

    def _purge(self, now: float) -> None:
        """What can be doubted no more is forgotten, as often as as much has come as was left."""
        self._known = {
            digest: doubt for digest, doubt in self._known.items()
            if now < doubt.answered_at + TIMER_S or (doubt.line.confirmed < doubt.answer and now < doubt.answered_at + KEPT_S)}
        self._purge_at = max(1024, 2 * len(self._known))
