"""Booking by the robot: offers free times, and books one for the citizen (BK-01).

Only in a line whose centre books for the office, as for operators: never in a federal one (BK-06).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.appointments.appointment import Slot, Wanted
from hub.appointments.booking import Booking
from hub.appointments.schedule import Counter
from hub.appointments.texts import place, when
from hub.conversations.address import E164, Address
from hub.conversations.conversation import Conversation
from hub.conversations.identities import plain
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.errors import ConflictError, RefusedError, UnavailableError
from hub.kernel.text_similarity import likeness
from hub.organisation.opening_words import MONTHS
from hub.robot.ports import OfferedTime, VisitWish

FEW = 3
ALIKE = 0.3
"""Least similarity between the citizen's words and a name of the service."""
TAKEN = frozenset({"taken", "bad_time"})
WRITTEN = "Готово, вы записаны. Номер записи и список документов — в сообщении ниже."
SAID = ("Готово, вы записаны {when}: {where}.\nНомер записи: {number}.\n{sms}"
        "Чтобы узнать о ней или отменить её, позвоните с этого же номера и нажмите звёздочку, номер записи и решётку.")
"""The number on its own line is said digit by digit; the code follows (notifications.py)."""
SMS = "Всё это придёт и по SMS. "


class SelfBooking:
    """hub.robot.ports.AppointmentTimes."""

    def __init__(self, booking: Booking, sequencer: ConversationSequencer, centre: Callable[[str], str],
                 zones: Callable[[Address], tuple[ZoneInfo, ...]] = lambda _: ()) -> None:
        """`centre` gives the code of the centre that books for a line; `zones` the possible zones of a number."""
        self._booking, self._sequencer, self._centre, self._zones = booking, sequencer, centre, zones

    async def offered(self, conversation: str, wish: VisitWish) -> list[OfferedTime]:
        head = await self._head(conversation)
        found = self._where(head, wish) if head else None
        if found is None:
            return []
        counter, service = found
        try:
            since = datetime.combine(wish.first, wish.begins, counter.zone)
            free = await self._booking.free(counter.id, service, since, since + timedelta(days=counter.rules.horizon_days))
        except (RefusedError, UnavailableError):
            return []
        times = {slot.at: slot for slot in reversed(free)}
        fitting = [slot for slot in sorted(times.values()) if _fits(slot, wish, counter)] or sorted(times.values())
        return [OfferedTime(f"{counter.id}|{service}|{slot.at.isoformat()}", _title(slot, counter), place(counter))
                for slot in fitting[:FEW]]

    async def book(self, conversation: str, key: str, phone: str) -> str:
        head = await self._head(conversation)
        office, service, at = key.split("|")
        counter = self._booking.receptions.find(office)
        if head is None or counter is None:
            return ""
        wanted = Wanted(f"robot/{key}", office, service, head.id, plain(head.address), self._centre(head.queue),
                        datetime.fromisoformat(at), name=head.citizen.name, notify=self._notify(head, phone))
        try:
            made = await self._booking.book(wanted, "")
            if not made.stands:  # cancelled, and wanted again
                made = await self._booking.book(replace(wanted, key=f"{wanted.key}/{made.sequence}"), "")
        except RefusedError as refused:
            return "" if refused.code in TAKEN else refused.text
        except (ConflictError, UnavailableError):
            return ""
        if not self._sequencer.traits.of(head.address).spoken or made.slot is None:
            return WRITTEN
        theirs = self._zones(head.address) if E164.fullmatch(head.address.value) else ()
        return SAID.format(when=when(made.slot.at, counter.zone, self._sequencer.now(), theirs), where=place(counter), number=made.number,
                           sms=SMS if wanted.notify else "")

    async def _head(self, conversation: str) -> Conversation | None:
        """None in a rehearsal."""
        try:
            return (await self._sequencer.load(int(conversation))).head
        except (KeyError, ValueError):
            return None

    def _where(self, head: Conversation, wish: VisitWish) -> tuple[Counter, str] | None:
        """The office in the citizen's town and its service with the most similar name, among those of the centre."""
        mine, town = self._centre(head.queue), wish.locality.casefold()
        near = [(likeness(wish.service, name), counter, service)
                for counter in self._booking.receptions if mine and self._booking.keepers.of(counter) == mine
                and town in counter.office.address.casefold()
                for service in counter.services for name in self._names(service)]
        best = max(near, key=lambda each: each[0], default=None)
        return best[1:] if best is not None and best[0] >= ALIKE else None

    def _names(self, service: str) -> tuple[str, ...]:
        known = self._booking.receptions.service(service)
        return (known.title, *known.questions) if known else ()

    def _notify(self, head: Conversation, phone: str) -> str:
        """A caller is also informed in writing, where SMS are sent."""
        sms = self._sequencer.by_sms(phone) if self._sequencer.traits.of(head.address).spoken else None
        return plain(sms) if sms else ""


def _fits(slot: Slot, wish: VisitWish, counter: Counter) -> bool:
    local = slot.at.astimezone(counter.zone)
    return local.date() <= (wish.last or local.date()) and wish.begins <= local.time() <= wish.ends


def _title(slot: Slot, counter: Counter) -> str:
    local = slot.at.astimezone(counter.zone)
    return f"{local.day} {MONTHS[local.month - 1]}, {local.hour}:{local:%M}"
