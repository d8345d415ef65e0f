"""Offices near a place, and whether they are open now (AL-01, RG-02)."""

from collections.abc import Callable
from datetime import date, datetime

from bots.knowledge.places import ARTICLE, MOST, telephone
from hub.conversations.message import Source
from hub.knowledge.authorities import Branch, Office
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.open_now import open_now, said, said_on, whose_clock
from hub.organisation.territory import Place

TITLE = "Адреса и часы приёма"


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

    def of_mfc(self, mfc: str) -> str:
        """What an МФЦ of the registry is at this moment; "" where the handbook does not know its hours."""
        office = self._office(mfc)
        return self.state(office) if office else ""

    def on_day(self, mfc: str, day: date) -> str:
        """The hours of an МФЦ on a day: «9:00–13:00, 14:00–18:00», «закрыто»; "" where the handbook does not know them."""
        office = self._office(mfc)
        return said_on(office.hours, day) if office else ""

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
