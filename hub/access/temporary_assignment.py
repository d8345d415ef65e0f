"""Temporary assignment of operators to other lines, and the return to their own. Pure."""

from datetime import datetime, timedelta

from msgspec import Struct

from hub.kernel.errors import RefusedError

LONGEST = timedelta(days=1)
"""Longest assignment; for more an administrator changes the operator's lines."""


class TemporaryAssignment(Struct, frozen=True, omit_defaults=True):
    """The operator serves these `lines` until a moment, instead of their own or, with `keeps`, in addition."""

    lines: tuple[str, ...]
    own: tuple[str, ...]
    until: datetime
    at: datetime
    by: str
    keeps: bool = False

    @property
    def answers(self) -> tuple[str, ...]:
        """All lines served meanwhile."""
        return tuple(dict.fromkeys((*self.own, *self.lines))) if self.keeps else self.lines


def allowed(until: datetime, now: datetime) -> None:
    """Raises RefusedError for a moment that is past or too far in the future."""
    if not now < until <= now + LONGEST:
        raise RefusedError("bad_moment", "Перевести можно на время от минуты до суток.")
