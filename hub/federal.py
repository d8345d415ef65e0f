"""What the federal centre may do: it gives no personalised service (FD-04, D1). What is not in the table is refused.

A refusal proposes who does it: the municipal centre of the place, else the regional one, else a callback (D7).
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec.structs import replace

from hub.contacts import Citizen, masked, readable
from hub.conversation import Conversation, InQueue, Promised, WithOperator
from hub.levels import Level
from hub.operators import Operator


class Action(StrEnum):
    """What somebody at a centre may want to do for a citizen."""

    ANSWER = "answer"
    """About state services, their order, terms, documents, fees and appeal (FD-01, FD-03)."""
    LOOK_UP_BODY = "look_up_body"
    """Address, telephone, hours of a body of power (FD-02)."""
    HAND_OVER = "hand_over"
    TAKE_COMPLAINT = "take_complaint"
    """A sealed minimum, forwarded and erased (D19)."""
    PROMISE_CALLBACK = "promise_callback"
    ASK_ANONYMOUSLY = "ask_anonymously"
    """A survey without identifiers (D13)."""
    READ_STATISTICS = "read_statistics"
    RUN_CENTRE = "run_centre"
    """Accounts, knowledge, audit: the centre's own affairs, no citizen's."""
    READ_STATUS = "read_status"
    BOOK = "book"
    READ_PROFILE = "read_profile"
    KEEP_PROFILE = "keep_profile"
    SEARCH_PERSON = "search_person"
    ASK_PERSONALLY = "ask_personally"
    NOTIFY = "notify"
    """Tell somebody of his own affairs."""


FEDERAL = frozenset({
    Action.ANSWER, Action.LOOK_UP_BODY, Action.HAND_OVER, Action.TAKE_COMPLAINT, Action.PROMISE_CALLBACK, Action.ASK_ANONYMOUSLY,
    Action.READ_STATISTICS, Action.RUN_CENTRE,
})
REFUSED = "Федеральный центр не оказывает персонифицированных услуг. Передайте обращение: {centre}."
PLACELESS = "Федеральный центр не оказывает персонифицированных услуг. Укажите место услуги и передайте обращение центру этого места."
NOBODY = "Федеральный центр не оказывает персонифицированных услуг, а центра для этого места ещё нет. Оформите обратный звонок."


def granted(action: str) -> bool:
    """Default deny: an action that nobody has thought of is refused like a personalised one."""
    return action in FEDERAL


class Separation:
    """Who works at the federal level on this hub, and what is kept and shown there (SE-05)."""

    def __init__(self, own: Level, levels: Mapping[str, Level]) -> None:
        """`own` is the level of the hub's centre, `levels` those of its queues' centres."""
        self._own, self._levels = own, dict(levels)

    def concerns(self, who: Operator) -> bool:
        """Whoever serves a federal line is at the federal centre, whatever else he serves."""
        return Level.FEDERAL in {self._levels.get(queue, self._own) for queue in who.queues} or (not who.queues and self._federal)

    def kept(self, citizen: Citizen) -> Citizen:
        """What is kept of what a citizen tells of himself: no name at the federal centre."""
        return replace(citizen, name="") if self._federal else citizen

    def keeps_history(self, head: Conversation) -> bool:
        """Whether the addresses of a person and his earlier contacts are for whoever has the conversation (CH-16)."""
        return self.shows_name(head)

    def shows_name(self, head: Conversation) -> bool:
        holder = head.holder
        queue = holder.queue if isinstance(holder, InQueue | WithOperator | Promised) else ""
        return self._levels.get(queue, self._own) is not Level.FEDERAL

    def address(self, head: Conversation) -> str:
        """The citizen's number or mailbox as it is shown; masked at the federal centre."""
        return self.reason(head, readable(head.address))

    def reason(self, head: Conversation, words: str) -> str:
        """What a carrier said of a message; it may name the citizen's address."""
        return words if self.shows_name(head) else masked(words)

    @property
    def _federal(self) -> bool:
        return self._own is Level.FEDERAL
