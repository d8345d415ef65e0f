"""Frames of the dialogue editor."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame
from hub.robot.training_job import TrainingJob


class RobotChanged(Frame, frozen=True, tag="robot"):
    """Another version is active, the draft has changed ("" for none) or was `approved`, or its job has progressed.

    For designers, and for those who approve.
    """

    needs: ClassVar = (Permission.EDIT_DIALOGUES, Permission.APPROVE)
    speaks: str
    draft: str
    approved: str
    job: TrainingJob | None


class PhrasesGrouped(Frame, frozen=True, tag="phrases_grouped"):
    """So many of so many new phrases are understood; 0 of 0 once the groups of phrases are there. For designers."""

    needs: ClassVar = (Permission.EDIT_DIALOGUES,)
    done: int
    total: int
