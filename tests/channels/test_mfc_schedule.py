"""An АИС МФЦ over HTTP, against a server that behaves as badly as it is told: nobody waits, and nothing is left there (IN-02)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from time import monotonic

import pytest

from bots.russian import Russian
from channels.systems import mfc
from hub.appointments.appointment import Appointment, BookingAct, BookingState, Claim, Slot, slot_claims
from hub.appointments.booking import Booking
from hub.appointments.external_schedule import Schedule, Visit, VisitState
from hub.appointments.external_staff import Specialists
from hub.appointments.external_sync import ExternalSync, Outside
from hub.appointments.maintenance import AppointmentMaintenance
from hub.kernel.errors import RefusedError, UnavailableError
from okno.demo.mfc import MfcSystem
from storage.memory import MemoryStore
from tests.appointments.test_booking import MONDAY, NOW, refused, wanted
from tests.federation.receiver import RECEPTIONS, booking_of
from tests.rig import MOSCOW, Clock

LIMIT_S = 0.3
SLOT = Slot(MONDAY, "1", 15)
VISIT = Visit("077-1", "mfc", "passport", SLOT, "Пётр")


@pytest.fixture
async def far_end() -> AsyncIterator[MfcSystem]:
    async with MfcSystem() as running:
        yield running


@pytest.fixture
async def schedule(far_end: MfcSystem) -> AsyncIterator[Schedule]:
    made = mfc.schedule({"url": far_end.url}, LIMIT_S)
    yield made
    await made.close()


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = NOW
    return clock


@pytest.fixture
async def store() -> MemoryStore:
    return MemoryStore(Russian())


@pytest.fixture
async def booking(store: MemoryStore, clock: Clock, schedule: Schedule) -> Booking:
    return booking_of(store, clock, text=RECEPTIONS.replace('office = "mfc"', 'office = "mfc"\noutside = "ais"'), ais=schedule)


async def test_slots_are_booked_moved_and_cancelled(schedule: Schedule, far_end: MfcSystem) -> None:
    # IN-02
    async def free() -> list[str]:
        return [slot.window for slot in await schedule.free("mfc", "passport", MONDAY, MONDAY + timedelta(minutes=15))]

    assert await free() == ["1", "2", "3"]
    await asyncio.gather(schedule.book(VISIT), schedule.book(VISIT))
    assert list(far_end.visits.values()) == [VISIT]
    assert await free() == ["2", "3"]
    with pytest.raises(RefusedError) as error:
        await schedule.book(Visit("077-2", "mfc", "passport", SLOT, ""))
    assert error.value.code == "taken"
    await schedule.book(Visit("077-1", "mfc", "passport", Slot(MONDAY, "2", 15), "Пётр"))
    assert await free() == ["1", "3"]
    await schedule.cancel("077-1")
    await schedule.cancel("077-1")
    assert await free() == ["1", "2", "3"]


@pytest.mark.parametrize("mood", ["hang", "nonsense", 500, 503, 429, 302])
async def test_whatever_is_wrong_there_is_away_and_soon(schedule: Schedule, far_end: MfcSystem, mood: str | int) -> None:
    # IN-02: time-outs never block the operator
    far_end.moods = [mood]
    began = monotonic()
    with pytest.raises(UnavailableError):
        await schedule.free("mfc", "passport", MONDAY, MONDAY + timedelta(hours=1))
    assert monotonic() - began < LIMIT_S * 10


async def test_what_it_has_heard_and_not_answered_is_not_left_there(booking: Booking, store: MemoryStore, clock: Clock,
                                                                   far_end: MfcSystem) -> None:
    # IN-02
    far_end.moods = ["deaf"]
    with pytest.raises(UnavailableError):
        await booking.book(wanted(1, window="1"), "anna")
    assert len(far_end.visits) == 1  # it has booked, and nobody here knows
    assert await store.count(Appointment, "taken", "mfc") == 0
    appointment_maintenance = AppointmentMaintenance(store, booking, MOSCOW, clock)
    await appointment_maintenance.start()
    assert far_end.visits == {}
    made = await booking.book(wanted(1, window="1", key="again"), "anna")
    assert (made.state, list(far_end.visits)) == (BookingState.BOOKED, [made.number])
    await appointment_maintenance.close()


async def test_both_calendars_must_have_it(booking: Booking, far_end: MfcSystem) -> None:
    # IN-02, BK-03
    far_end.visits["там"] = Visit("там", "mfc", "passport", SLOT, "")
    assert [slot.window for slot in await booking.free("mfc", "passport", MONDAY, MONDAY + timedelta(minutes=1))] == ["2"]
    assert await refused(booking.book(wanted(1, window="1"), "anna")) == "taken"
    came = await asyncio.gather(*(booking.book(wanted(n, window="2"), "anna") for n in range(20)), return_exceptions=True)
    assert sum(isinstance(each, Appointment) for each in came) == 1
    assert len([visit for visit in far_end.visits.values() if visit.slot.window == "2"]) == 1


@pytest.fixture
def read(booking: Booking, store: MemoryStore, clock: Clock, schedule: Schedule) -> Callable[[], Awaitable[None]]:
    """Read what has become of visits, as the hub does from time to time."""
    external_sync = ExternalSync({"ais": Outside(schedule, timedelta(seconds=30))}, booking, store, clock)
    return lambda: external_sync.look("ais", schedule)


def course(made: Appointment) -> list[str]:
    return [each.act for each in made.steps if each.there]


@pytest.mark.parametrize(("states", "acts"), [
    (["arrived", "called", "served"], ["arrive", "call", "hold"]),
    (["served"], ["hold"]),
    (["arrived", "missed"], ["arrive", "miss"]),
    (["missed", "served"], ["miss", "reopen", "hold"]),
    (["called", "arrived"], ["call", "reopen", "arrive"]),
    (["arrived", "booked"], ["arrive", "reopen"]),
    (["served", "cancelled"], ["hold", "reopen", "cancel"])])
async def test_what_became_of_a_visit_there_is_so_here(booking: Booking, far_end: MfcSystem, read: Callable[[], Awaitable[None]],
                                                       states: list[str], acts: list[str]) -> None:
    # IN-02, BK-07: came, called, served, missed; what is told twice is done once
    made = await booking.book(wanted(1, window="1"), "anna")
    await read()
    assert course(await booking.find(made.number)) == []  # what the hub itself has done is no news
    for state in states:
        far_end.happens(made.number, VisitState(state), window="5", specialist="Примерова А. А.")
        await read()
        await read()
    after = await booking.find(made.number)
    assert course(after) == acts
    assert [each.why for each in after.steps if each.act is BookingAct.CALL] == ["окно 5, Примерова А. А."] * acts.count("call")


async def test_what_is_moved_there_is_free_here_and_the_place_is_kept(booking: Booking, store: MemoryStore, far_end: MfcSystem,
                                                                     read: Callable[[], Awaitable[None]]) -> None:
    # IN-02, BK-03
    made = await booking.book(wanted(1, window="1"), "anna")
    there = Slot(MONDAY + timedelta(hours=1), "2", 15)
    far_end.happens(made.number, VisitState.BOOKED, there, why="окно закрыто")
    await read()
    after = await booking.find(made.number)
    assert (after.slot, after.steps[-1].act, after.steps[-1].why) == (there, BookingAct.MOVE, "окно закрыто")
    assert await store.get(Claim, slot_claims(made)[0].key) is None
    assert (await store.get(Claim, slot_claims(after)[0].key)) is not None
    far_end.happens(made.number, VisitState.CANCELLED)
    await read()
    assert (await booking.find(made.number)).state is BookingState.CANCELLED
    assert await store.count(Appointment, "taken", "mfc") == 0
    await booking.book(wanted(1, MONDAY + timedelta(hours=1), window="2", key="again"), "anna")  # his place is his again, and so is the time


async def test_nothing_is_lost_while_it_is_away_and_nothing_undoes_what_the_hub_is_telling(
        booking: Booking, store: MemoryStore, clock: Clock, far_end: MfcSystem, read: Callable[[], Awaitable[None]]) -> None:
    # IN-02, IN-03
    made, other = [await booking.book(wanted(n, window=str(n)), "anna") for n in (1, 2)]
    far_end.happens(made.number, VisitState.ARRIVED)
    far_end.moods = ["hang"]
    with pytest.raises(UnavailableError):
        await read()
    await read()
    assert course(await booking.find(made.number)) == ["arrive"]

    far_end.moods = ["hang"]  # the hub's own move is not heard of yet
    with pytest.raises(UnavailableError):
        await booking.move(other.number, MONDAY + timedelta(hours=2), "2", "anna")
    far_end.happens(other.number, VisitState.BOOKED, Slot(MONDAY + timedelta(hours=3), "2", 15))
    await read()
    assert (await booking.find(other.number)).slot == other.slot
    appointment_maintenance = AppointmentMaintenance(store, booking, MOSCOW, clock)
    await appointment_maintenance.start()  # it tells how it stands here, and that holds
    await appointment_maintenance.close()
    await read()
    assert ((await booking.find(other.number)).slot, far_end.visits[other.number].slot) == (other.slot, other.slot)


async def test_a_visit_of_nobody_here_is_nobody_s_business(booking: Booking, far_end: MfcSystem, read: Callable[[], Awaitable[None]]) -> None:
    # IN-02
    made = await booking.book(wanted(1, window="1"), "anna")
    far_end.visits["там"] = Visit("там", "mfc", "passport", SLOT, "")
    far_end.happens("там", VisitState.SERVED)
    far_end.happens(made.number, VisitState.SERVED)
    del far_end.visits["там"]
    await read()
    assert course(await booking.find(made.number)) == ["hold"]


async def test_who_receives_is_known_while_the_system_is_away(booking: Booking, schedule: Schedule, far_end: MfcSystem, clock: Clock) -> None:
    # IN-02: a hand-over names the specialist by his role
    specialists = Specialists({"ais": schedule}, lambda: booking.receptions, clock)
    (staff,) = await specialists.of(mfc="large")
    assert [each.role for each in staff.specialists] == [each.role for each in far_end.staff]
    clock.now += timedelta(minutes=6)
    far_end.moods = [500]
    assert await specialists.of(office="mfc") == [staff]
    far_end.moods = [500]
    unknown = Specialists({"ais": schedule}, lambda: booking.receptions, clock)
    assert [(each.known, each.specialists) for each in await unknown.of(office="mfc")] == [(None, ())]
    assert await specialists.of(office="omsk") == []  # no system outside has its slots
