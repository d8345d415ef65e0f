"""Frames of signing in."""

from datetime import datetime
from typing import ClassVar

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame


class GlassBroken(Frame, frozen=True, tag="glass"):
    """The break-glass account was opened at `at` from `source`, and is open until `until` at most."""

    needs: ClassVar = (Permission.STEER,)
    at: datetime
    until: datetime
    source: str
