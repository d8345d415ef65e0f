"""Frames of the floor and of channels."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from hub.access.permissions import Permission
from hub.desk.live.frames import Frame
from hub.desk.monitoring.channels import ChannelOut
from hub.monitoring.remote_floors import RemoteQueue
from hub.monitoring.wallboard import GroupNow, Late
from hub.reporting.figure import FigureUnit


class ChannelsChanged(Frame, frozen=True, tag="channels"):
    """All channels as they are now, for those who see everything: at most once in two seconds, and with each step of a trial."""

    needs: ClassVar = (Permission.SEE_ALL,)
    channels: list[ChannelOut]


class ChannelNow(Struct, frozen=True):
    """`up` is a channel's own word; `failing`: what was sent last was not carried."""

    channel: str
    up: bool
    failing: bool


class FloorColumn(Struct, frozen=True):
    """A column of the table of groups, as sums of their fields, those after «-» subtracted: `part`, divided by `whole` where there is any.

    `title` is the key of its heading among the desk's words; whatever there is of a `bad` one should not be.
    """

    title: str
    unit: FigureUnit
    part: list[str]
    whole: list[str]
    bad: bool


class FloorChanged(Frame, frozen=True, tag="floor"):
    """The floor as far as it has changed, to desks that show it: at most once a second, and at least every ten. `whole` replaces all."""

    needs: ClassVar = (Permission.SEE_WALLBOARD,)
    at: datetime
    whole: bool
    groups: list[GroupNow]
    late: list[Late]
    """Breaches that are new or have come to another end; `conversation` is "" for whoever may not see it."""
    channels: list[ChannelNow] | None
    """All of them, where one has changed."""
    linked: list[RemoteQueue] | None
    """All centres below that have deployments of their own, where one has changed."""
    columns: list[FloorColumn] | None = None
    """Where it is the `whole`."""


class ShowFloor(Frame, frozen=True, tag="floor", forbid_unknown_fields=True):
    """The desk that sends it shows the floor from now on, or does no more."""

    needs: ClassVar = (Permission.SEE_WALLBOARD,)
    on: bool
