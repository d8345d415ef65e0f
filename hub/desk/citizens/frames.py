"""Frames of a citizen's identity."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame


class PersonChanged(Frame, frozen=True, tag="person"):
    """Addresses of this conversation's citizen were linked or unlinked, or a code is pending: the desk reloads them and the history."""

    needs: ClassVar = (Permission.SEE_PERSON,)
    conversation: str
