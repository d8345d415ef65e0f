"""A day of an office for planners: hours, exceptions, numbers of places and bookings. Pure."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from hub.appointments.appointment import STANDS, Appointment, BookingState
from hub.appointments.schedule import Counter


class OfficeDay(Struct, frozen=True):
    """By the office's clock. Without `hours` it is closed."""

    day: date
    hours: list[str]
    """«9:00–13:00», earliest first."""
    special: bool
    """Whether the hours were set for this date."""
    places: int
    """Of all windows."""
    booked: int
    """Bookings that are neither held nor missed."""
    came: int
    missed: int


def office_day(counter: Counter, day: date, made: Iterable[Appointment]) -> OfficeDay:
    """`made` may include other days."""
    states = [each.state for each in made if each.slot is not None and each.slot.at.astimezone(counter.zone).date() == day]
    spans = [(span.begins.astimezone(counter.zone), span.ends.astimezone(counter.zone)) for span in counter.hours.spans(day)]
    return OfficeDay(
        day, [f"{begins.hour}:{begins:%M}–{ends.hour}:{ends:%M}" for begins, ends in spans], day in counter.hours.special,
        sum(1 for _ in counter.slots(day, (window.id for window in counter.reception.windows))), sum(each in STANDS for each in states),
        states.count(BookingState.HELD), states.count(BookingState.NO_SHOW))
