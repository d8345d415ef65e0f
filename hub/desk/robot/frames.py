"""Frames of the robot that is edited."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame
from hub.robot.training_job import TrainingJob


class RobotChanged(Frame, frozen=True, tag="robot"):
    """Another version speaks, the draft is another one ("" for none) or `approved` by somebody, or the work on it has come further.

    For designers, and for those who approve.
    """

    needs: ClassVar = (Permission.EDIT_DIALOGUES, Permission.APPROVE)
    speaks: str
    draft: str
    approved: str
    job: TrainingJob | None
