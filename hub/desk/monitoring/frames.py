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
    """The current status of all channels, for those with SEE_ALL: at most once in two seconds, and with each step of a check."""

    needs: ClassVar = (Permission.SEE_ALL,)
    channels: list[ChannelOut]


class ChannelNow(Struct, frozen=True):
    """`up` is the channel's own report; `failing`: the last message was not carried."""

    channel: str
    up: bool
    failing: bool


class FloorColumn(Struct, frozen=True):
    """A column of the table of groups, as sums of fields, those after «-» subtracted: `part`, divided by `whole` if given.

    `title` is the key of its heading in the desk's texts; a `bad` one should be 0.
    """

    title: str
    unit: FigureUnit
    part: list[str]
    whole: list[str]
    bad: bool


class FloorChanged(Frame, frozen=True, tag="floor"):
    """Changes of the floor, for desks that show it: at most once a second, and at least every ten. `whole` replaces all."""

    needs: ClassVar = (Permission.SEE_WALLBOARD,)
    at: datetime
    whole: bool
    groups: list[GroupNow]
    late: list[Late]
    """New and changed breaches; `conversation` is "" where it is not visible."""
    channels: list[ChannelNow] | None
    """All of them, where one has changed."""
    linked: list[RemoteQueue] | None
    """All subordinate centres on other deployments, where one has changed."""
    columns: list[FloorColumn] | None = None
    """Only with `whole`."""


class ShowFloor(Frame, frozen=True, tag="floor", forbid_unknown_fields=True):
    """The desk starts or stops showing the floor."""

    needs: ClassVar = (Permission.SEE_WALLBOARD,)
    on: bool
