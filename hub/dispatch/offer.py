"""Input and decisions of the router. Times are seconds since 1970, waits are seconds."""

from msgspec import Struct

from hub.conversations.assignment_reason import AssignmentReason
from hub.organisation.queue import Skills


class Waiting(Struct, frozen=True, gc=False):
    """A waiting conversation, as the router sees it."""

    conversation: int
    queue: str
    since: float
    """When the citizen began to wait; kept from queue to queue (D3)."""
    cost: int
    rings: tuple[Skills, ...] = ((),)
    """Required skills, from the best to the least sufficient; after each pause the next ring becomes valid."""
    priority_s: float = 0
    """Added to the waiting time."""
    patience_s: float = 30
    """Seconds until an offer of it expires."""
    wanted: str = ""
    """Login of the operator it was transferred to."""
    shunned: str = ""
    """Login of the operator who has just given it away: it is not offered back at once."""
    preferred: str = ""
    """Login of the citizen's last operator: offered first, if free."""
    cause: str = ""
    """Of the priority, for its reason."""
    urgent: bool = False
    """Danger to life: it goes before all others, and to an operator at capacity if nobody is free."""


class Offer(Struct, frozen=True, gc=False):
    """A temporary reservation of a waiting conversation for an operator."""

    conversation: int
    operator: str
    until: float
    why: AssignmentReason


class Lapsed(Struct, frozen=True, gc=False):
    """An expired offer; the operator is paused and the conversation is offered next."""

    conversation: int
    operator: str


def personal(login: str) -> str:
    """The line of what was transferred to one operator."""
    return f"@{login}"
