"""Hands appointments over to the centre on another deployment that books there from now on, and takes in those of others (BK-05, 0137).

former centre                                  new centre
    handed, handed, handed ─────────────────►  stored under their numbers; no slot is offered yet
                           ◄─────────────────  taken, taken, taken
    all_handed (of an office) ──────────────►  its free slots are offered
                           ◄─────────────────  told: what the citizen is to read where only the former centre reaches them

The outbox is the appointment itself, which has an index entry until it is confirmed. It is sent again on each day under another id, so
that a centre that was not able to take it in gets it again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta, tzinfo

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.appointments.appointment import (
    Appointment,
    BookingAct,
    BookingState,
    Claim,
    OfficeHandedOver,
    at_keeper,
    handed_over,
    office_key,
    place_claim,
    slot_claims,
)
from hub.appointments.booking import TRIES, Booking
from hub.appointments.maintenance import AppointmentMaintenance
from hub.appointments.schedule import Counter
from hub.cases.tracking import CaseCode
from hub.conversations.ports import Store
from hub.federation.envelope import Envelope
from hub.federation.envelope_decoder import decode
from hub.federation.ports import Link
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import ConflictError, LinkError, OknoError, RefusedError
from hub.organisation.legal_terms import midnight_after

log = logging.getLogger(__name__)

VERSION = 1
"""Of all messages of this file."""
AGAIN = timedelta(seconds=30)
PAGE = 500
THE_NEXT = 0
"""Single key of the deadline queue."""


class AppointmentHanded(Struct, frozen=True, omit_defaults=True):
    """As the receiver stores it. `code` is the digest of the citizen's code."""

    appointment: Appointment
    code: str = ""


class AppointmentTaken(Struct, frozen=True):
    """It is stored there."""

    number: str


class AllHanded(Struct, frozen=True):
    """Nothing of an office is left with its former centre, which books there no more, on a day."""

    office: str
    on: date


class AppointmentTold(Struct, frozen=True):
    """What a citizen is to read in the conversation of the appointment; `key` is unique."""

    number: str
    key: str
    text: str


News = AppointmentHanded | AppointmentTaken | AllHanded | AppointmentTold
KINDS: dict[str, type[News]] = {"appointment.handed": AppointmentHanded, "appointment.taken": AppointmentTaken,
                                "appointment.all_handed": AllHanded, "appointment.told": AppointmentTold}
_KIND_OF = {form: kind for kind, form in KINDS.items()}


class AppointmentLink:
    """Sends messages of this room to other deployments."""

    def __init__(self, link: Link | None, code: str, now: Callable[[], datetime]) -> None:
        """`code` is the centre of this deployment."""
        self._link, self.code, self._now = link, code, now

    async def send(self, news: News, id_: str, to: str) -> None:
        """`id_` is unique at this centre: a repeated one has no effect. Raises LinkError."""
        if self._link is None:
            raise LinkError("there is no line to other centres")
        data = msgspec.json.encode(news)
        await self._link.send(Envelope(f"{self.code}/{id_}", _KIND_OF[type(news)], self.code, to, self._now(), VERSION, data))

    async def tell(self, made: Appointment, key: str, text: str) -> None:
        """Have the citizen told by the centre that has the conversation. Raises LinkError."""
        await self.send(AppointmentTold(made.number, key, text), f"appointment/told/{key}", made.origin)


