"""Data of appointments."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.appointments.appointment import BookingAct, BookingState
from hub.desk.http.forms import Instant, Key, NamedOut, Short
from hub.knowledge.authorities import Branch

Office = Annotated[str, Meta(min_length=1, max_length=100)]
Service = Annotated[str, Meta(min_length=1, max_length=100)]
Window = Annotated[str, Meta(max_length=40)]


class OfficeOut(Struct, frozen=True):
    """`keeper` is the name of the centre that books there today, "" where none does; `ours` tells whether it is one's own."""

    id: str
    name: str
    address: str
    branch: Branch
    zone: str
    services: list[NamedOut]
    horizon_days: int
    keeper: str
    ours: bool


class OfficesOut(Struct, frozen=True):
    """`channels` are those for notifications besides the conversation: SMS, mail."""

    offices: list[OfficeOut]
    channels: list[str]


class SlotsQuery(Struct, frozen=True):
    office: Office
    service: Service
    since: Instant
    until: Instant


class SlotOut(Struct, frozen=True):
    """A beginning, with the windows free then; `day` and `time` are by the office's clock."""

    at: datetime
    day: date
    time: str
    windows: list[str]


class SlotsOut(Struct, frozen=True):
    """`clock` names the time zone in words."""

    slots: list[SlotOut]
    zone: str
    clock: str


class WishIn(Struct, frozen=True):
    """When a citizen on the waiting list can come."""

    since: Instant
    until: Instant


class AppointmentIn(Struct, frozen=True):
    """`key` is unique: a repeated one books nothing. Either `at`, or `wish` for the waiting list.

    `window` "" is any free one. `channel` and `address` are for notifications besides the conversation: SMS or mail.
    """

    key: Key
    office: Office
    service: Service
    at: Instant | None = None
    window: Window = ""
    wish: WishIn | None = None
    name: Annotated[str, Meta(max_length=200)] = ""
    channel: Annotated[str, Meta(max_length=40)] = ""
    address: Annotated[str, Meta(max_length=200)] = ""


class BookingStepOut(Struct, frozen=True):
    at: datetime
    by: str
    name: str
    act: BookingAct
    state: BookingState
    why: str
    """In words; for a migration the name of the centre."""
    there: bool
    """Whether it comes from the office's external system."""


class AppointmentOut(Struct, frozen=True):
    """`day`, `time` and `when` (in words) are by the office's clock; "" on the waiting list."""

    number: str
    state: BookingState
    office: str
    office_name: str
    address: str
    service: str
    service_title: str
    name: str
    window: str
    at: datetime | None
    minutes: int
    day: date | None
    time: str
    when: str
    since: datetime | None
    until: datetime | None
    notify: str
    conversation: str
    made: datetime
    steps: list[BookingStepOut]
    acts: list[BookingAct]
    """Possible actions."""


class BookedOut(Struct, frozen=True):
    """`code` is shown once, for a caller; "" where the citizen has received it in writing."""

    appointment: AppointmentOut
    code: str


class BookingStepIn(Struct, frozen=True):
    """`at` and `window` for a move, `why` for a cancellation."""

    act: BookingAct
    at: Instant | None = None
    window: Window = ""
    why: Short = ""


class SpecialistsQuery(Struct, frozen=True):
    """Of an office, or of all offices of an МФЦ."""

    office: Annotated[str, Meta(max_length=100)] = ""
    mfc: Annotated[str, Meta(max_length=100)] = ""


class SpecialistOut(Struct, frozen=True):
    """`services` are names; empty is all."""

    name: str
    role: str
    windows: list[str]
    services: list[str]


class StaffOut(Struct, frozen=True):
    """Employees of an office at the time `known`; null where its system does not tell."""

    office: str
    office_name: str
    known: datetime | None
    specialists: list[SpecialistOut]


class WaitingQuery(Struct, frozen=True):
    office: Office


class WeekQuery(Struct, frozen=True):
    """`day` is the first of seven."""

    office: Office
    day: date


class VisitorsQuery(Struct, frozen=True):
    office: Office
    day: date
