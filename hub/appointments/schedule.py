"""Reception schedules of authorities: windows, rules, and the resulting slots (BK-02). Pure.

State bodies, municipal bodies and МФЦ have their own rules, by `Authority.appoints`. The calendar is the office's own, in its zone.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from hub.appointments.appointment import Slot
from hub.kernel.errors import OknoError
from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.authorities import Authority, Branch, Office
from hub.knowledge.catalogue.toml_format import Catalogue
from hub.knowledge.public_services import PublicService
from hub.organisation.opening_hours import Clock, DayName, Timetable

Minutes = Annotated[int, Meta(ge=0, le=24 * 60)]


class ReceptionError(OknoError):
    """The file cannot be used; the text names the record."""


class Rules(Struct, frozen=True, forbid_unknown_fields=True):
    """Rules of reception, referenced by an authority's `appoints`."""

    id: str
    slot_min: Annotated[int, Meta(ge=5, le=480)] = 15
    gap_min: Minutes = 0
    """Pause between two citizens at one window."""
    horizon_days: Annotated[int, Meta(ge=1, le=366)] = 14
    """Days that can be booked in advance, including today."""
    notice_min: Annotated[int, Meta(ge=0, le=14 * 24 * 60)] = 60
    """Minutes before the beginning at the latest."""
    per_person: Annotated[int, Meta(ge=1, le=20)] = 2
    """Concurrent appointments of one person under these rules."""


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    services: tuple[str, ...] = ()
    """Ids; empty is all services of the office."""


class Reception(Struct, frozen=True, forbid_unknown_fields=True):
    """Of one office."""

    office: str
    windows: Annotated[tuple[Window, ...], Meta(min_length=1)]
    week: dict[DayName, tuple[Clock, ...]] = {}
    """Hours by appointment, where they differ from the opening hours."""
    days: dict[date, tuple[Clock, ...]] = {}
    """Dates with their own hours; an empty list is closed."""
    services: tuple[str, ...] = ()
    """Ids of services, where they differ from those of the office: an МФЦ receives for others."""
    outside: str = ""
    """Name in the configuration of the external system with its slots; "" is this hub."""


class Counter(Struct, frozen=True):
    """A reception with its office, rules and services."""

    reception: Reception
    rules: Rules
    office: Office
    authority: Authority
    hours: Timetable
    services: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.office.id

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.office.hours.zone)

    @property
    def branch(self) -> Branch:
        return self.authority.branch

    def windows(self, service: str) -> tuple[str, ...]:
        if service not in self.services:
            return ()
        return tuple(each.id for each in self.reception.windows if not each.services or service in each.services)

    def slots(self, day: date, windows: Iterable[str]) -> Iterator[Slot]:
        """All slots of a day by the office's clock, taken or free, earliest first. A slot lies within one span of the hours."""
        windows = tuple(windows)
        for span in self.hours.spans(day):
            at = span.begins
            while at + self._took <= span.ends:
                for window in windows:
                    yield Slot(at, window, self.rules.slot_min)
                at += self._step

    def begins(self, at: datetime) -> bool:
        """Whether a slot begins at this moment."""
        spans = self.hours.spans(at.astimezone(self.zone).date())
        return any(span.begins <= at <= span.ends - self._took and not (at - span.begins) % self._step for span in spans)

    @property
    def _took(self) -> timedelta:
        return timedelta(minutes=self.rules.slot_min)

    @property
    def _step(self) -> timedelta:
        return timedelta(minutes=self.rules.slot_min + self.rules.gap_min)

    def bookable(self, now: datetime) -> tuple[datetime, datetime]:
        """First and last (exclusive) beginning of an appointment made now."""
        last = now.astimezone(self.zone).date() + timedelta(days=self.rules.horizon_days)
        return now + timedelta(minutes=self.rules.notice_min), datetime.combine(last, datetime.min.time(), self.zone)

    def has(self, slot: Slot) -> bool:
        return slot.minutes == self.rules.slot_min and self.begins(slot.at)

    def days(self, since: datetime, until: datetime) -> Iterator[date]:
        """Days by the office's clock that overlap a period."""
        first, last = (moment.astimezone(self.zone).date() for moment in (since, until))
        return (first + timedelta(days=n) for n in range((last - first).days + 1))


class Receptions:
    """All offices with reception by appointment, with the names of their services."""

    def __init__(self, counters: Iterable[Counter], services: Iterable[PublicService]) -> None:
        self._counters = {each.id: each for each in counters}
        self._services = {each.id: each for each in services}

    def __iter__(self) -> Iterator[Counter]:
        return iter(self._counters.values())

    def __len__(self) -> int:
        return len(self._counters)

    def find(self, office: str) -> Counter | None:
        return self._counters.get(office)

    def service(self, service: str) -> PublicService | None:
        return self._services.get(service)

    def title(self, service: str) -> str:
        known = self._services.get(service)
        return known.title if known else service


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[Rules, ...] = ()
    reception: tuple[Reception, ...] = ()


def read_receptions(text: str, catalogue: Catalogue, lacking: Callable[[ReceptionError], None] | None = None) -> Receptions:
    """TOML with `[[rules]]` and `[[reception]]`, for offices and services of a catalogue; raises ReceptionError.

    `lacking` is called for a reception that does not fit the catalogue, and the others are returned.
    """
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"это не файл из записей [[rules]] и [[reception]]: {explain_validation_error(error)}"
        raise ReceptionError(message) from error
    rules = {each.id: each for each in file.rules}
    counters = []
    for each in file.reception:
        try:
            counters.append(_counter(each, rules, catalogue))
        except ReceptionError as error:
            if lacking is None:
                raise
            lacking(error)
    return Receptions(counters, catalogue.services)


def _counter(reception: Reception, rules: Mapping[str, Rules], catalogue: Catalogue) -> Counter:
    office = next((each for each in catalogue.offices if each.id == reception.office), None)
    if office is None:
        message = f"reception: офиса «{reception.office}» нет"
        raise ReceptionError(message)
    authority = next((each for each in catalogue.authorities if each.id == office.authority), None)
    if authority is None or authority.appoints not in rules:
        message = f"reception {office.id}: орган «{office.authority}» никого не записывает, или его правил нет"
        raise ReceptionError(message)
    if authority.branch is Branch.OVERSIGHT:
        message = f"reception {office.id}: орган не оказывает услуг"
        raise ReceptionError(message)
    known = {each.id for each in catalogue.services}
    services = reception.services or office.services or tuple(each.id for each in catalogue.services if each.authority == authority.id)
    if unknown := sorted({*services, *(name for window in reception.windows for name in window.services)} - known):
        message = f"reception {office.id}: услуги «{unknown[0]}» нет"
        raise ReceptionError(message)
    if len({window.id for window in reception.windows}) < len(reception.windows):
        message = f"reception {office.id}: окно стоит дважды"
        raise ReceptionError(message)
    own = office.hours
    hours = Timetable(zone=own.zone, holidays=own.holidays, week=reception.week or own.week, special=dict(own.special) | reception.days,
                      valid_from=own.valid_from, valid_until=own.valid_until)
    return Counter(reception, rules[authority.appoints], office, authority, hours, services)
