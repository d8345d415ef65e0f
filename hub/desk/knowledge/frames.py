"""Frames of the handbook."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame
from hub.knowledge.edition import CardKind
from hub.knowledge.outdated_flag import FlagState


class FlagChanged(Frame, frozen=True, tag="flag"):
    """A field was reported as outdated, its body replied, or it was solved; `own`: one's own report with an unseen solution."""

    needs: ClassVar = (Permission.READ_KNOWLEDGE,)
    case: str
    sort: CardKind
    card: str
    title: str
    field: str
    state: FlagState
    answer: str
    own: bool
