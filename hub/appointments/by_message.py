"""Management of an own appointment by message: «запись НОМЕР», «отмена НОМЕР», «вернуть НОМЕР» (BK-01).

From the address that made it, or is notified of it, the number is enough; from any other the code is needed. After a look at the
appointment the possible actions are offered, so that a caller cancels with a digit.
"""

import re
from collections.abc import Callable

from hub.access.federal_separation import PLACELESS
from hub.appointments.appointment import STATES, Appointment, BookingState
from hub.appointments.booking import Booking
from hub.appointments.texts import place, when
from hub.cases.tracking import CaseTracking, spelled
from hub.conversations.conversation import Conversation
from hub.conversations.identities import plain
from hub.conversations.message import Message
from hub.conversations.ports import HubReply
from hub.conversations.redaction import CODE
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.errors import ConflictError, RefusedError, UnavailableError

ASKED = re.compile(rf"\s*(запись|отмена|отменить|вернуть|appointment|cancel|restore)\s+(?:№\s*)?([\d-]{{17,24}})(?:\s+({CODE}))?\s*[.!]?",
                   re.IGNORECASE)
CANCEL, RESTORE = frozenset({"отмена", "отменить", "cancel"}), frozenset({"вернуть", "restore"})
WAITS = frozenset({BookingState.WAITING, BookingState.BOOKED})
"""States that can be cancelled."""
STRANGE = "Записи с таким номером здесь нет. Если она сделана с другого номера или адреса, добавьте код: «{verb} НОМЕР КОД»."


class Visits:
    """hub.conversations.ports.HubAnswers."""

    def __init__(self, booking: Booking, following: CaseTracking, sequencer: ConversationSequencer, federal: Callable[[str], bool]) -> None:
        """`federal` tells whether a line is the federal centre's: it neither books nor informs (FD-04)."""
        self._booking, self._following, self._sequencer, self._federal = booking, following, sequencer, federal

    def asked(self, message: Message) -> tuple[str, ...] | None:
        """The verb, the number and the code of a message that consists of these."""
        found = ASKED.fullmatch(message.text)
        return (found[1].lower(), found[2], found[3] or "") if found else None

    async def answer(self, head: Conversation, *asked: str) -> HubReply | None:
        """The result is sent by the appointment's own notification (notifications.py); by telephone and elsewhere also here."""
        verb, number, code = asked
        if self._federal(head.queue):
            return HubReply(PLACELESS)
        try:
            made = await self._his(head, verb, number, code)
            if verb in CANCEL:
                made = await self._booking.cancel(made.number, "")
            elif verb in RESTORE:
                made = await self._booking.restore(made.number, "")
            else:
                return self._told(made, code)
        except RefusedError as refused:
            return HubReply(refused.text)
        except (ConflictError, UnavailableError):
            return HubReply("Не получилось: попробуйте через минуту или спросите оператора.")
        aloud = self._sequencer.traits.of(head.address).spoken  # otherwise an operator would have to say it, and none may be there
        return self._told(made, code) if aloud or made.conversation != head.id else None

    async def stands(self, head: Conversation, number: str) -> HubReply:
        """The state for a number whose code was right. RefusedError for other numbers."""
        return HubReply(PLACELESS) if self._federal(head.queue) else HubReply(self.words(await self._booking.find(number)))

    def _told(self, made: Appointment, code: str) -> HubReply:
        """The state with the possible actions; a citizen who used a code would need it again."""
        verb = "отменить" if made.state in WAITS else "вернуть" if made.state is BookingState.CANCELLED and (made.slot or made.wish) else ""
        return HubReply(self.words(made), (f"{verb.capitalize()} {made.number}",) if verb and not code else ())

    async def _his(self, head: Conversation, verb: str, number: str, code: str) -> Appointment:
        """The same RefusedError for unknown and for others' appointments (ST-02)."""
        try:
            if code:
                return await self._booking.find(await self._following.proven_at(number, code, head.address))
            made = await self._booking.find(spelled(number))
        except RefusedError as error:
            raise RefusedError("no_such_appointment", error.text if code else STRANGE.format(verb=verb)) from None
        if plain(head.address) not in {made.person, made.notify}:
            raise RefusedError("no_such_appointment", STRANGE.format(verb=verb))
        return made

    def words(self, made: Appointment) -> str:
        """The state in words; of one that another centre keeps, where to call."""
        counter, title = self._booking.receptions.find(made.office), self._booking.receptions.title(made.service)
        where = f", {place(counter)}" if counter else ""
        at = f", {when(made.slot.at, counter.zone, self._sequencer.now())}" if counter and made.slot else ""
        kept = f" Её ведёт {self._booking.keepers.contact(made.keeper)}." if made.keeper else ""
        return f"Запись № {made.number} ({STATES[made.state]}): {title}{where}{at}.{kept}"
