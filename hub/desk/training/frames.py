"""Frames of training."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame


class AssignedLessonDone(Frame, frozen=True, tag="assigned_lesson_done"):
    """Somebody has done a lesson that the user assigned; repeated after connecting until it is seen."""

    needs: ClassVar = (Permission.SCORE_TALKS,)
    review: str
    item: str
    name: str
    title: str
