"""What the router is told of, and what it decides."""

from datetime import datetime

from msgspec import Struct


class Offer(Struct, frozen=True):
    """A reservation of a waiting conversation for an operator."""

    conversation: int
    operator: str
    until: datetime


class Lapsed(Struct, frozen=True):
    """An offer that ran out; the operator is paused and the conversation is the next to be offered."""

    conversation: int
    operator: str


class Waiting(Struct, frozen=True):
    """A conversation that waits for an operator, as the router sees it."""

    conversation: int
    queue: str
    since: datetime
    cost: int
    wanted: str = ""
    """Login of the colleague it was transferred to."""
    shunned: str = ""
    """Login of whoever has just given it away: it does not come straight back to him."""
