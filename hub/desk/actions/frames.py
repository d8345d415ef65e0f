"""Frames of an operator's own work: mentions, promises, clocks of talks, scripts."""

from datetime import datetime
from typing import ClassVar

from hub.access.permissions import Permission
from hub.actions.follow import News
from hub.actions.later_reply import Stopped
from hub.conversations.talk_clocks import ClockStage
from hub.desk.conversations.forms import ConversationOut
from hub.desk.live.frames import Frame


class Mentioned(Frame, frozen=True, tag="mentioned"):
    """An unread mention; also sent to desks that connect later."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: ConversationOut
    by_name: str
    at: datetime


class FollowNews(Frame, frozen=True, tag="follow_news"):
    """A conversation that one follows has new words, the first since one has looked, or (`news` is ended) has ended."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: ConversationOut
    news: News


class PromiseAlarm(Frame, frozen=True, tag="alarm"):
    """A percentage of a promise's time has passed; at 100 it is broken."""

    needs: ClassVar = (Permission.PROMISE, Permission.SEE_ALL)
    conversation: str
    number: str
    percent: int
    due: datetime


class LaterStopped(Frame, frozen=True, tag="later_stopped"):
    """One's planned reply is not sent."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: str
    number: str
    stopped: Stopped


class WalkChanged(Frame, frozen=True, tag="walk"):
    """A script of an open conversation was started or has this many moves; null: it was dropped. The desk reloads the runs."""

    needs: ClassVar = (Permission.SERVE, Permission.SEE_ALL)
    conversation: str
    walk: str
    moves: int | None


class TalkStage(Frame, frozen=True, tag="stage"):
    """`prompt`: 8 minutes of a talk have passed; `decide`: 10 have, so close it or promise the answer. The talk is never cut off."""

    needs: ClassVar = (Permission.SERVE,)
    conversation: str
    stage: ClockStage
