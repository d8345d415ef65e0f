"""Priority of a waiting conversation: its cause, and the seconds of waiting that it counts for. Pure.

Only danger to life goes before all. Every other priority is finite: whoever has waited so much longer goes first, so nobody starves.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from hub.conversations.assignment_reason import URGENT_S, PriorityCause
from hub.conversations.callback_promise import at_risk
from hub.conversations.conversation import Conversation, InQueue

MOST_S = 3600
"""Most seconds of any priority but danger."""
PROMISE_S, PERSONAL_S, RETURNED_S = 1800.0, 900.0, 300.0
"""An answer that is nearly due or overdue; a transfer to this colleague; a citizen whose talk broke off, or who returns within hours."""


class PriorityRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A centre's own rule: which conversations count as having waited longer."""

    title: Annotated[str, Meta(min_length=1, max_length=60)]
    """Shown to operators: «Участник СВО»."""
    wait_s: Annotated[float, Meta(gt=0, le=MOST_S)]
    topics: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    """Each list is a condition; an empty one is none."""

    def covers(self, head: Conversation, queue: str) -> bool:
        return all(not wanted or has in wanted for wanted, has in (
            (self.topics, head.topic), (self.channels, head.address.channel), (self.queues, queue)))


class Patience(Struct, frozen=True):
    """Time limits of offers, and how long the last operator is preferred."""

    offer_s: float = 30
    """Seconds until an offer expires."""
    call_s: float = 15
    """The same for a call."""
    reconnect_s: float = 60
    """After a restart: an operator who does not return gives their conversations back."""
    last_operator_h: float = 4
    """A returning citizen is offered first to the operator of the last talk."""
    refusal_s: float = 30
    """After a refusal the same operator may be offered it again."""
    rules: tuple[PriorityRule, ...] = ()


class Priority(Struct, frozen=True, gc=False):
    cause: PriorityCause
    wait_s: float
    title: str = ""
    """Of a centre's rule."""


def priority_of(head: Conversation, now: datetime, remembered: timedelta, rules: Sequence[PriorityRule] = ()) -> Priority | None:
    """The highest priority of a conversation that waits; None for an ordinary one. A citizen counts as returning while `remembered`."""
    holder = head.holder
    if not isinstance(holder, InQueue):
        return None
    if head.danger is not None:
        return Priority(PriorityCause.DANGER, URGENT_S)
    found = [Priority(PriorityCause.RULE, rule.wait_s, rule.title) for rule in rules if rule.covers(head, holder.queue)]
    if head.lead is not None:
        found.append(Priority(PriorityCause.RULE, head.lead.wait_s, head.lead.title))
    if head.promise is not None and at_risk(head.promise):
        found.append(Priority(PriorityCause.PROMISE, PROMISE_S))
    if holder.wanted:
        found.append(Priority(PriorityCause.PERSONAL, PERSONAL_S))
    elif holder.talked_since is not None or (head.served is not None and now - head.served <= remembered):
        found.append(Priority(PriorityCause.RETURNED, RETURNED_S))
    return max(found, key=lambda each: each.wait_s, default=None)
