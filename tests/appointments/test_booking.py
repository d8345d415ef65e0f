"""Appointments over both stores: each slot is one citizen's, whoever comes at the same moment."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hub.appointments.appointment import Appointment, BookingAct, BookingState, Claim, Wanted, Wish
from hub.appointments.external_schedule import Visit
from hub.appointments.maintenance import AppointmentMaintenance
from hub.appointments.office_day import office_day
from hub.appointments.schedule import ReceptionError, read_receptions
from hub.conversations.ports import Store
from hub.kernel.errors import OknoError, RefusedError, UnavailableError
from hub.knowledge.catalogue.toml_format import read_catalogue
from hub.organisation.level import Level
from tests.federation.receiver import CATALOGUE, RECEPTIONS, booking_of, keepers_of, receptions, registry
from tests.rig import MOSCOW, Clock

MONDAY = datetime(2026, 1, 19, 6, tzinfo=UTC)
"""9:00 in Moscow, the first working hour of the МФЦ that may be booked from NOW on."""
NOW = datetime(2026, 1, 16, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = NOW
    return clock


def wanted(person: int = 1, at: datetime | None = MONDAY, *, office: str = "mfc", service: str = "passport", centre: str = "077",
           **more: Any) -> Wanted:
    return Wanted(**{"key": f"{at}", "office": office, "service": service, "conversation": person, "person": f"web.chat:{person}",
                     "centre": centre, "at": at} | more)


async def told(*awaited: Any) -> list[str]:
    """What each came to: the window, or the code of its refusal."""
    done = await asyncio.gather(*awaited, return_exceptions=True)
    unexpected = [each for each in done if isinstance(each, BaseException) and not isinstance(each, RefusedError)]
    assert not unexpected
    return [each.code if isinstance(each, RefusedError) else each.slot.window for each in done]  # type: ignore[union-attr]


async def refused(awaited: Any) -> str:
    with pytest.raises(RefusedError) as error:
        await awaited
    return error.value.code


# BK-02: three kinds of place, each with its own calendar and rules.
def test_slots_follow_from_hours_and_rules() -> None:
    known = receptions()
    mfc, omsk, village = (known.find(each) for each in ("mfc", "omsk", "village"))
    assert mfc and omsk and village
    slots = list(mfc.slots(date(2026, 1, 19), mfc.windows("passport")))
    assert len(slots) == 2 * 32  # two windows, eight hours without lunch
    assert not any(12 <= slot.at.astimezone(MOSCOW).hour + slot.at.minute / 60 - 1 < 13 for slot in slots)  # lunch is from 13 to 14
    assert list(mfc.slots(date(2026, 1, 8), ("1",))) == []  # a holiday
    tuesday = list(omsk.slots(date(2026, 1, 20), ("А",)))
    assert [slot.at.astimezone(omsk.zone).strftime("%H:%M") for slot in tuesday] == ["10:00", "10:40", "11:20"]  # with gaps of ten minutes
    assert tuesday[0].at == datetime(2026, 1, 20, 4, tzinfo=UTC)
    assert list(village.slots(date(2026, 1, 12), ("1",))) == []  # a day unlike the others
    assert [slot.at.hour for slot in village.slots(date(2026, 1, 19), ("1",))] == [8, 8, 8]
    assert list(village.slots(date(2026, 1, 20), ("1",))) == []  # open, but nobody is received
    assert mfc.windows("benefit") == ()


@pytest.mark.parametrize(("change", "names"), [
    ('office = "omsk"', "офиса «tomsk» нет"), ('id = "body"', "правил нет"), ('services = ["passport"]', "услуги «paspart» нет"), ('id = "2"', "стоит дважды"),
    ("slot_min = 30", "rules")])
def test_a_wrong_file_names_what_is_wrong(change: str, names: str) -> None:
    wrong = {'office = "omsk"': 'office = "tomsk"', 'id = "body"': 'id = "soul"', 'services = ["passport"]': 'services = ["paspart"]',
             'id = "2"': 'id = "1"', "slot_min = 30": "slot_min = 1"}[change]
    with pytest.raises(ReceptionError, match=names):
        receptions(RECEPTIONS.replace(change, wrong))


# BK-03: two hundred at once, and exactly one has the slot.
async def test_of_two_hundred_who_book_one_slot_exactly_one_wins(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock)
    came = await told(*(booking.book(wanted(n, window="1"), "anna") for n in range(200)))
    assert sorted(came) == ["1", *["taken"] * 199]
    made = await store.marked(Appointment, "taken", "mfc", limit=1000)
    assert [each.slot.window for each in made if each.slot] == ["1"]
    assert [audit_entry.what for _, audit_entry in await store.audit_entries(limit=1000)] == ["appointment_book"]
    free = await booking.free("mfc", "passport", MONDAY, MONDAY + timedelta(minutes=15))
    assert [slot.window for slot in free] == ["2"]


async def test_any_window_is_as_good_and_none_is_given_twice(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock)
    came = await told(*(booking.book(wanted(n), "anna") for n in range(50)))
    assert sorted(came) == ["1", "2", *["taken"] * 48]


async def test_two_hubs_on_one_store_share_its_slots(store: Store, clock: Clock) -> None:
    one, other = booking_of(store, clock), booking_of(store, clock)
    other._numbers.next(clock())  # numbers of another hub
    came = await told(*(each.book(wanted(n, window="1", key=str(id(each))), "anna") for n in range(40) for each in (one, other)))
    assert came.count("1") == 1


async def test_a_draft_that_is_sent_again_is_the_same_appointment(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock)
    made = await asyncio.gather(*(booking.book(wanted(1, key="once"), "anna") for _ in range(20)))
    assert len({each.number for each in made}) == 1
    assert (await booking.book(wanted(1, key="once"), "anna")) == made[0]
    assert await store.count(Appointment, "taken", "mfc") == 1


# BK-02: most per person, also where one comes from twenty screens at once.
async def test_one_person_has_no_more_than_the_rules_let(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock)
    times = [MONDAY + timedelta(minutes=15 * n) for n in range(8)]
    came = await told(*(booking.book(wanted(1, at), "anna") for at in times))
    assert sorted(came) == ["1", "1", *["too_many"] * 6]
    # by other rules he may have another one
    tuesday = datetime(2026, 1, 20, 4, tzinfo=UTC)
    assert (await booking.book(wanted(1, tuesday, office="omsk", service="benefit"), "anna")).slot
    # and once one of them is over, there is room again
    clock.now = datetime(2026, 1, 21, tzinfo=UTC)
    assert (await booking.book(wanted(1, datetime(2026, 1, 22, 6, tzinfo=UTC)), "anna")).state is BookingState.BOOKED


async def test_what_cannot_be_booked_is_refused_with_its_reason(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock)
    assert await refused(booking.book(wanted(office="tomsk"), "anna")) == "no_such_office"
    assert await refused(booking.book(wanted(service="benefit"), "anna")) == "no_such_service"
    assert await refused(booking.book(wanted(at=MONDAY + timedelta(minutes=7)), "anna")) == "bad_time"
    assert await refused(booking.book(wanted(at=MONDAY + timedelta(hours=4)), "anna")) == "bad_time"  # lunch
    assert await refused(booking.book(wanted(at=MONDAY + timedelta(days=14)), "anna")) == "bad_time"  # beyond the horizon
    clock.now = MONDAY - timedelta(minutes=59)
    assert await refused(booking.book(wanted(), "anna")) == "bad_time"  # too late
    assert await booking.free("mfc", "passport", MONDAY, MONDAY + timedelta(minutes=1)) == []


# BK-01: move, cancel and back, and what became of it.
async def test_an_appointment_is_moved_cancelled_and_brought_back(store: Store, clock: Clock) -> None:
    booking, later = booking_of(store, clock), MONDAY + timedelta(hours=1)
    made = await booking.book(wanted(1, window="1"), "anna")
    moved = await booking.move(made.number, later, "1", "anna")
    assert (moved.slot.at if moved.slot else None, moved.number, moved.sequence) == (later, made.number, 1)
    assert await booking.move(made.number, later, "1", "anna") == moved
    assert (await booking.book(wanted(2, window="1"), "anna")).slot  # the slot that it had is free
    assert await refused(booking.move(made.number, MONDAY, "1", "anna")) == "taken"
    cancelled = await booking.cancel(made.number, "anna", "передумал")
    assert (cancelled.state, cancelled.reminder, cancelled.steps[-1].why) == (BookingState.CANCELLED, None, "передумал")
    assert await refused(booking.cancel(made.number, "anna")) == "bad_step"
    assert (await booking.restore(made.number, "anna")).state is BookingState.BOOKED
    await booking.cancel(made.number, "anna")
    await booking.book(wanted(3, later, window="1"), "anna")
    assert await refused(booking.restore(made.number, "anna")) == "taken"
    assert await store.count(Appointment, "taken", "mfc") == 2


async def test_a_move_onto_one_slot_is_won_by_one(store: Store, clock: Clock) -> None:
    booking, aim = booking_of(store, clock), MONDAY + timedelta(hours=3)
    made = [await booking.book(wanted(n, MONDAY + timedelta(minutes=15 * (n // 2))), "anna") for n in range(16)]
    came = await told(*(booking.move(each.number, aim, "1", "anna") for each in made))
    assert sorted(came) == ["1", *["taken"] * 15]
    assert await store.count(Appointment, "taken", "mfc") == 16


# BK-07: whoever did not come is noted, and by mistake no more.
async def test_who_came_and_who_did_not(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock)
    made = await booking.book(wanted(), "anna")
    assert await refused(booking.note(made.number, BookingAct.MISS, "anna")) == "too_early"
    clock.now = MONDAY + timedelta(minutes=20)
    assert (await booking.note(made.number, BookingAct.MISS, "anna")).state is BookingState.NO_SHOW
    assert (await booking.note(made.number, BookingAct.REOPEN, "anna")).state is BookingState.BOOKED
    assert (await booking.note(made.number, BookingAct.HOLD, "anna")).state is BookingState.HELD
    assert await refused(booking.cancel(made.number, "anna")) == "bad_step"


# BK-01: the waiting list.
async def test_whoever_waits_longest_gets_what_is_freed(store: Store, clock: Clock) -> None:
    text = RECEPTIONS.replace('{ id = "1", services = ["passport"] }, { id = "2" }', '{ id = "1" }')
    booking = booking_of(store, clock, text=text)
    appointment_maintenance = AppointmentMaintenance(store, booking, MOSCOW, clock)
    made = await booking.book(wanted(), "anna")
    wish, other_day = Wish(MONDAY, MONDAY + timedelta(minutes=1)), Wish(MONDAY + timedelta(days=30), MONDAY + timedelta(days=31))
    waiting = [await booking.book(wanted(n, None, wish=other_day if n == 2 else wish, key=str(n)), "anna") for n in (2, 3, 4)]
    assert {each.state for each in waiting} == {BookingState.WAITING}
    await appointment_maintenance.fill("mfc")
    assert await store.count(Appointment, "waiting", "mfc") == 3  # nothing is free at that time
    await booking.cancel(made.number, "anna")
    await asyncio.gather(*(appointment_maintenance.fill("mfc") for _ in range(3)))
    states = [(await booking.find(each.number)).state for each in waiting]
    assert states == [BookingState.WAITING, BookingState.BOOKED, BookingState.WAITING]
    assert await refused(booking.restore(made.number, "anna")) == "taken"
    await appointment_maintenance.close()


# BK-05, RG-05, MU-02: who books, on the day on which it is asked.
async def test_the_right_centre_books_and_a_new_one_takes_over(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock, keepers_of(clock, registry(date(2026, 1, 18)), own="001"))
    assert await refused(booking.book(wanted(1, centre="077"), "anna")) == "other_keeper"
    made = [await booking.book(wanted(n, MONDAY + timedelta(minutes=15 * n), centre="001"), "anna") for n in range(8)]
    held = await booking.book(wanted(9, datetime(2026, 1, 16, 11, tzinfo=UTC), centre="001"), "anna")
    waits = await booking.book(wanted(10, None, wish=Wish(MONDAY, MONDAY), key="w", centre="001"), "anna")
    appointment_maintenance = AppointmentMaintenance(store, booking, MOSCOW, clock)
    assert await appointment_maintenance.migrate() == 0
    clock.now = datetime(2026, 1, 18, 9, tzinfo=UTC)  # the town's centre is open since today
    with pytest.raises(RefusedError, match="Центр телефонного обслуживания города"):
        await booking.book(wanted(11, centre="001"), "anna")
    assert await appointment_maintenance.migrate() == 9
    assert await appointment_maintenance.migrate() == 0
    after = [await booking.find(each.number) for each in (*made, waits)]
    assert {each.centre for each in after} == {"077"}
    assert [each.slot for each in after] == [*(each.slot for each in made), None]  # none is lost, and none has another time
    assert (await booking.find(held.number)).centre == "001"
    assert (await booking.book(wanted(11, MONDAY + timedelta(hours=3), centre="077"), "anna")).centre == "077"
    await appointment_maintenance.close()


# BK-06, D7, D18: the federal centre books nowhere.
async def test_the_federal_centre_never_books(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock, keepers_of(clock, registry(), own="000", level=Level.FEDERAL))
    assert await refused(booking.book(wanted(centre="000"), "anna")) == "other_keeper"
    assert await refused(booking.book(wanted(at=None, centre="000", office="omsk", service="benefit"), "anna")) == "no_centre"
    alone = booking_of(store, clock, keepers_of(clock, None, own="000", level=Level.FEDERAL))
    assert await refused(alone.book(wanted(centre="000"), "anna")) == "no_centre"
    assert await store.count(Appointment, "taken", "mfc") == 0


# BK-03: a calendar that changes takes nobody's time away, and doubles none.
async def test_what_was_booked_by_other_hours_keeps_its_time(store: Store, clock: Clock) -> None:
    before = booking_of(store, clock)
    made = await before.book(wanted(1, MONDAY + timedelta(minutes=15), window="1"), "anna")
    after = booking_of(store, clock, text=RECEPTIONS.replace("slot_min = 15", "slot_min = 20"))
    appointment_maintenance = AppointmentMaintenance(store, after, MOSCOW, clock)
    await appointment_maintenance.start()
    free = await after.free("mfc", "passport", MONDAY, MONDAY + timedelta(hours=1))
    assert [slot.at - MONDAY for slot in free if slot.window == "1"] == [timedelta(minutes=40)]  # 9:15 to 9:30 meets the first two
    for minutes in (0, 20):
        assert await refused(after.book(wanted(2, MONDAY + timedelta(minutes=minutes), window="1"), "anna")) == "taken"
    assert (await after.find(made.number)).slot == made.slot
    await appointment_maintenance.close()


class Outside:
    """hub.appointments.external_schedule.Schedule: agrees, has it already, or is away."""

    def __init__(self, booking_free: Any = None) -> None:
        self.visits: dict[str, Visit] = {}
        self.answers: list[OknoError] = []

    async def free(self, office: str, service: str, since: datetime, until: datetime) -> Any:
        del office, service
        self._answer()
        known = receptions().find("mfc")
        assert known
        taken = {(visit.slot.at, visit.slot.window) for visit in self.visits.values()}
        return [slot for day in known.days(since, until) for slot in known.slots(day, ("1", "2")) if (slot.at, slot.window) not in taken]

    async def book(self, visit: Visit) -> None:
        self._answer()
        if any(other.slot == visit.slot and other.number != visit.number for other in self.visits.values()):
            raise RefusedError("taken", "Занято")
        self.visits[visit.number] = visit

    async def cancel(self, number: str) -> None:
        self._answer()
        self.visits.pop(number, None)

    def _answer(self) -> None:
        if self.answers:
            raise self.answers.pop(0)


# IN-02: an outside system that is away holds up nobody, and nothing is left behind there.
async def test_an_outside_system_agrees_first_or_nothing_is_booked(store: Store, clock: Clock) -> None:
    text = RECEPTIONS.replace('office = "mfc"', 'office = "mfc"\noutside = "ais"')
    ais = Outside()
    booking = booking_of(store, clock, text=text, ais=ais)
    appointment_maintenance = AppointmentMaintenance(store, booking, MOSCOW, clock)
    made = await booking.book(wanted(1, window="1"), "anna")
    assert (made.state, made.owes, list(ais.visits)) == (BookingState.BOOKED, False, [made.number])

    ais.answers = [UnavailableError("timeout")]
    with pytest.raises(UnavailableError):
        await booking.book(wanted(2, window="2"), "anna")
    assert await store.count(Appointment, "taken", "mfc") == 1
    owing = await store.marked(Appointment, "owes")
    assert [each.state for each in owing] == [BookingState.CANCELLED]
    ais.visits[owing[0].number] = Visit(owing[0].number, "mfc", "passport", owing[0].slot, "")  # type: ignore[arg-type]  # it had come there
    await appointment_maintenance.start()
    assert list(ais.visits) == [made.number]
    assert await store.count(Appointment, "owes") == 0

    ais.answers = [UnavailableError("timeout")]
    with pytest.raises(UnavailableError):
        await booking.move(made.number, MONDAY + timedelta(hours=1), "1", "anna")
    still = await booking.find(made.number)
    assert (still.slot, still.owes) == (made.slot, True)
    assert (await booking.book(wanted(3, MONDAY + timedelta(hours=1), window="1"), "anna")).state is BookingState.BOOKED
    await appointment_maintenance.start()
    assert not (await booking.find(made.number)).owes
    moved = await booking.move(made.number, MONDAY + timedelta(hours=2), "1", "anna")
    assert ais.visits[made.number].slot == moved.slot
    cancelled = await booking.cancel(made.number, "anna")
    await booking.settle(cancelled)
    assert made.number not in ais.visits

    # What another has booked there is no slot here.
    other = Visit("другой", "mfc", "passport", made.slot, "")  # type: ignore[arg-type]
    ais.visits["другой"] = other
    assert "1" not in {slot.window for slot in await booking.free("mfc", "passport", MONDAY, MONDAY + timedelta(minutes=1))}
    assert await refused(booking.book(wanted(4, window="1"), "anna")) == "taken"
    assert await store.get(Claim, f"slot/mfc/1/{MONDAY:%Y-%m-%dT%H:%MZ}") is None
    await appointment_maintenance.close()


class Meanwhile(Outside):
    """Somebody there books the first slot that it has just called free."""

    async def free(self, office: str, service: str, since: datetime, until: datetime) -> Any:
        free = await super().free(office, service, since, until)
        if free and "другой" not in self.visits:
            self.visits["другой"] = Visit("другой", office, service, free[0], "")
        return free


# BK-01, IN-02: whoever waits has changed by then, since the outside system was asked in vain.
async def test_whoever_waits_gets_the_next_slot_where_the_first_is_taken_outside_meanwhile(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock, text=RECEPTIONS.replace('office = "mfc"', 'office = "mfc"\noutside = "ais"'), ais=Meanwhile())
    maintenance = AppointmentMaintenance(store, booking, MOSCOW, clock)
    waits = await booking.book(wanted(1, None, wish=Wish(MONDAY, MONDAY + timedelta(minutes=1))), "anna")
    await maintenance.fill("mfc")
    served = await booking.find(waits.number)
    assert served.state is BookingState.BOOKED
    assert served.slot is not None
    assert served.slot.window == "2"
    await maintenance.close()


# BK-02: an office that is not in force receives nobody, and the others go on.
def test_what_is_not_in_force_is_left_out() -> None:
    told: list[ReceptionError] = []
    text = RECEPTIONS.replace('office = "omsk"', 'office = "tomsk"')
    known = read_receptions(text, read_catalogue(CATALOGUE), told.append)
    assert [each.id for each in known] == ["mfc", "village"]
    assert ["tomsk" in str(each) for each in told] == [True]


# BK-01: whoever has left the waiting list by mistake waits again in the place that he had; of a week only counts are told.
async def test_a_place_in_the_waiting_list_is_taken_back(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock)
    first, second = [await booking.book(wanted(n, None, wish=Wish(MONDAY, MONDAY + timedelta(days=1)), key=str(n)), "anna") for n in (1, 2)]
    await booking.cancel(first.number, "anna")
    assert [each.number for each in await store.marked(Appointment, "waiting", "mfc")] == [second.number]
    assert (await booking.restore(first.number, "anna")).state is BookingState.WAITING
    assert [each.number for each in await store.marked(Appointment, "waiting", "mfc")] == [first.number, second.number]
    await booking.cancel(first.number, "anna")
    clock.now = MONDAY + timedelta(days=2)
    assert await refused(booking.restore(first.number, "anna")) == "bad_step"


# BK-02: closed days, days unlike others, and how many come.
async def test_a_day_of_an_office(store: Store, clock: Clock) -> None:
    booking = booking_of(store, clock, text=RECEPTIONS.replace('office = "mfc"', 'office = "mfc"\ndays = { 2026-01-20 = ["10:00-11:00"], 2026-01-21 = [] }'))
    made = [await booking.book(wanted(n, MONDAY, window=str(n)), "anna") for n in (1, 2)]
    counter = booking.counter("mfc")
    days = [office_day(counter, date(2026, 1, 18 + n), made) for n in range(4)]
    assert [(each.hours, each.special, each.places, each.booked) for each in days] == [
        ([], False, 0, 0), (["9:00–13:00", "14:00–18:00"], False, 64, 2), (["10:00–11:00"], True, 8, 0), ([], True, 0, 0)]