class AppointmentHandover:
    """Both ends."""

    def __init__(self, store: Store, booking: Booking, maintenance: AppointmentMaintenance, link: AppointmentLink, zone: tzinfo,
                 now: Callable[[], datetime], bring: Callable[[Appointment, str, str], Awaitable[None]]) -> None:
        """`zone` is the centre's: centres open and close at its midnight. `bring` tells a citizen something in writing, once."""
        self._store, self._booking, self._maintenance, self._link = store, booking, maintenance, link
        self._zone, self._now, self._bring = zone, now, bring
        self._sent = set[str]()
        """Ids of this run: they need not be sent again."""
        self._agenda = DeadlineQueue(now, lambda _: self.look())
        self._turn = asyncio.Lock()
        self._tasks = BackgroundTasks()
        self.kinds = dict.fromkeys(KINDS, self.hear)
        """Handlers of envelopes by kind."""

    def look(self) -> None:
        """Hand over what another centre keeps from now on: at each start, each midnight, and while something is left."""
        self._tasks.spawn(self._look())

    def changed(self, made: Appointment) -> None:
        """One that was being made when another centre opened goes there, too."""
        counter = self._booking.receptions.find(made.office)
        if counter is not None and made.state is BookingState.BOOKED and self._booking.keepers.remote(counter):
            self._agenda.put(THE_NEXT, self._now())

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def _look(self) -> None:
        async with self._turn:
            done = True
            for counter in self._booking.receptions:
                if keeper := self._booking.keepers.remote(counter):
                    try:
                        done &= await self._hand_over(counter, keeper)
                    except OknoError as error:
                        log.warning("appointments not handed over to their new centre: retried",
                                    extra={"office": counter.id, "centre": keeper, "why": str(error)})
                        done = False
            self._agenda.put(THE_NEXT, midnight_after(self._today(), self._zone) if done else self._now() + AGAIN)

    def _today(self) -> date:
        return self._now().astimezone(self._zone).date()

    async def _hand_over(self, counter: Counter, keeper: str) -> bool:
        """False while something may be left here. Raises StoreError, LinkError."""
        done = self._booking.rests(counter.id)  # whoever begins to book after this is refused
        async for each in self._maintenance.coming(counter.id):
            if self._is_at_rest(each):
                after = handed_over(each, self._now(), keeper)
                await self._booking.changed(each, after, BookingAct.MIGRATE, "", gone=(place_claim(each), *slot_claims(each)))
            else:
                done = False
        left: Appointment | None = None
        while page := await self._store.marked(Appointment, "unconfirmed", counter.id, after=left, limit=PAGE):
            left = page[-1]
            for each in page:
                await self._send(each)
        if done and left is None:  # else the last confirmation looks again
            await self._once(AllHanded(counter.id, self._today()), f"appointments/{counter.id}/{self._today()}", keeper)
        return done

    def _is_at_rest(self, made: Appointment) -> bool:
        """Neither is an external system being asked, nor the citizen reminded at this moment."""
        return made.state is not BookingState.ASKED and (made.reminder is None or made.reminder > self._now())

    async def _send(self, handed: Appointment) -> None:
        code = await self._store.get(CaseCode, handed.number)
        told = AppointmentHanded(at_keeper(handed, self._link.code), code.hash if code else "")
        await self._once(told, f"appointment/{handed.number}/{len(handed.steps)}/{self._today()}", handed.keeper)

    async def _once(self, news: News, id_: str, to: str) -> None:
        if id_ not in self._sent:
            await self._link.send(news, id_, to)
            self._sent.add(id_)

    async def hear(self, parcel: Envelope) -> None:
        """Process an envelope, once. Raises OknoError: then it is delivered again."""
        match decode(parcel, KINDS[parcel.kind]):
            case AppointmentHanded(appointment=made, code=code):
                await self._take_in(parcel, made, code)
            case AppointmentTaken(number=number):
                await self._confirmed(parcel.source, number)
            case AllHanded(office=office, on=on):
                await self._store.put(OfficeHandedOver(office_key(parcel.source, office), on))
                self._maintenance.refit()
            case AppointmentTold(number=number, key=key, text=text):
                handed = await self._store.get(Appointment, number)
                if handed is not None and handed.keeper == parcel.source:
                    await self._bring(handed, key, text)

    async def _take_in(self, parcel: Envelope, made: Appointment, code: str) -> None:
        """An office that is not known here yet has its appointments all the same."""
        counter = self._booking.receptions.find(made.office)
        if made.steps[-1].act is not BookingAct.MIGRATE or (counter is not None and self._booking.keepers.of(counter) != made.centre):
            log.warning("appointment of an office that another centre books for: not taken in",
                        extra={"appointment": made.number, "office": made.office, "from": parcel.source})
            return
        for left in reversed(range(TRIES)):
            try:
                await self._stored(made, code)
                break
            except ConflictError:
                if not left:
                    raise
        await self._link.send(AppointmentTaken(made.number), f"appointment/taken/{parcel.id}", parcel.source)

    async def _stored(self, made: Appointment, code: str) -> None:
        """With its slot, also where that is none here; once. Raises ConflictError after a concurrent change."""
        known, counter = await self._store.get(Appointment, made.number), self._booking.receptions.find(made.office)
        if known is not None and not (known.keeper and len(known.steps) < len(made.steps)):
            return
        if known is not None:  # it comes back
            made = replace(made, conversation=known.conversation, origin=known.origin)
        place, over = await self._place(counter, made)
        made = replace(made, place=place, owes=bool(counter and counter.reception.outside and made.stands))
        claims = [each for each in slot_claims(made) if await self._store.get(Claim, each.key) is None]
        if made.slot is not None and not claims:
            log.warning("two appointments have one slot", extra={"appointment": made.number, "office": made.office})
        before, mine = (known,) if known else (), (place_claim(made),)
        await self._booking.exchange(
            made, BookingAct.MIGRATE, "", seen=(*before, *over), new=(*(() if known else (made,)), *(() if over else mine), *claims),
            put=(*((made,) if known else ()), *(mine if over else ()), *((CaseCode(made.number, code),) if code else ())))

    async def _place(self, counter: Counter | None, made: Appointment) -> tuple[str, tuple[Claim, ...]]:
        """One of the person's places here; one more, where all are taken."""
        try:
            if counter is not None:
                return await self._booking.place(counter, made.person)
        except RefusedError:
            pass
        return f"handed/{made.number}", ()

    async def _confirmed(self, source: str, number: str) -> None:
        handed = await self._store.get(Appointment, number)
        if handed is None or handed.keeper != source or not handed.unconfirmed:
            return
        await self._store.exchange((replace(handed, unconfirmed=False),), (), seen=(handed,))
        if not await self._store.count(Appointment, "unconfirmed", handed.office):
            self.look()
