"""Alarm of the floor: kind, place, duration, acknowledgement, silence (MC-01). Pure."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.organisation.alarm_thresholds import AlarmKind, worse

Place = tuple[AlarmKind, str]
"""Kind, and line, channel, trunk, contract or conversation: at most one alarm is active there."""


class Acknowledged(Struct, frozen=True, omit_defaults=True):
    """An operator takes care of it."""

    by: str
    at: datetime
    word: str = ""


class Quiet(Struct, frozen=True):
    """No sound until then, for this and other alarms at its place."""

    by: str
    until: datetime


class Alarm(Document, frozen=True, omit_defaults=True, tag="floor_alarm"):
    """`about` is a line, a channel, a trunk, a contract or the id of a conversation (then `line` is its line).

    `value` broke the `limit` at the beginning, `worst` is the worst since.
    """

    id: str
    trouble: AlarmKind
    about: str
    began: datetime
    limit: int
    value: float
    worst: float
    ended: datetime | None = None
    acknowledged: Acknowledged | None = None
    quiet: Quiet | None = None
    line: str = ""

    @property
    def queue(self) -> str:
        """The line whose centre it concerns."""
        return self.line or self.about

    @property
    def place(self) -> Place:
        return self.trouble, self.about


def begun(place: Place, now: datetime, limit: int, value: float, quiet: Quiet | None, line: str = "") -> Alarm:
    trouble, about = place
    return Alarm(f"{int(now.timestamp() * 1000)}-{trouble}-{about}", trouble, about, now, limit, value, value, quiet=quiet, line=line)


def gone_on(alarm: Alarm, value: float | None) -> Alarm:
    """The alarm with a new value, if it is the worst."""
    if value is None or (worst := worse(alarm.trouble, alarm.worst, value)) == alarm.worst:
        return alarm
    return replace(alarm, worst=worst)
