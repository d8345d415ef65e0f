"""The journal of presence: when people came on the line, went on a break, and left (SL-01). Pure."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from hub.access.operator import Presence
from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry


class Attendance(StrEnum):
    LINE = "line"
    """Ready, in a talk, or in the wrap-up of one."""
    BREAK = "break"
    """A break, or "busy": other work without offers."""
    AWAY = "away"


ATTENDANCES = {Presence.READY: Attendance.LINE, Presence.WRAP_UP: Attendance.LINE, Presence.BUSY: Attendance.BREAK,
               Presence.BREAK: Attendance.BREAK, Presence.OFFLINE: Attendance.AWAY}


class PresenceMove(Struct, frozen=True, array_like=True):
    at: datetime
    state: Attendance


class PresenceDay(Document, frozen=True, tag="presence_day"):
    """The moves of one account on a day of the centre's clock; what held at midnight is the last move of the day before."""

    key: str
    """"login/2026-12-01"."""
    login: str
    centre: str
    day: date
    moves: tuple[PresenceMove, ...]

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("day", self.day.isoformat())
        yield IndexEntry("centre_day", centre_day(self.centre, self.day))


def key_of(login: str, day: date) -> str:
    return f"{login}/{day}"


def centre_day(centre: str, day: date) -> str:
    return f"{centre}/{day}"
