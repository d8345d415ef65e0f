"""Frames of talks by telephone."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.conversations.forms import ConversationOut
from hub.desk.live.frames import Frame


class SeniorAsked(Frame, frozen=True, tag="senior_asked"):
    """The operator of a talk of one's own centre requests a supervisor: answer by POST …/listen."""

    needs: ClassVar = (Permission.LISTEN,)
    conversation: ConversationOut


class SeniorGone(Frame, frozen=True, tag="senior_gone"):
    """None is needed there any more, or one has come."""

    needs: ClassVar = (Permission.LISTEN,)
    conversation: str
