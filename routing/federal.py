"""What the federal centre may do: it gives no personalised service (FD-04, D1). What is not in the table is refused.

A refusal proposes who does it: the municipal centre of the place, else the regional one, else a callback (D7).
"""

from enum import StrEnum

from msgspec import Struct

from routing.journey import Area, Station
from routing.reasons import Party


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
    READ_STATUS = "read_status"
    BOOK = "book"
    READ_PROFILE = "read_profile"
    KEEP_PROFILE = "keep_profile"
    SEARCH_PERSON = "search_person"
    ASK_PERSONALLY = "ask_personally"


FEDERAL = frozenset({
    Action.ANSWER, Action.LOOK_UP_BODY, Action.HAND_OVER, Action.TAKE_COMPLAINT, Action.PROMISE_CALLBACK, Action.ASK_ANONYMOUSLY,
    Action.READ_STATISTICS,
})
REFUSED = "Федеральный центр не оказывает персонифицированных услуг. Передайте обращение: {centre}."
NOBODY = "Федеральный центр не оказывает персонифицированных услуг, а центра для этого места ещё нет. Оформите обратный звонок."


class Granted(Struct, frozen=True):
    action: Action


class Proposal(Struct, frozen=True):
    """Refused (403). `centre` is who does it; None: nobody yet, promise a callback."""

    why: str
    centre: Station | None


def federal_may(action: str, area: Area) -> Granted | Proposal:
    """Default deny: an action that nobody has thought of is refused like a personalised one."""
    if action in FEDERAL:
        return Granted(Action(action))
    centre = area.station(Party.MUNICIPAL) or area.station(Party.REGIONAL)
    return Proposal(REFUSED.format(centre=centre.centre), centre) if centre else Proposal(NOBODY, None)
