"""Frames of announcements and of notices."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame
from hub.desk.notifications.announcements import AnnouncementOut
from hub.desk.notifications.notices import NoticeOut


class Announced(Frame, frozen=True, tag="announcement"):
    """An announcement was written, approved or withdrawn."""

    needs: ClassVar = (Permission.READ_KNOWLEDGE,)
    announcement: AnnouncementOut


class Noticed(Frame, frozen=True, tag="notice"):
    """A notice was sent, or its state has changed."""

    needs: ClassVar = (Permission.NOTIFY,)
    notice: NoticeOut
