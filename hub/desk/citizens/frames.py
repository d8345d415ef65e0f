"""Frames of who a citizen is."""

from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame


class PersonChanged(Frame, frozen=True, tag="person"):
    """Addresses of this conversation's citizen were joined or parted, or a code is awaited: ask again for them and the history."""

    needs: ClassVar = (Permission.SEE_PERSON,)
    conversation: str
