"""Automatic maintenance of appointments at each start, each midnight, and after changes.

Gives freed slots to the waiting list, follows new centres (BK-05), resends updates to external systems, and fits booked appointments
into a changed calendar.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from datetime import date, datetime, timedelta, tzinfo

from msgspec.structs import replace

from hub.appointments.appointment import Appointment, BookingAct, BookingState, Claim, Slot, slot_claim, stepped
from hub.appointments.booking import TRIES, Booking
from hub.appointments.schedule import Counter
from hub.conversations.ports import Store
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import ConflictError, OknoError, RefusedError
from hub.organisation.legal_terms import midnight_after

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=30)
"""Pause before an unavailable external system is informed again."""
PAGE = 500
OWED, DAY = 0, 1
"""Keys of the deadline queue."""


class AppointmentMaintenance:
    def __init__(self, store: Store, booking: Booking, zone: tzinfo, now: Callable[[], datetime]) -> None:
        """`zone` is the centre's: centres open and close at its midnight."""
        self._store, self._booking, self._zone, self._now = store, booking, zone, now
        self._agenda = DeadlineQueue(now, lambda entry: self._tasks.spawn(self._settle() if entry == OWED else self._daily()))
        self._turn = asyncio.Lock()
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Raises StoreError."""
        await self.fit()
        await self._daily()
        await self._settle()

    def changed(self, appointment: Appointment) -> None:
        """A slot may be free for the waiting list; an external system may have to be informed."""
        if appointment.owes and not appointment.stands:
            self._tasks.spawn(self._settle())
        elif appointment.owes:
            self._agenda.put(OWED, self._now() + AGAIN)
        if appointment.steps[-1].act in {BookingAct.CANCEL, BookingAct.MOVE}:
            self._tasks.spawn(self._filled(appointment.office))

    def refit(self) -> None:
        """Offices or their hours have changed."""
        self._tasks.spawn(self._refitted())

    async def _refitted(self) -> None:
        try:
            await self.fit()
            for counter in self._booking.receptions:
                await self._filled(counter.id)
        except OknoError as error:
            log.warning("appointments are not fitted to the changed calendar: retried at the next start", extra={"why": str(error)})

    def look(self) -> None:
        """Do what is due; otherwise called by the timer."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def _daily(self) -> None:
        self._agenda.put(DAY, midnight_after(self._today(), self._zone))
        try:
            await self.migrate()
        except OknoError as error:
            log.warning("appointments are not moved to the centre that opens today: retried tomorrow", extra={"why": str(error)})
        for counter in self._booking.receptions:
            await self._filled(counter.id)

    def _today(self) -> date:
        return self._now().astimezone(self._zone).date()

    async def _settle(self) -> None:
        async with self._turn:
            self._agenda.put(OWED, None)
            while owing := await self._store.marked(Appointment, "owes", limit=PAGE):
                if not all([await self._settled(each) for each in owing]):
                    self._agenda.put(OWED, self._now() + AGAIN)
                    return

    async def _settled(self, owing: Appointment) -> bool:
        try:
            await self._booking.settle(owing)
        except OknoError as error:
            log.warning("booking system not updated with an appointment: retried", extra={"appointment": owing.number, "why": str(error)})
            return False
        return True

    async def _filled(self, office: str) -> None:
        try:
            await self.fill(office)
        except OknoError as error:
            log.warning("free slots not offered to the waiting list: retried daily", extra={"office": office, "why": str(error)})

    async def fill(self, office: str) -> None:
        """The waiting list, the longest first, gets matching free slots. Raises UnavailableError, StoreError."""
        counter = self._booking.counter(office)
        async with self._turn:
            with self._booking.under_way(office):
                if not self._booking.keepers.remote(counter):
                    await self._fill(counter)

    async def _fill(self, counter: Counter) -> None:
        for waits in await self._store.marked(Appointment, "waiting", counter.id, limit=PAGE):
            if waits.wish is not None and waits.wish.until > self._now():
                await self._serve(counter, waits)

    async def _serve(self, counter: Counter, waits: Appointment) -> None:
        assert waits.wish is not None  # noqa: S101 - a waiting appointment has one
        for slot in await self._booking.free(counter.id, waits.service, waits.wish.since, waits.wish.until):
            if await self._given(counter, waits.number, slot):
                return

    async def _given(self, counter: Counter, number: str, slot: Slot) -> bool:
        """False where the slot was taken meanwhile. True also where the appointment waits no more."""
        for _ in range(TRIES):
            waits = await self._store.get(Appointment, number)
            if waits is None or waits.state is not BookingState.WAITING:
                return True
            try:
                await self._booking.give(counter, waits, slot, BookingAct.BOOK, "", seen=(waits,))
            except RefusedError:
                return False
            except ConflictError:
                continue  # either the slot was taken, or the appointment changed: its citizen was just told
            return True
        return False

    async def migrate(self) -> int:
        """Future appointments go to the centre that books there today; returns their number (BK-05). Times and numbers are unchanged.

        Those of centres on other deployments are handed over (handover.py).
        """
        moved = 0
        for counter in self._booking.receptions:
            keeper = "" if self._booking.keepers.remote(counter) else self._booking.keepers.of(counter)
            async for each in self.coming(counter.id):
                if keeper and each.centre != keeper:
                    after = replace(stepped(each, self._now(), "", BookingAct.MIGRATE, why=keeper), centre=keeper)
                    await self._booking.changed(each, after, BookingAct.MIGRATE, "")
                    moved += 1
        return moved

    async def fit(self) -> None:
        """An appointment of a former calendar keeps its time: it occupies all current slots that it overlaps."""
        for counter in self._booking.receptions:
            async for each in self.coming(counter.id):
                if each.slot is not None and not counter.has(each.slot):
                    await asyncio.gather(*map(self._store.put, _met(counter, each)))

    async def coming(self, office: str) -> AsyncGenerator[Appointment, None]:
        """All with a future slot, or on the waiting list."""
        for name, since in (("taken", self._now()), ("waiting", None)):
            after: Appointment | None = None
            while page := await self._store.marked(Appointment, name, office, since=since, after=after, limit=PAGE):
                after = page[-1]
                for each in page:
                    yield each


def _met(counter: Counter, made: Appointment) -> list[Claim]:
    assert made.slot is not None  # noqa: S101 - its caller has looked
    days = counter.days(made.slot.at, made.slot.ends)
    return [slot_claim(counter.id, slot, made.number) for day in days for slot in counter.slots(day, (made.slot.window,))
            if slot.meets(made.slot)]


async def newest_number(store: Store, centre: str) -> str:
    """The highest appointment number of a centre so far; "" before the first."""
    found = await store.marked(Appointment, "numbered", centre, newest=True, limit=1)
    return found[0].number if found else ""
