"""A town's centre opens on a deployment of its own: it gets what is booked there, over a line that is cut, each once (BK-05)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bots.russian import Russian
from hub.appointments.appointment import Appointment, BookingAct, BookingState, Claim, OfficeHandedOver, Wanted, Wish
from hub.appointments.booking import Booking
from hub.appointments.booking_centre import BookingCentreResolver
from hub.appointments.by_message import Visits
from hub.appointments.handover import AppointmentHandover, AppointmentLink
from hub.appointments.maintenance import AppointmentMaintenance, newest_number
from hub.appointments.notifications import AppointmentNotifications
from hub.cases.tracking import CaseCode, CaseTracking
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.kernel.ids import CASE_WIDTH, TicketNumbers
from hub.kernel.ports import Files
from hub.link.loopback import Loopback
from hub.notifications.notice import Notice
from hub.organisation.level import Level
from storage.sqlite import SqliteStore
from tests.appointments.test_booking import Outside
from tests.appointments.test_notifications import Kept
from tests.federation.receiver import RECEPTIONS, receptions, registry
from tests.rig import MOSCOW, Carrier, Clock, Rig, eventually

REGION, CITY = "001", "077"
LEVELS = {REGION: Level.REGIONAL, CITY: Level.MUNICIPAL}
FRIDAY, OPENS = datetime(2026, 1, 16, 9, tzinfo=UTC), date(2026, 1, 18)
MONDAY = datetime(2026, 1, 19, 6, tzinfo=UTC)
LONG = RECEPTIONS.replace('id = "mfc"\nslot_min = 15', 'id = "mfc"\nslot_min = 15\nper_person = 20')
OUR_NUMBER = "+79131234567"


class Branch:
    """A hub of one centre, as far as appointments need it."""

    def __init__(self, code: str, store: Store, clock: Clock, lines: Loopback) -> None:
        self.code, self.store, self.clock, self.lines = code, store, clock, lines
        self.receptions, self.registry, self.knows = LONG, registry(OPENS), True
        self.schedules: dict[str, Any] = {}

    async def start(self) -> "Branch":
        link = self.lines.link(self.code)
        self.rig = Rig(self.store, self.clock, await self.store.newest(), link=link, code=self.code)
        keepers = BookingCentreResolver(self.registry, self.code, LEVELS[self.code], lambda: self.clock().astimezone(MOSCOW).date(),
                                        {self.code: "Мы"}, link.centres)
        self.booking = Booking(self.store, receptions(self.receptions), keepers, TicketNumbers(self.code, await newest_number(self.store, self.code), zone=MOSCOW,
                                                                                        width=CASE_WIDTH), self.schedules, self.clock)
        self.following = CaseTracking(self.store, self.clock, self.rig.intake_filter.network)
        self.line = AppointmentLink(link, self.code, self.clock)
        self.told = AppointmentNotifications(self.rig.sequencer, self.store, cast("Files", Kept()), self.booking, self.following,
                                             self.rig.notification_sender, lambda _: (), self.line.tell)
        self.maintenance = AppointmentMaintenance(self.store, self.booking, MOSCOW, self.clock)
        self.handover = AppointmentHandover(self.store, self.booking, self.maintenance, self.line, MOSCOW, self.clock, self.told.bring)
        self.booking.on_change.subscribe(self.maintenance.changed, self.handover.changed, self.told.changed)
        self.visits = Visits(self.booking, self.following, self.rig.sequencer, lambda _: False)
        if self.knows:
            self.rig.handover_sender.hand_on(self.handover.kinds)
        await self.rig.start()
        await self.maintenance.start()
        await self.told.start()
        self.handover.look()
        return self

    async def stop(self) -> None:
        for each in (self.handover, self.maintenance, self.told):
            await each.close()
        await self.rig.stop()

    async def booked(self, person: int, at: datetime | None = MONDAY, **more: Any) -> Appointment:
        conversation = await self.rig.stored("здравствуйте", f"{person}/{at}", who=f"{person}")
        wanted = Wanted(**{"key": f"{person}/{at}", "office": "mfc", "service": "passport", "conversation": conversation,
                           "person": f"web.chat:{person}", "centre": self.code, "at": at, "window": "2"} | more)
        made = await self.booking.book(wanted, "anna")
        await self.told.tell(made.number)
        return await self.booking.find(made.number)

    async def asks(self, person: int, *words: str) -> str:
        """What the hub answers to a verb, a number and a code."""
        conversation = await self.rig.stored("здравствуйте", f"{words}", who=f"{person}")
        told = await self.visits.answer((await self.rig.sequencer.load(conversation)).head, *words)
        return told.text if told else ""

    async def said(self, words: str) -> list[str]:
        """All that citizens were told, in conversations and by SMS, that has these words."""
        await self.rig.told()
        notices = [each.text for each in await self.store.all(Notice)]
        shown = [each.entry.text for each in self.rig.screen.shown if isinstance(each.entry, Message) and each.entry.author is Author.SYSTEM]
        return [each for each in (*notices, *shown) if words in each]

    async def all(self) -> list[Appointment]:
        return await self.store.marked(Appointment, "office", "mfc", limit=100_000)

    async def kept(self) -> list[str]:
        return [each.number for each in await self.store.marked(Appointment, "taken", "mfc", limit=100_000)]


class Country:
    def __init__(self, lines: Loopback, clock: Clock, region: Branch, city: Branch) -> None:
        self.lines, self.clock, self.region, self.city = lines, clock, region, city

    async def midnight(self) -> None:
        self.clock.now = datetime(2026, 1, 17, 21, tzinfo=UTC)
        self.region.maintenance.look()
        self.region.handover.look()
        self.city.maintenance.look()

    async def arrived(self, count: int) -> None:
        async def so() -> bool:
            done = await self.city.store.get(OfficeHandedOver, f"{REGION}/mfc")
            return done is not None and len(await self.city.kept()) == count
        await eventually(so)


@pytest.fixture
async def country(store: Store, tmp_path: Path, russian: Russian) -> AsyncIterator[Country]:
    clock, lines = Clock(), Loopback((REGION, CITY))
    clock.now = FRIDAY
    other = SqliteStore(tmp_path / "region.db", russian)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(other.close)
        region, city = Branch(REGION, other, clock, lines), Branch(CITY, store, clock, lines)
        for each in (region, city):
            await each.start()
            stack.push_async_callback(each.stop)
        yield Country(lines, clock, region, city)


async def refused(awaited: Any) -> str:
    with pytest.raises(RefusedError) as error:
        await awaited
    return error.value.code


async def test_every_booking_is_at_the_new_centre_once(country: Country) -> None:
    # BK-05, RG-05, MU-02, LV-04
    region, city = country.region, country.city
    made = [await region.booked(n, MONDAY + timedelta(minutes=15 * (n % 16), days=n // 16)) for n in range(40)]
    cancelled = await region.booked(90, MONDAY + timedelta(days=3))
    await region.booking.cancel(cancelled.number, "anna")
    await country.lines.cut(REGION, CITY)
    await country.midnight()

    async def gone() -> bool:
        return not await region.kept()
    await eventually(gone)
    assert await region.store.count(Appointment, "unconfirmed", "mfc") == 40
    # Nobody books while something is on its way: neither here nor there.
    assert await refused(city.booking.free("mfc", "passport", MONDAY, MONDAY + timedelta(hours=4))) == "no_answer"
    assert await refused(city.booked(50, MONDAY, centre=CITY)) == "no_answer"
    assert await refused(region.booked(51, MONDAY)) == "other_keeper"
    assert await refused(region.booking.restore(cancelled.number, "anna")) == "other_keeper"
    await country.lines.mend(REGION, CITY)

    async def some() -> bool:
        return len(await city.kept()) >= 5
    await eventually(some)
    await country.lines.cut(REGION, CITY)
    await city.stop()  # killed in the midst
    await city.start()
    await country.lines.mend(REGION, CITY)
    await country.arrived(40)
    there = {each.number: each for each in await city.all()}
    assert len(there) == len(await city.all()) == 40
    for each in made:
        moved = there[each.number]
        assert (moved.slot, moved.person, moved.state, moved.centre, moved.reminder) == (each.slot, each.person, BookingState.BOOKED, CITY, each.reminder)
    assert {each.state for each in await region.all()} == {BookingState.HANDED_OVER, BookingState.CANCELLED}

    async def offered() -> bool:
        try:
            return len(await city.booking.free("mfc", "passport", MONDAY, MONDAY + timedelta(hours=4))) == 16  # the other window
        except RefusedError:
            return False
    await eventually(offered)
    assert await refused(city.booked(52, MONDAY, centre=CITY)) == "taken"
    assert (await city.booked(52, MONDAY, centre=CITY, window="1")).centre == CITY
    assert len(await city.kept()) == 41


async def test_the_number_is_answered_at_both_and_changed_at_the_new_one(country: Country) -> None:
    # BK-05, ST-02
    region, city = country.region, country.city
    made = await region.booked(1)
    code = await region.following.issue(made.number, "anna")
    await country.midnight()
    await country.arrived(1)
    where = "Центр телефонного обслуживания города, +78001000077"
    assert where in await region.asks(1, "запись", made.number, "")
    assert where in await region.asks(1, "отмена", made.number, "")
    assert "(передана в другой центр)" in await region.asks(7, "запись", made.number, code)
    assert "здесь нет" in await region.asks(7, "запись", made.number, "")
    for act in (region.booking.cancel(made.number, ""), region.booking.move(made.number, MONDAY + timedelta(hours=1), "", "anna"),
                region.booking.note(made.number, BookingAct.MISS, "anna")):
        assert await refused(act) == "other_keeper"
    assert "(записан)" in await city.asks(7, "запись", made.number, code)
    assert "(отменена)" in await city.asks(7, "отмена", made.number, code)
    assert not await city.kept()
    assert (await region.booking.find(made.number)).state is BookingState.HANDED_OVER
    assert [each.by for each in (await city.booking.find(made.number)).steps] == ["", "", ""]  # logins stay where they are


async def test_reminders_are_sent_once_and_by_one(country: Country) -> None:
    # BK-05, BK-07
    region, city = country.region, country.city
    await region.booked(1, MONDAY + timedelta(days=1))
    await region.booked(2, MONDAY + timedelta(days=1, minutes=15), notify=f"{Carrier.name}:{OUR_NUMBER}")
    await country.midnight()
    await country.arrived(2)
    country.clock.now = MONDAY + timedelta(minutes=16)
    for each in (region, city):
        each.told.look()

    async def reminded() -> bool:
        return len(await region.said("Напоминаем")) + len(await city.said("Напоминаем")) == 2
    await eventually(reminded)
    for each in (region, city):
        await each.stop()
        await each.start()
    # Who is reached in the chat of the region alone is told there, and the other by SMS of the town.
    assert [len(await each.said("Напоминаем")) for each in (city, region)] == [1, 0]  # its screen is new
    assert [each.number for each in await city.store.marked(Appointment, "remind", limit=9)] == []


async def test_a_change_there_is_told_where_the_citizen_is(country: Country) -> None:
    # BK-05, BK-07
    region, city = country.region, country.city
    made = await region.booked(1)
    await country.midnight()
    await country.arrived(1)
    await city.booking.move(made.number, MONDAY + timedelta(hours=2), "2", "olga")
    await city.told.tell(made.number)

    async def moved() -> bool:
        return len(await region.said("перенесена")) == 1
    await eventually(moved)
    assert not await city.said("перенесена")
    assert "11:00" in (await region.said("перенесена"))[0]


async def test_the_waiting_list_keeps_its_order(country: Country) -> None:
    # BK-05, BK-01
    region, city = country.region, country.city
    await region.booked(1, window="1")
    await region.booked(2, window="2")
    wish = Wish(MONDAY, MONDAY + timedelta(minutes=1))
    waiting = [await region.booked(n, None, wish=wish, key=f"{n}") for n in (3, 4)]
    await country.midnight()
    await country.arrived(2)

    async def come() -> bool:
        return await city.store.count(Appointment, "waiting", "mfc") == 2
    await eventually(come)
    first = (await city.kept())[0]
    await city.booking.cancel(first, "olga")

    async def served() -> bool:
        return (await city.booking.find(waiting[0].number)).state is BookingState.BOOKED
    await eventually(served)
    assert (await city.booking.find(waiting[1].number)).state is BookingState.WAITING


async def test_what_was_being_booked_at_midnight_goes_along(country: Country) -> None:
    # BK-05, BK-03
    region, city = country.region, country.city
    with region.booking.under_way("mfc"):
        await country.midnight()
        await region.store.settle(())

        async def looked() -> bool:
            return not region.handover._turn.locked()
        await eventually(looked)
        assert await refused(city.booking.free("mfc", "passport", MONDAY, MONDAY + timedelta(hours=1))) == "no_answer"
        country.clock.now = FRIDAY  # by the rules of the moment at which it began
        late = await region.booked(1)
        await country.midnight()
    country.clock.forward(31)
    region.handover.look()
    await country.arrived(1)
    assert await city.kept() == [late.number]


async def test_a_centre_of_an_older_version_gets_it_again_tomorrow(country: Country) -> None:
    # BK-05
    region, city = country.region, country.city
    made = await region.booked(1, MONDAY + timedelta(days=2))
    await city.stop()
    city.knows = False
    await city.start()
    await country.midnight()

    async def ignored() -> bool:
        return not country.lines._in[CITY] and not await region.kept()
    await eventually(ignored)
    assert await region.store.count(Appointment, "unconfirmed", "mfc") == 1
    await city.stop()
    city.knows = True
    await city.start()
    country.clock.forward(24 * 3600)
    region.handover.look()
    await country.arrived(1)
    assert await city.kept() == [made.number]


async def test_an_office_that_is_not_known_yet_has_its_bookings_all_the_same(country: Country) -> None:
    # BK-05, IN-02
    region, city = country.region, country.city
    await city.stop()
    city.receptions = LONG[:LONG.index("[[reception]]")]
    await city.start()
    made = await region.booked(1)
    await country.midnight()
    await country.arrived(1)
    await city.stop()
    city.receptions = LONG.replace('office = "mfc"', 'office = "mfc"\noutside = "ais"')
    city.schedules = {"ais": (ais := Outside())}
    await city.start()
    assert await refused(city.booked(2, centre=CITY, window="2")) == "taken"
    assert (await city.booking.find(made.number)).state is BookingState.BOOKED
    assert ais.visits == {}


async def test_a_town_with_a_system_of_slots_tells_it(country: Country) -> None:
    # BK-05, IN-02
    region, city = country.region, country.city
    await city.stop()
    city.receptions = LONG.replace('office = "mfc"', 'office = "mfc"\noutside = "ais"')
    city.schedules = {"ais": (ais := Outside())}
    await city.start()
    made = await region.booked(1)
    await country.midnight()
    await country.arrived(1)
    await city.maintenance.start()
    assert [each.slot for each in ais.visits.values()] == [made.slot]
    assert await city.store.count(Appointment, "owes") == 0


async def test_a_town_that_closes_gives_them_back(country: Country) -> None:
    # BK-05, LV-03
    region, city = country.region, country.city
    made = await region.booked(1, MONDAY + timedelta(days=4))
    await country.midnight()
    await country.arrived(1)
    own = await city.booked(2, MONDAY + timedelta(days=4, minutes=30), centre=CITY)
    for each in (city, region):
        await each.stop()
        each.registry = registry(date(2026, 6, 1))
        await each.start()

    async def back() -> bool:
        return set(await region.kept()) == {made.number, own.number} and not await city.kept()
    await eventually(back)
    again = await region.booking.find(made.number)
    assert (again.conversation, again.origin, again.person, again.slot) == (made.conversation, "", made.person, made.slot)
    assert (await region.booking.cancel(made.number, "anna")).state is BookingState.CANCELLED


async def test_only_its_booking_centre_takes_an_appointment(country: Country) -> None:
    # BK-05, SE-01
    region, city = country.region, country.city
    made = await region.booked(1)
    await city.stop()
    city.registry = registry(date(2026, 6, 1))
    await city.start()
    await country.midnight()

    async def heard() -> bool:
        return not country.lines._in[CITY] and not await region.kept()
    await eventually(heard)
    assert not await city.all()
    assert (await region.booking.find(made.number)).unconfirmed


async def test_a_place_that_is_taken_loses_nobody(country: Country) -> None:
    # BK-05, BK-03
    region, city = country.region, country.city
    made = [await region.booked(1, MONDAY + timedelta(minutes=15 * n)) for n in range(12)]
    code = await region.store.get(CaseCode, made[0].number)
    await city.stop()
    city.receptions = RECEPTIONS.replace("slot_min = 15", "slot_min = 20")  # two a person, and other hours
    await city.start()
    await country.midnight()
    await country.arrived(12)
    assert await city.store.get(CaseCode, made[0].number) == code
    await city.stop()
    await city.start()
    assert await city.store.get(Claim, f"slot/mfc/2/{MONDAY + timedelta(minutes=20):%Y-%m-%dT%H:%MZ}") is not None
    assert await refused(city.booked(2, MONDAY + timedelta(minutes=20), centre=CITY)) == "taken"
