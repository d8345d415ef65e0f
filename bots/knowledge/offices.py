"""Offices near a place, and whether they are open now (AL-01, RG-02)."""

from collections.abc import Callable, Container, Sequence
from datetime import date, datetime

from msgspec import Struct

from bots.knowledge.places import ARTICLE, MOST, telephone
from hub.conversations.message import Source
from hub.knowledge.authorities import Branch, Office
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.centre import Mfc
from hub.organisation.hours_text import timetable
from hub.organisation.open_now import open_now, said, said_on, whose_clock
from hub.organisation.opening_hours import Timetable
from hub.organisation.opening_words import MONTHS, WEEKDAYS
from hub.organisation.territory import Place

TITLE = "Адреса и часы приёма"


_ZONE = "Europe/Moscow"
"""Only the days of such hours are told, never whether it is open now."""


class OfficeAnswer(Struct, frozen=True):
    """What is told of an office."""

    name: str
    locality: str
    address: str
    written: str
    """The hours as they are written, if they are."""
    hours: Timetable | None
    now: str
    """«Открыто до 18:00»; "" where that is not known."""
    phone: str
    accessible: str
    checked: date

    def told(self, day: date | None, *, accessible: bool) -> str:
        """All of it; of a day that is asked about its hours."""
        on_day = ""
        if day and self.hours:
            on_day = f"{WEEKDAYS[day.weekday()].capitalize()}, {day.day} {MONTHS[day.month - 1]}: {said_on(self.hours, day)}"
        parts = (f"{self.name}: {self.locality}, {self.address}", on_day, f"Часы работы: {self.written}" if self.written else "",
                 f"Сейчас: {self.now}" if self.now and not on_day else "", self.accessible.rstrip(".") if accessible else "",
                 f"Телефон: {self.phone}" if self.phone else "")
        return ". ".join(filter(None, parts)) + "."


class Offices:
    """Of the current handbook."""

    def __init__(self, handbook: Callable[[], KnowledgeSnapshot], now: Callable[[], datetime]) -> None:
        self._handbook, self._now = handbook, now

    def near(self, place: Place | None) -> str:
        """The МФЦ of a place with address, and what they are at this moment; "" where none is known."""
        handbook = self._handbook()
        found = [each for each in handbook.near(place or Place()) if self._is_mfc(each, handbook)]
        more = f"\nВсего их {len(found)}, об остальных расскажет оператор." if len(found) > MOST else ""
        return "\n".join(map(self._one, found[:MOST])) + more

    def mfcs(self, found: Sequence[Mfc]) -> list["OfficeAnswer"]:
        """МФЦ of the registry; the hours are the handbook's where it has them, else those that are written there."""
        return [self._mfc(each) for each in found]

    def localities(self) -> set[str]:
        """Where offices of other bodies are."""
        handbook = self._handbook()
        return {_town(each) for each in handbook.offices.values() if not self._is_mfc(each, handbook)}

    def others(self, towns: Container[str]) -> list["OfficeAnswer"]:
        """Offices of other bodies in towns as they are written in `localities`."""
        handbook = self._handbook()
        return [self._other(each) for each in handbook.offices.values() if _town(each) in towns and not self._is_mfc(each, handbook)]

    def _mfc(self, mfc: Mfc) -> "OfficeAnswer":
        office = self._office(mfc.id)
        hours = office.hours if office else timetable(mfc.hours, _ZONE) if mfc.hours else None
        return OfficeAnswer(mfc.name, mfc.locality, mfc.address, mfc.hours, hours, self.state(office) if office else "",
                            telephone(mfc.phone) if mfc.phone else "", office.accessible if office else "", mfc.checked or mfc.valid_from)

    def _other(self, office: Office) -> "OfficeAnswer":
        address = office.address.partition(", ")[2]
        phone = telephone(office.phones[0]) if office.phones else ""
        return OfficeAnswer(office.name, _town(office), address, "", office.hours, self.state(office), phone, office.accessible,
                            office.origin.checked or date.min)

    def of_mfc(self, mfc: str) -> str:
        """What an МФЦ of the registry is at this moment; "" where the handbook does not know its hours."""
        office = self._office(mfc)
        return self.state(office) if office else ""

    def today(self) -> date:
        """By the clock of the centre."""
        return self._now().date()

    def source(self, place: Place) -> Source:
        days = [each.origin.checked for each in self._handbook().near(place) if each.origin.checked]
        return Source(ARTICLE, TITLE, min(days, default=date.min))

    def state(self, office: Office) -> str:
        """«Открыто до 18:00, обед 13:00–14:00 (по московскому времени)»."""
        state = open_now(office.hours, self._now())
        return f"{said(state)} ({whose_clock(state)})"

    def _office(self, mfc: str) -> Office | None:
        return next((each for each in self._handbook().offices.values() if each.place.mfc == mfc), None)

    def _one(self, office: Office) -> str:
        phone = f" Телефон: {telephone(office.phones[0])}." if office.phones else ""
        return f"{office.name}: {office.address}. Сейчас: {self.state(office)}.{phone}"

    def _is_mfc(self, office: Office, handbook: KnowledgeSnapshot) -> bool:
        authority = handbook.authorities.get(office.authority)
        return authority is not None and authority.branch is Branch.MFC


def _town(office: Office) -> str:
    return office.address.partition(", ")[0]
