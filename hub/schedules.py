"""What the hub needs of a system outside that has the slots of an office: an АИС МФЦ (IN-02).

The hub keeps each slot for one citizen first and asks then, with the appointment's number as the key: asking twice is asking once, and
what nobody knows the end of is cancelled until that is acknowledged.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from hub.appointments import Slot


class Visit(Struct, frozen=True):
    """What an outside system is told. The name is how he is called up there; no address of his is told."""

    number: str
    office: str
    service: str
    slot: Slot
    name: str


class Schedule(Protocol):
    """Raises UnavailableError where it does not answer in time: nobody waits for it longer."""

    async def free(self, office: str, service: str, since: datetime, until: datetime) -> Sequence[Slot]:
        """Slots that nobody has, by their beginning."""

    async def book(self, visit: Visit) -> None:
        """Keep it for a visit, or move the visit that has this number. RefusedError("taken") where another has it."""

    async def cancel(self, number: str) -> None:
        """What is not there is cancelled already."""

    async def close(self) -> None: ...
