"""Notifications of appointments: changes, with an invitation for the calendar, and a reminder a day before (BK-07).

An appointment is stored first, and its notifications are pending until sent: keys of messages and notices are the steps' own, so
that nothing is sent twice, and the next start sends what a crash cut off. A caller is told by the operator, and in writing where
they gave a number or a mailbox.

Of an appointment that another centre has handed over (handover.py) the citizen is told from here, where this hub can write to them, else
by the centre that has the conversation.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.appointments.appointment import Appointment, BookingAct
from hub.appointments.booking import Booking
from hub.appointments.icalendar import FILE, TYPE, invitation
from hub.appointments.texts import reminder, told
from hub.cases.tracking import CaseTracking, spoken
from hub.conversations.address import E164, Address
from hub.conversations.attachments import Upload, key_of
from hub.conversations.channel_traits import AddressForm, Brings
from hub.conversations.identities import address_of
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import ConflictError, LinkError, RefusedError
from hub.kernel.ports import Files
from hub.kernel.step_outbox import StepOutbox
from hub.notifications.notice import Ground
from hub.notifications.notifier import NotificationSender

log = logging.getLogger(__name__)

"""Families of channels that are paid by length. On voice channels an operator says it, without one the robot, or by_message.py."""
INVITES = frozenset({BookingAct.BOOK, BookingAct.MOVE, BookingAct.CANCEL, BookingAct.RESTORE})
AGAIN = timedelta(minutes=1)
"""Pause before the line to another centre is tried again."""
BEGINS = frozenset({BookingAct.BOOK, BookingAct.WAIT})
CODE_ALOUD = ("Код записи: {code}.\nПовторяю: {code}.\nЗапишите его и никому не сообщайте. "
              "С другого телефона нажмите звёздочку, номер записи, звёздочку, код и решётку.")
CODE = "Код записи: {code}. Никому его не сообщайте. С другого номера или адреса её можно отменить словами «отмена {number} {digits}»."


class AppointmentNotifications:
    def __init__(self, sequencer: ConversationSequencer, store: Store, files: Files, booking: Booking, following: CaseTracking,
                 notification_sender: NotificationSender,
                 zones: Callable[[Address], tuple[ZoneInfo, ...]], tell_remote: Callable[[Appointment, str, str], Awaitable[None]]) -> None:
        """`zones` gives the possible zones of a number; `tell_remote` has a citizen told by the centre with the conversation."""
        self._tell_remote = tell_remote
        self._traits = sequencer.traits
        self._sequencer, self._store, self._files, self._booking = sequencer, store, files, booking
        self._following, self._notification_sender, self._zones = following, notification_sender, zones
        self._steps = StepOutbox(store, Appointment, self._say)
        self._clock = DueDocuments(store, sequencer.now, Appointment, "remind", self._remind)
        self.tell, self.owe, self.look = self._steps.tell, self._steps.owe, self._clock.look

    async def start(self) -> None:
        """Raises StoreError."""
        await self._steps.start()
        await self._clock.start()

    def changed(self, made: Appointment) -> None:
        """Send notifications of the citizen's and the hub's actions, and set the timer; operators wait until their own are sent."""
        if not made.steps[-1].by:
            self.owe(made.number)
        self.look()

    async def close(self) -> None:
        await self._clock.close()
        await self._steps.close()

    async def _say(self, made: Appointment, step: int) -> str:
        counter = self._booking.receptions.find(made.office)
        if counter is None:
            return ""  # its office receives nobody any more: who closed it has informed the citizens
        service, now = self._booking.receptions.service(made.service), self._sequencer.now()
        key = f"appointment/{made.number}/{step}"
        if not made.conversation:
            theirs = await self._address(made)
            if text := told(made, step, counter, service, now, self._theirs(theirs), brief=self._traits.of(theirs).brief):
                invites = made.steps[step].act in INVITES and self._by_mail(theirs)
                await self.bring(made, key, text, await self._invitation(made, theirs) if invites else ())
            return ""
        live = await self._sequencer.load(made.conversation)
        to = address_of(made.notify) if made.notify else self._called(live.head.address) if made.steps[step].there else None
        here, there = (told(made, step, counter, service, now, self._theirs(each), brief=self._traits.of(each).brief)
                       for each in (live.head.address, to or live.head.address))
        if not here:
            return ""
        invites = made.steps[step].act in INVITES
        if to is not None:
            await self._notify(key, to, there, await self._invitation(made, to) if invites and self._by_mail(to) else ())
        if live.head.erased is not None or ("", key) in live.keys:
            return ""
        channel = self._traits.of(live.head.address)
        aloud = channel.spoken
        file = await self._invitation(made, live.head.address) if invites and channel.files is Brings.ANY else ()
        said = [Message(Author.SYSTEM, here, now, key=key, internal=aloud, attachments=file)]
        if made.steps[step].act in BEGINS and not any(each.act in BEGINS for each in made.steps[:step]):
            code = await self._following.issue(made.number, made.steps[0].by)
            if aloud and made.steps[0].by:  # the booking operator says it personally
                await self._add(live, said, file)
                return code
            written = CODE.format(code=spoken(code), number=made.number, digits=code)
            if aloud and to is not None and self._traits.of(to).brief:
                await self._write(to, written)
            said.append(Message(Author.SYSTEM, CODE_ALOUD.format(code=code) if aloud else written, now, veiled=True))
        await self._add(live, said, file)
        return ""

    async def _add(self, live: LiveConversation, said: list[Message], files: tuple[Attachment, ...] = ()) -> None:
        for file in files:
            await self._store.put(Upload(key_of(live.head.id, file.file), file))
        await self._sequencer.committed_step(live, said)

    async def _invitation(self, made: Appointment, to: Address) -> tuple[Attachment, ...]:
        counter, mailbox = self._booking.counter(made.office), to.value if self._by_mail(to) else ""
        content = invitation(made, counter, self._booking.receptions.service(made.service), made.steps[-1].at, mailbox)
        return (Attachment(await self._files.put(content), FILE, TYPE, len(content)),) if content else ()

    def _by_mail(self, to: Address) -> bool:
        return self._traits.of(to).address is AddressForm.MAILBOX

    async def _notify(self, key: str, to: Address, text: str, files: tuple[Attachment, ...] = ()) -> None:
        try:
            await self._notification_sender.notify("", key, to, text, Ground.REQUEST, attachments=files)
        except RefusedError as error:
            log.warning("notification of an appointment refused: not sent", extra={"key": key, "why": error.text})

    async def bring(self, made: Appointment, key: str, text: str, files: tuple[Attachment, ...] = ()) -> None:
        """Tell the citizen in writing, once, else in the conversation. Raises StoreError, LinkError."""
        to = await self._address(made)
        if self._sequencer.carried(to):
            await self._notify(key, to, text, files)
        elif not made.conversation:
            await self._tell_remote(made, key, text)
        elif (live := await self._sequencer.load(made.conversation)).head.erased is None and ("", key) not in live.keys:
            await self._add(live, [Message(Author.SYSTEM, text, self._sequencer.now(), key=key, internal=self._traits.of(to).spoken)])

    async def _address(self, made: Appointment) -> Address:
        """The citizen's: the named one, that of the conversation, or the one that it had at another centre."""
        if made.notify:
            return address_of(made.notify)
        if made.conversation:
            return (await self._sequencer.load(made.conversation)).head.address
        person = address_of(made.person)
        return self._called(person) or person

    def _called(self, address: Address) -> Address | None:
        """Address for changes made by an office, where the citizen is reached by telephone only."""
        return self._sequencer.by_sms(address.value) if self._traits.of(address).spoken else None

    async def _write(self, to: Address, text: str) -> None:
        try:
            await self._notification_sender.tell_code(to, text)
        except RefusedError as error:
            log.warning("code of an appointment refused by the channel: not sent", extra={"why": error.text})

    def _theirs(self, address: Address) -> tuple[ZoneInfo, ...]:
        """Possible zones of the citizen; none where they are unknown."""
        return self._zones(address) if E164.fullmatch(address.value) else ()

    async def _remind(self, made: Appointment) -> None:
        counter, key = self._booking.receptions.find(made.office), f"appointment/{made.number}/reminder/{made.sequence}"
        again: datetime | None = None
        if counter is not None:
            to = await self._address(made)
            text = reminder(made, counter, self._booking.receptions.service(made.service), self._sequencer.now(), self._theirs(to),
                            brief=self._traits.of(to).brief)
            try:
                await self.bring(made, key, text)
            except LinkError as error:
                log.warning("reminder of an appointment not sent to the centre of its citizen: retried",
                            extra={"appointment": made.number, "why": str(error)})
                again = self._sequencer.now() + AGAIN
        try:
            await self._store.exchange((replace(made, reminder=again),), (), seen=(made,))
        except ConflictError:
            return  # it was changed at this moment: it is examined again
