"""What the hub needs of a system outside that has the slots of an office: an АИС МФЦ (IN-02). Pure.

The hub keeps each slot for one citizen first and asks then, with the appointment's number as the key: asking twice is asking once, and
what nobody knows the end of is cancelled until that is acknowledged. What is done there is read back (external_sync.py): the system names
the visits that have changed, and tells of each how it stands at that moment.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from hub.appointments.appointment import Slot
from hub.kernel.document import Document


class Visit(Struct, frozen=True):
    """What an outside system is told. The name is how he is called up there; no address of his is told."""

    number: str
    office: str
    service: str
    slot: Slot
    name: str


class VisitState(StrEnum):
    """How a visit stands there."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    CALLED = "called"
    """To a window."""
    SERVED = "served"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Attended(Struct, frozen=True, omit_defaults=True):
    """A visit, as it stands there now."""

    number: str
    state: VisitState
    slot: Slot
    window: str = ""
    """To which he was called, where that is another one."""
    specialist: str = ""
    """Who receives him."""
    why: str = ""
    """Why it was moved or cancelled, in words that he may read."""


class Changes(Struct, frozen=True):
    """Visits with which something was done there, the longest ago first; and the place behind the last of them."""

    numbers: tuple[str, ...]
    place: str


class ReadBack(Document, frozen=True, omit_defaults=True, tag="read_back"):
    """How far the changes of a system were read."""

    key: str
    """The system's."""
    place: str = ""
    again: tuple[str, ...] = ()
    """Numbers of visits that could not be compared, since the hub was just changing them."""


class Specialist(Struct, frozen=True, omit_defaults=True):
    """Who receives in an office. Windows and services by id; without services it is all of them."""

    name: str
    role: str
    windows: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


class Schedule(Protocol):
    """Raises UnavailableError where it does not answer in time: nobody waits for it longer."""

    async def free(self, office: str, service: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Slots that nobody has, by their beginning."""

    async def book(self, visit: Visit) -> None:
        """Keep it for a visit, or move the visit that has this number. RefusedError("taken") where another has it."""

    async def cancel(self, number: str) -> None:
        """What is not there is cancelled already."""

    async def changes(self, after: str) -> Changes:
        """What was done there since a place; "" is the beginning. Nothing new is no number, and the same place."""

    async def visit(self, number: str) -> Attended | None:
        """How a visit stands there now; None for one that it does not know."""

    async def specialists(self, office: str) -> Sequence[Specialist]:
        """Who receives in an office these days."""

    async def close(self) -> None: ...
