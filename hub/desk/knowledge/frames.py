"""Frames of the handbook."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame
from hub.knowledge.edition import CardKind
from hub.knowledge.outdated_flag import FlagState


class FlagChanged(Frame, frozen=True, tag="flag"):
    """A field was told to be out of date, its body has written, or it is right again; `own`: one's own, of which one is to be told."""

    needs: ClassVar = (Permission.READ_KNOWLEDGE,)
    case: str
    sort: CardKind
    card: str
    title: str
    field: str
    state: FlagState
    answer: str
    own: bool
