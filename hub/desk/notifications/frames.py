"""Frames of announcements and of notices."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame
from hub.desk.notifications.announcements import AnnouncementOut
from hub.desk.notifications.notices import NoticeOut


class DeskShown(Frame, frozen=True, tag="shown", forbid_unknown_fields=True):
    """Whether this desk is before somebody's eyes. As long as one of the operator's is, nothing is pushed to their browsers."""

    needs: ClassVar = (Permission.ACCOUNT,)
    yes: bool


class Announced(Frame, frozen=True, tag="announcement"):
    """An announcement was written, approved or withdrawn."""

    needs: ClassVar = (Permission.READ_KNOWLEDGE,)
    announcement: AnnouncementOut


class Noticed(Frame, frozen=True, tag="notice"):
    """A notice was sent, or its state has changed."""

    needs: ClassVar = (Permission.NOTIFY,)
    notice: NoticeOut
