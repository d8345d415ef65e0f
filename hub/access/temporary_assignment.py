"""Operators lent to other lines for a time: what they answer meanwhile, and what is theirs again afterwards. Pure."""

from datetime import datetime, timedelta

from msgspec import Struct

from hub.kernel.errors import RefusedError

LONGEST = timedelta(days=1)
"""Whoever is needed elsewhere for longer gets other lines from his administrator."""


class TemporaryAssignment(Struct, frozen=True, omit_defaults=True):
    """Somebody answers these `lines` until a moment, instead of his own or, if he `keeps` them, besides."""

    lines: tuple[str, ...]
    own: tuple[str, ...]
    until: datetime
    at: datetime
    by: str
    keeps: bool = False

    @property
    def answers(self) -> tuple[str, ...]:
        """All lines that he answers meanwhile."""
        return tuple(dict.fromkeys((*self.own, *self.lines))) if self.keeps else self.lines


def allowed(until: datetime, now: datetime) -> None:
    """Raises RefusedError for a moment that is over, or is too far."""
    if not now < until <= now + LONGEST:
        raise RefusedError("bad_moment", "Перевести можно на время от минуты до суток.")
