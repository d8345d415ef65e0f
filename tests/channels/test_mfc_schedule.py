"""An АИС МФЦ over HTTP, against a server that behaves as badly as it is told: nobody waits, and nothing is left there (IN-02)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from time import monotonic

import pytest

from bots.russian import Russian
from channels.systems import mfc
from hub.appointments import Appointment, BookingState, Slot
from hub.booking import Booking
from hub.errors import RefusedError, UnavailableError
from hub.schedules import Schedule, Visit
from hub.upkeep import Upkeep
from okno.demo.mfc import MfcSystem
from storage.memory import MemoryStore
from tests.hub.receiving import RECEPTIONS, booking_of
from tests.hub.rig import MOSCOW, Clock
from tests.hub.test_booking import MONDAY, NOW, refused, wanted

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
    upkeep = Upkeep(store, booking, MOSCOW, clock)
    await upkeep.start()
    assert far_end.visits == {}
    made = await booking.book(wanted(1, window="1", key="again"), "anna")
    assert (made.state, list(far_end.visits)) == (BookingState.BOOKED, [made.number])
    await upkeep.close()


async def test_both_calendars_must_have_it(booking: Booking, far_end: MfcSystem) -> None:
    # IN-02, BK-03
    far_end.visits["там"] = Visit("там", "mfc", "passport", SLOT, "")
    assert [slot.window for slot in await booking.free("mfc", "passport", MONDAY, MONDAY + timedelta(minutes=1))] == ["2"]
    assert await refused(booking.book(wanted(1, window="1"), "anna")) == "taken"
    came = await asyncio.gather(*(booking.book(wanted(n, window="2"), "anna") for n in range(20)), return_exceptions=True)
    assert sum(isinstance(each, Appointment) for each in came) == 1
    assert len([visit for visit in far_end.visits.values() if visit.slot.window == "2"]) == 1
