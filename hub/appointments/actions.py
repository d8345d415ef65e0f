"""Operators' actions on appointments, in a conversation and in an office's day list, with permissions and audit (BK-01…BK-07).

Refusals are those of booking.py, and: another centre books there, another operator's conversation.
"""

from datetime import date, datetime, timedelta

from msgspec import Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.access.read_log import AccessGround
from hub.actions.conversation_actions import Actions
from hub.appointments.appointment import Appointment, BookingAct, BookingState, Slot, Wanted, Wish
from hub.appointments.booking import Booking
from hub.appointments.notifications import AppointmentNotifications
from hub.appointments.office_day import OfficeDay, office_day
from hub.appointments.schedule import Counter
from hub.cases.tracking import CaseTracking
from hub.conversations.identities import Identity, Membership, plain
from hub.conversations.ports import Store
from hub.kernel.errors import OknoError, RefusedError
from hub.organisation.legal_terms import midnight_after

WEEK = 7
MOST = 1000
"""Of one person, or of an office's day."""


class Draft(Struct, frozen=True):
    """An operator's draft. `key` is unique to it: a repeated one books nothing."""

    key: str
    office: str
    service: str
    at: datetime | None
    window: str = ""
    wish: Wish | None = None
    name: str = ""
    notify: str = ""


class Appointing:
    def __init__(self, store: Store, actions: Actions, booking: Booking, appointment_notifications: AppointmentNotifications,
                 following: CaseTracking) -> None:
        self._store, self._actions, self._authorization = store, actions, actions.authorization
        self.booking, self._appointment_notifications, self._following = booking, appointment_notifications, following

    def centre(self, queue: str) -> str:
        """The code of the centre that books for a line."""
        return self._authorization.line(queue).centre

    def sees(self, who: Operator, made: Appointment) -> bool:
        """Operators who book at its centre. Default deny."""
        return self._authorization.may(who, Permission.BOOK) and made.centre in self._authorization.centres(who)

    async def free(self, who: Operator, conversation: int, office: str, service: str, since: datetime, until: datetime) -> list[Slot]:
        """Raises UnavailableError."""
        await self._actions.seen(who, conversation)
        return await self.booking.free(office, service, since, until)

    async def book(self, who: Operator, conversation: int, draft: Draft) -> tuple[Appointment, str]:
        """The appointment, and the code that the operator must say where the citizen cannot read it. Raises UnavailableError."""
        live, _ = await self._actions.mine(who, conversation)
        head = live.head
        wanted = Wanted(draft.key, draft.office, draft.service, head.id, plain(head.address), self.centre(head.queue), draft.at,
                        draft.window, draft.wish, draft.name, draft.notify)
        made = await self.booking.book(wanted, who.login)
        return made, await self._told(made.number)

    async def _told(self, number: str) -> str:
        try:
            return await self._appointment_notifications.tell(number)
        except OknoError:
            self._appointment_notifications.owe(number)
            return ""

    async def of(self, who: Operator, conversation: int) -> list[Appointment]:
        """All of the person's, at all linked addresses (CH-16), newest first, without those of other centres."""
        live = await self._actions.read(who, conversation, "appointments")
        here = plain(live.head.address)
        member = await self._store.get(Membership, here)
        identity = await self._store.get(Identity, member.identity) if member else None
        found = [made for address in (identity.addresses if identity else (here,))
                 for made in await self._store.marked(Appointment, "person", address, newest=True, limit=MOST)]
        return sorted((made for made in found if self.sees(who, made)), key=lambda made: made.made, reverse=True)

    async def day(self, who: Operator, office: str, on: date) -> list[Appointment]:
        """Appointments of an office on a day by its clock, earliest first; audited."""
        counter = self.mine(who, office)
        begins = midnight_after(on - timedelta(days=1), counter.zone)
        found = await self._store.marked(Appointment, "office", office, since=begins, until=midnight_after(on, counter.zone), limit=MOST)
        await self._actions.readings.note(who.login, "listed", detail=f"appointments: {office} {on}", ground=AccessGround.DUTY)
        return [made for made in found if self.sees(who, made)]

    async def waiting(self, who: Operator, office: str) -> list[Appointment]:
        """The waiting list of an office, in the order in which freed slots are given; audited."""
        self.mine(who, office)
        found = await self._store.marked(Appointment, "waiting", office, limit=MOST)
        await self._actions.readings.note(who.login, "listed", detail=f"appointments: {office} waiting", ground=AccessGround.DUTY)
        return [made for made in found if self.sees(who, made)]

    async def week(self, who: Operator, office: str, first: date) -> list[OfficeDay]:
        """Seven days of an office's calendar with counts; no names."""
        counter = self.mine(who, office)
        ends = midnight_after(first + timedelta(days=WEEK - 1), counter.zone)
        begins = midnight_after(first - timedelta(days=1), counter.zone)
        found = await self._store.marked(Appointment, "office", office, since=begins, until=ends, limit=WEEK * MOST)
        return [office_day(counter, first + timedelta(days=n), found) for n in range(WEEK)]

    def mine(self, who: Operator, office: str) -> Counter:
        """An office of the operator's centre. RefusedError("other_keeper") names the responsible one."""
        counter = self.booking.counter(office)
        keeper = self.booking.keepers.of(counter)
        if keeper not in self._authorization.centres(who):
            self.booking.keepers.check(counter, "")
        return counter

    async def find(self, who: Operator, number: str) -> Appointment:
        """Invisible ones are reported as unknown."""
        made = await self.booking.find(number)
        if not self.sees(who, made):
            raise RefusedError("no_such_appointment", "Такой записи нет.")
        await self._actions.readings.note(who.login, "appointment", number, ground=AccessGround.DUTY)
        return made

    async def act(self, who: Operator, number: str, act: BookingAct, *, at: datetime | None = None, window: str = "",
                  why: str = "") -> Appointment:
        """MOVE, CANCEL, RESTORE, HOLD, MISS or REOPEN. Raises UnavailableError."""
        made = await self.find(who, number)
        match act:
            case BookingAct.MOVE if at is not None:
                made = await self.booking.move(made.number, at, window, who.login)
            case BookingAct.CANCEL:
                made = await self.booking.cancel(made.number, who.login, why)
            case BookingAct.RESTORE:
                made = await self.booking.restore(made.number, who.login)
            case BookingAct.HOLD | BookingAct.MISS | BookingAct.REOPEN:
                made = await self.booking.note(made.number, act, who.login)
            case _:
                raise RefusedError("bad_step", "Так запись не изменить.")
        await self._told(made.number)
        return made

    async def renew_code(self, who: Operator, number: str) -> str:
        """A new code of an appointment; the old one becomes invalid."""
        made = await self.booking.kept((await self.find(who, number)).number)
        return await self._following.issue(made.number, who.login)

    def possible(self, made: Appointment, now: datetime) -> list[BookingAct]:
        """The possible actions."""
        begun = made.slot is not None and made.slot.at <= now
        match made.state:
            case BookingState.BOOKED:
                return [BookingAct.HOLD, BookingAct.MISS] if begun else [BookingAct.MOVE, BookingAct.CANCEL]
            case BookingState.ARRIVED | BookingState.CALLED:
                return [BookingAct.HOLD, BookingAct.MISS]
            case BookingState.WAITING | BookingState.ASKED:
                return [BookingAct.CANCEL]
            case BookingState.HANDED_OVER:
                return []
            case BookingState.CANCELLED:
                over = begun if made.slot is not None else made.wish is None or made.wish.until <= now
                return [] if over else [BookingAct.RESTORE]
            case _:
                return [BookingAct.REOPEN]
