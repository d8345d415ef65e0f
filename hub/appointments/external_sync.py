"""Reads back changes of visits in an external appointment system: arrivals, calls, moves, cancellations (IN-02).

The system lists the visits changed since a cursor, and is asked for the current state of each, which is compared with the
appointment loaded before the request. A concurrent change of the hub wins in the store, and the visit is examined again; reading a
change twice is harmless. An unavailable system is asked again from the same cursor.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from hub.appointments.appointment import LEADS_TO, Appointment, BookingAct, BookingState, Slot, place_claim, reminding, slot_claims, stepped
from hub.appointments.booking import Booking
from hub.appointments.external_schedule import Attended, ReadBack, Schedule, VisitState
from hub.conversations.ports import Store
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import ConflictError, OknoError

log = logging.getLogger(__name__)

PAGES = 50
"""Pages of changes in one run; the rest is read in the next."""
TRIES = 3
STANDS_AS: dict[VisitState, tuple[BookingState, BookingAct]] = {
    VisitState.BOOKED: (BookingState.BOOKED, BookingAct.REOPEN),
    VisitState.ARRIVED: (BookingState.ARRIVED, BookingAct.ARRIVE),
    VisitState.CALLED: (BookingState.CALLED, BookingAct.CALL),
    VisitState.SERVED: (BookingState.HELD, BookingAct.HOLD),
    VisitState.MISSED: (BookingState.NO_SHOW, BookingAct.MISS),
    VisitState.CANCELLED: (BookingState.CANCELLED, BookingAct.CANCEL)}
"""State there to state here, with the action that leads to it."""
TAKEN_BACK = LEADS_TO[BookingAct.REOPEN][0]


class Outside(Struct, frozen=True):
    """An external system, with its polling interval."""

    schedule: Schedule
    every: timedelta


class ExternalSync:
    """All external appointment systems, by key."""

    def __init__(self, systems: Mapping[str, Outside], booking: Booking, store: Store, now: Callable[[], datetime]) -> None:
        self._systems, self._booking, self._store, self._now = list(systems.items()), booking, store, now
        self._agenda = DeadlineQueue(now, lambda entry: self._tasks.spawn(self._look(entry)))
        self._turn = asyncio.Lock()
        self._tasks = BackgroundTasks()
        self._wrong: dict[str, str] = {}

    def start(self) -> None:
        """Start polling, in the background."""
        for entry in range(len(self._systems)):
            self._agenda.put(entry, self._now())

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def _look(self, entry: int) -> None:
        key, system = self._systems[entry]
        try:
            await self.look(key, system.schedule)
        except OknoError as error:
            if self._wrong.get(key) != str(error):
                log.warning("booking system unavailable: changes of appointments are polled again",
                            extra={"system": key, "why": str(error)})
            self._wrong[key] = str(error)
        else:
            self._wrong.pop(key, None)
        self._agenda.put(entry, self._now() + system.every)

    async def look(self, key: str, schedule: Schedule) -> None:
        """Read the changes since the last time. Raises UnavailableError, RefusedError, StoreError."""
        async with self._turn:
            heard = await self._store.get(ReadBack, key) or ReadBack(key)
            heard = replace(heard, again=await self._followed(key, schedule, heard.again))
            for _ in range(PAGES):
                changes = await schedule.changes(heard.place)
                again = await self._followed(key, schedule, changes.numbers)
                before, heard = heard, ReadBack(key, changes.place, tuple(dict.fromkeys((*heard.again, *again))))
                if heard != before:
                    await self._store.put(heard)
                if not changes.numbers or heard.place == before.place:
                    return

    async def _followed(self, key: str, schedule: Schedule, numbers: tuple[str, ...]) -> tuple[str, ...]:
        """Visits that must be examined again."""
        return tuple([number for number in numbers if not await self._surely(key, schedule, number)])

    async def _surely(self, key: str, schedule: Schedule, number: str) -> bool:
        for _ in range(TRIES):
            with suppress(ConflictError):  # the appointment was changed at this moment
                return await self._follow(key, schedule, number)
        return False

    async def _follow(self, key: str, schedule: Schedule, number: str) -> bool:
        """Apply the visit's state there; False while the hub still has to inform the system. Raises ConflictError."""
        made = await self._store.get(Appointment, number)
        if made is None or not self._has(key, made.office):
            return True  # not booked by the hub, or erased here
        if made.owes:
            return False
        there = await schedule.visit(number)
        if there is None:
            log.warning("the booking system reports a change of an unknown appointment: ignored",
                        extra={"system": key, "appointment": number})
            return True
        await self._take_over(made, there)
        return True

    def _has(self, key: str, office: str) -> bool:
        counter = self._booking.receptions.find(office)
        return counter is not None and counter.reception.outside == key

    async def _take_over(self, made: Appointment, there: Attended) -> None:
        for act in acts(made, there):
            after = done(made, act, there, self._now())
            gone, put = slot_claims(made), slot_claims(after)
            match act:
                case BookingAct.MOVE:
                    made = await self._booking.changed(made, after, act, "", gone=gone, put=(place_claim(after), *put))
                case BookingAct.CANCEL:
                    made = await self._booking.changed(made, after, act, "", gone=(place_claim(made), *gone))
                case _:
                    made = await self._booking.changed(made, after, act, "")


def acts(made: Appointment, there: Attended) -> Iterator[BookingAct]:
    """The actions that lead from the state here to the state there. Pure.

    Waiting and cancelled appointments stay: only the hub gives them slots.
    """
    at, (state, act) = made.state, STANDS_AS[there.state]
    if at is not BookingState.BOOKED and at not in TAKEN_BACK:
        return
    moved = state is not BookingState.CANCELLED and not _same(made.slot, there.slot)
    if at in TAKEN_BACK and (moved or (at is not state and at not in LEADS_TO[act][0])):
        yield BookingAct.REOPEN
        at = BookingState.BOOKED
    if moved:
        yield BookingAct.MOVE
    if at is not state:
        yield act


def _same(ours: Slot | None, theirs: Slot) -> bool:
    """Lengths may differ."""
    return ours is not None and (ours.at, ours.window) == (theirs.at, theirs.window)


def done(made: Appointment, act: BookingAct, there: Attended, now: datetime) -> Appointment:
    """The appointment after one of these actions. Pure."""
    if act is BookingAct.MOVE:
        slot = replace(there.slot, at=there.slot.at.astimezone(UTC))
        return reminding(stepped(made, now, "", act, slot=slot, why=there.why, there=True), now)
    if act is BookingAct.CANCEL:
        return replace(stepped(made, now, "", act, why=there.why, there=True), reminder=None)
    at = f"окно {there.window}" if there.window and act is BookingAct.CALL else ""
    receives = there.specialist if act in {BookingAct.CALL, BookingAct.HOLD} else ""
    return stepped(made, now, "", act, why=", ".join(filter(None, (at, receives))), there=True)
