"""What the router is told of, and what it decides. Times are seconds since 1970, waits are seconds."""

from msgspec import Struct

from hub.conversations.assignment_reason import AssignmentReason
from hub.organisation.skills import Skills


class Waiting(Struct, frozen=True, gc=False):
    """A conversation that waits for an operator, as the router sees it."""

    conversation: int
    queue: str
    since: float
    """When the citizen began to wait; goes along from queue to queue (D3)."""
    cost: int
    rings: tuple[Skills, ...] = ((),)
    """What it needs of an operator, from the best to the least that will do; one ring more comes into force after each pause."""
    priority_s: float = 0
    """Counts as if it had waited so much longer."""
    patience_s: float = 30
    """How long an offer of it may be left unanswered."""
    wanted: str = ""
    """Login of the colleague it was transferred to."""
    shunned: str = ""
    """Login of whoever has just given it away: it does not come straight back to him."""
    preferred: str = ""
    """Login of whoever served the citizen lately: he is asked first, if he is free."""
    urgent: bool = False
    """Life is in danger: it goes before all others, and to somebody who is full if nobody is free."""


class Offer(Struct, frozen=True, gc=False):
    """A reservation of a waiting conversation for an operator, until it runs out."""

    conversation: int
    operator: str
    until: float
    why: AssignmentReason


class Lapsed(Struct, frozen=True, gc=False):
    """An offer that ran out; the operator is paused and the conversation is the next to be offered."""

    conversation: int
    operator: str
