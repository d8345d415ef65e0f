"""Values read by the grammar."""

from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct

MIDNIGHT = time(23, 59, 59)
"""The end of a day, as `Hours.ends`."""


class Days(Struct, frozen=True):
    """Both days are included; None is open: «после 5 марта» has no last day. «До отпуска» is not read."""

    first: date
    last: date | None


class Hours(Struct, frozen=True):
    """From one time of day to another; a point of time has equal ends. «С 22 до 6» ends on the next day."""

    begins: time
    ends: time


class When(Struct, frozen=True):
    """Days, hours, or hours of days."""

    days: Days | None = None
    hours: Hours | None = None

    def interval(self, today: date, zone: tzinfo) -> tuple[datetime, datetime | None]:
        """The first and the last moment. Hours without a day are today's."""
        days = self.days or Days(today, today)
        hours = self.hours or Hours(time(), MIDNIGHT)
        night = timedelta(days=1 if hours.ends < hours.begins else 0)
        ends = None if days.last is None else datetime.combine(days.last, hours.ends, zone) + night
        return datetime.combine(days.first, hours.begins, zone), ends


class Number(Struct, frozen=True):
    value: Decimal


class Phone(Struct, frozen=True):
    """E.164: «+79261234567»."""

    number: str


class Snils(Struct, frozen=True):
    """Eleven digits; `genuine` is whether the last two are the checksum of the others."""

    digits: str
    genuine: bool


class Application(Struct, frozen=True):
    """The number of an application, a case or a receipt, in capitals as it is printed."""

    number: str


class Locality(Struct, frozen=True):
    """A town: its name in the nominative, and its subject of the Federation (two digits, as in hub/data/subjects.csv)."""

    name: str
    subject: str


Value = When | Number | Phone | Snils | Application | Locality
V = TypeVar("V", bound=Value)


class Found(Struct, Generic[V], frozen=True):
    """A value, and its position `text[start:end]`."""

    start: int
    end: int
    value: V
