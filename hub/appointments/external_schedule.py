"""Interface to an external appointment system: an АИС МФЦ (IN-02). Pure.

The hub reserves each slot first and then asks the system, with the appointment's number as the idempotency key; a request without a
known result is cancelled until that is acknowledged. Changes there are read back (external_sync.py): the system lists changed
visits, and reports the current state of each.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from hub.appointments.appointment import Slot
from hub.kernel.document import Document


class Visit(Struct, frozen=True):
    """Data for the external system. The name is for calling the citizen; addresses are not sent."""

    number: str
    office: str
    service: str
    slot: Slot
    name: str


class VisitState(StrEnum):
    """State of a visit there."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    CALLED = "called"
    """Called to a window."""
    SERVED = "served"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Attended(Struct, frozen=True, omit_defaults=True):
    """The current state of a visit there."""

    number: str
    state: VisitState
    slot: Slot
    window: str = ""
    """The window of the call, where it differs."""
    specialist: str = ""
    """The receiving employee."""
    why: str = ""
    """Reason of a move or cancellation, in words for the citizen."""


class Changes(Struct, frozen=True):
    """Changed visits, the oldest change first; and the cursor after the last of them."""

    numbers: tuple[str, ...]
    place: str


class ReadBack(Document, frozen=True, omit_defaults=True, tag="read_back"):
    """The cursor of a system's changes."""

    key: str
    """The system's."""
    place: str = ""
    again: tuple[str, ...] = ()
    """Numbers of visits that could not be compared because the hub was changing them."""


class Specialist(Struct, frozen=True, omit_defaults=True):
    """An employee who receives in an office. Windows and services by id; without services all."""

    name: str
    role: str
    windows: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


class Schedule(Protocol):
    """Raises UnavailableError where it does not answer in time."""

    async def free(self, office: str, service: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Free slots by their beginning."""

    async def book(self, visit: Visit) -> None:
        """Reserve it for a visit, or move the visit with this number. RefusedError("taken")."""

    async def cancel(self, number: str) -> None:
        """An unknown visit counts as cancelled."""

    async def changes(self, after: str) -> Changes:
        """Changes since a cursor; "" is the beginning. Without changes no numbers, and the same cursor."""

    async def visit(self, number: str) -> Attended | None:
        """The current state of a visit; None for an unknown one."""

    async def specialists(self, office: str) -> Sequence[Specialist]:
        """Employees who currently receive in an office."""

    async def close(self) -> None: ...
