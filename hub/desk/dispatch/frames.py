"""Frames of offers, presence and slow queues."""

from datetime import datetime
from typing import ClassVar

from hub.access.operator import Presence
from hub.access.permissions import Permission
from hub.desk.conversations.forms import ConversationOut
from hub.desk.live.frames import Frame


class Hello(Frame, frozen=True, tag="hello"):
    """First frame after connecting: the desk reloads its views."""

    needs: ClassVar = (Permission.ACCOUNT,)
    presence: Presence
    until: datetime | None
    """End of the wrap-up time; null without one."""


class OfferMade(Frame, frozen=True, tag="offer"):
    """Accept it by POST …/accept before `until`, or reject it. `why` is the reason as a sentence.

    Of a personal transfer `by` is the sender's name, and `note` their note.
    """

    needs: ClassVar = (Permission.SERVE,)
    conversation: ConversationOut
    until: datetime
    seconds: int
    why: str = ""
    by: str = ""
    note: str = ""


class OfferProlonged(Frame, frozen=True, tag="offer_prolonged"):
    """Its time stood while the operator was typing."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: str
    until: datetime


class Transferred(Frame, frozen=True, tag="transferred"):
    """A colleague, `by` name, has transferred it to this operator, who has no capacity for an offer of it."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: ConversationOut
    by: str
    note: str


class OfferGone(Frame, frozen=True, tag="offer_gone"):
    """how: accepted, rejected, expired, missed (in a talk: no break follows), rescinded."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: str
    how: str


class PresenceChanged(Frame, frozen=True, tag="presence"):
    """Of this operator (after an expired offer the hub sets a break) or of a colleague."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    login: str
    presence: Presence
    until: datetime | None
    """End of the wrap-up time; null without one."""


class LongWait(Frame, frozen=True, tag="wait"):
    """The wait in a queue will exceed 20 s: `predicted_s` seconds, or infinite (null) where nobody serves it."""

    needs: ClassVar = (Permission.SEE_ALL,)
    queue: str
    predicted_s: int | None
    waiting: int


class Writing(Frame, frozen=True, tag="writing", forbid_unknown_fields=True):
    """The operator types: the time of their offers stands. At most every 3 s."""

    needs: ClassVar = (Permission.SERVE,)
