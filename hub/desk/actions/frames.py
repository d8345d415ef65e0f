"""Frames of an operator's own work: mentions, promises, clocks of talks, scripts."""

from datetime import datetime
from typing import ClassVar

from hub.access.permissions import Permission
from hub.conversations.talk_clocks import ClockStage
from hub.desk.conversations.forms import ConversationOut
from hub.desk.live.frames import Frame


class Mentioned(Frame, frozen=True, tag="mentioned"):
    """A note speaks of one, and one has not read it; at desks that open later, too."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: ConversationOut
    by_name: str
    at: datetime


class PromiseAlarm(Frame, frozen=True, tag="alarm"):
    """So many per cent of a promise's time are over; at 100 it is broken."""

    needs: ClassVar = (Permission.PROMISE, Permission.SEE_ALL)
    conversation: str
    number: str
    percent: int
    due: datetime


class WalkChanged(Frame, frozen=True, tag="walk"):
    """A script of an open conversation was begun or walked, and has so many moves now; null: it was given up. Ask again for the walks."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    walk: str
    moves: int | None


class TalkStage(Frame, frozen=True, tag="stage"):
    """`prompt`: 8 minutes of a talk are over; `decide`: 10 are, so close it or promise the answer. Nothing cuts it off."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: str
    stage: ClockStage
