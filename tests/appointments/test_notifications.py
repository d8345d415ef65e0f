"""What citizens are told of their appointments: once, in the office's time and their own, with an invitation, and a day before."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from hub.appointments.appointment import Appointment, Slot, Wanted
from hub.appointments.by_message import Visits
from hub.appointments.external_schedule import Attended, VisitState
from hub.appointments.external_sync import acts, done
from hub.appointments.notifications import AppointmentNotifications
from hub.appointments.texts import papers, when
from hub.cases.tracking import CaseTracking
from hub.conversations.address import Address
from hub.conversations.message import Author, Message
from hub.conversations.ports import HubReply
from hub.kernel.ports import Files
from hub.notifications.notice import Notice
from tests.federation.receiver import booking_of, receptions
from tests.rig import Carrier, Rig

MONDAY = datetime(2026, 1, 19, 6, tzinfo=UTC)
OMSK, MOSCOW, KAMCHATKA = ZoneInfo("Asia/Omsk"), ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Kamchatka")
NUMBER = "+79131234567"


def text_of(told: HubReply | None) -> str:
    assert told is not None
    return told.text


async def nobody_elsewhere(made: Appointment, key: str, text: str) -> None:
    """There is no other centre."""
    raise AssertionError(made.number, key, text)


class Kept:
    """hub.kernel.ports.Files in memory."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    async def put(self, content: bytes | Path) -> str:
        assert isinstance(content, bytes)
        name = sha256(content).hexdigest()
        self.content[name] = content
        return name


class Hall:
    """A rig with an office, and whoever tells of its appointments."""

    def __init__(self, rig: Rig, zones: tuple[ZoneInfo, ...] = (OMSK,)) -> None:
        self.rig, self.files = rig, Kept()
        self.booking = booking_of(rig.store, rig.clock)
        self.following = CaseTracking(rig.store, rig.clock, rig.intake_filter.network)
        self.appointment_notifications = AppointmentNotifications(rig.sequencer, rig.store, cast("Files", self.files), self.booking, self.following, rig.notification_sender, lambda _: zones, nobody_elsewhere)

    async def booked(self, conversation: int, at: datetime = MONDAY, **more: Any) -> Appointment:
        wanted = Wanted(**{"key": f"{at}", "office": "mfc", "service": "passport", "conversation": conversation,
                           "person": f"web.chat:{conversation}", "centre": "077", "at": at, "name": "Пётр"} | more)
        made = await self.booking.book(wanted, "anna")
        self.code = await self.appointment_notifications.tell(made.number)
        return made

    async def said(self, conversation: int) -> list[Message]:
        records = await self.rig.store.records(conversation, limit=1000)
        return [each.entry for each in records
                if isinstance(each.entry, Message) and (each.entry.key.startswith("appointment/") or each.entry.veiled)]


@pytest.fixture
async def hall(rig: Rig) -> AsyncIterator[Hall]:
    rig.clock.now = datetime(2026, 1, 16, 9, tzinfo=UTC)
    hall = Hall(rig)
    yield hall
    await hall.appointment_notifications.close()


# BK-04
def test_time_is_the_offices_and_the_callers() -> None:
    now = datetime(2026, 1, 16, 9, tzinfo=UTC)
    assert when(MONDAY, MOSCOW, now) == "в понедельник, 19 января, в 9:00 (по московскому времени)"
    assert when(MONDAY, MOSCOW, now, (OMSK,)).endswith("(по московскому времени; у вас 12:00)")
    assert when(MONDAY, MOSCOW, now, (MOSCOW,)).endswith("(по московскому времени)")
    assert when(MONDAY, MOSCOW, now, (OMSK, KAMCHATKA)).endswith("(по московскому времени)")  # nobody knows which
    late = datetime(2026, 1, 19, 15, tzinfo=UTC)
    assert when(late, MOSCOW, now, (KAMCHATKA,)) == "в понедельник, 19 января, в 18:00 (по московскому времени; у вас 3:00, 20-го)"
    zones = ("Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Omsk", "Asia/Krasnoyarsk", "Asia/Irkutsk",
             "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka")
    told = [when(MONDAY, ZoneInfo(zone), now) for zone in zones]
    assert [each.partition(", в ")[2].partition(":")[0] for each in told] == [str(hour) for hour in range(8, 19)]
    assert len({each.partition("(")[2] for each in told}) == 11


# BK-07: what the authority asks for itself need not be brought.
def test_the_list_of_papers() -> None:
    service = receptions().service("passport")
    assert papers(service) == "Возьмите с собой: Паспорт, Фото (3,5 × 4,5 см)."
    assert papers(service, brief=True) == "Возьмите с собой: Паспорт, Фото."
    assert papers(None) == ""


# BK-07, BK-04: in a channel that carries, told once however often; the number is enough to cancel from there.
async def test_whoever_writes_is_told_there(hall: Hall, rig: Rig) -> None:
    conversation = await rig.waiting(who=NUMBER, channel=Carrier.name)
    made = await hall.booked(conversation, person=f"{Carrier.name}:{NUMBER}")
    await hall.appointment_notifications.tell(made.number)
    told, code = await hall.said(conversation)
    assert "в 9:00 (по московскому времени; у вас 12:00)" in told.text
    assert "\n" not in told.text  # an SMS has few signs
    assert (told.internal, code.veiled, hall.code) == (False, True, "")
    visits = Visits(hall.booking, hall.following, rig.sequencer, lambda _: False)
    head = (await rig.sequencer.load(conversation)).head
    asked = visits.asked(Message(told.author.CITIZEN, f"Отмена {made.number}", rig.clock()))
    assert asked == ("отмена", made.number, "")
    assert await visits.answer(head, *asked) is None
    assert (await hall.booking.find(made.number)).state == "cancelled"
    # BK-06, FD-04: out of a federal line nothing is told, and nothing done
    federal = Visits(hall.booking, hall.following, rig.sequencer, lambda _: True)
    assert "Федеральный центр" in text_of(await federal.answer(head, "вернуть", made.number, ""))
    assert (await hall.booking.find(made.number)).state == "cancelled"


# ST-02: a number that there is not, and one of somebody else, are answered alike.
async def test_strangers_learn_nothing(hall: Hall, rig: Rig) -> None:
    made = await hall.booked(await rig.waiting(who=NUMBER, channel=Carrier.name), person=f"{Carrier.name}:{NUMBER}")
    other = (await rig.sequencer.load(await rig.waiting(who="+79990000000", channel=Carrier.name))).head
    visits = Visits(hall.booking, hall.following, rig.sequencer, lambda _: False)
    unknown = await visits.answer(other, "отмена", "077-260116-0000099-1", "")
    assert text_of(unknown)
    assert await visits.answer(other, "отмена", made.number, "") == unknown
    assert await visits.answer(other, "отмена", made.number, "00000000") == await visits.answer(other, "отмена", "077-260116-0000099-1", "00000000")
    assert (await hall.booking.find(made.number)).state == "booked"


# BK-01: whoever looks at his appointment is offered what he can do with it; a caller is told at once, for no operator is there to say it.
async def test_a_caller_cancels_by_what_he_is_offered(hall: Hall, rig: Rig) -> None:
    conversation = await rig.waiting(who=NUMBER, channel="voice.test")
    made = await hall.booked(conversation, person=f"voice.test:{NUMBER}")
    visits = Visits(hall.booking, hall.following, rig.sequencer, lambda _: False)
    head = (await rig.sequencer.load(conversation)).head
    words, offered = f"запись {made.number}", []
    for state in ("записан", "отменена", "записан"):
        asked = visits.asked(Message(Author.CITIZEN, words, rig.clock()))
        assert asked is not None
        told = await visits.answer(head, *asked)
        assert f"({state})" in text_of(told)
        assert told is not None
        words, = told.choices
        offered.append(words)
    assert offered == [f"{verb} {made.number}" for verb in ("Отменить", "Вернуть", "Отменить")]


# BK-07: whoever calls is told by the operator, and in writing where he has named a number.
async def test_whoever_calls_is_told_in_writing_too(hall: Hall, rig: Rig) -> None:
    conversation = await rig.waiting(who=NUMBER, channel="voice.test")
    made = await hall.booked(conversation, notify=f"{Carrier.name}:{NUMBER}")
    assert len(hall.code) == 8
    (note,) = await hall.said(conversation)
    assert note.internal
    notices = await rig.store.all(Notice)
    assert [(each.address, made.number in each.text) for each in notices] == [(Address(Carrier.name, NUMBER), True)]


# BK-07: a day before, once, also when the hub was down at that moment; who has moved is reminded of the new time.
async def test_a_reminder_a_day_before(hall: Hall, rig: Rig) -> None:
    conversation = await rig.waiting(who=NUMBER, channel=Carrier.name)
    made = await hall.booked(conversation, person=f"{Carrier.name}:{NUMBER}")
    await hall.appointment_notifications.start()
    assert await rig.store.all(Notice) == []
    rig.clock.now = MONDAY - timedelta(days=1) + timedelta(minutes=5)
    for _ in range(2):
        await hall.appointment_notifications.start()
    (notice,) = await rig.store.all(Notice)
    assert notice.text.startswith("Напоминаем: Загранпаспорт, завтра, 19 января, в 9:00")
    assert await rig.store.count(Appointment, "remind") == 0
    moved = await hall.booking.move(made.number, MONDAY + timedelta(days=2), "1", "anna")
    assert moved.reminder == MONDAY + timedelta(days=1)
    rig.clock.now = MONDAY + timedelta(days=1)
    await hall.appointment_notifications.start()
    assert len(await rig.store.all(Notice)) == 2
    near = await hall.booking.book(Wanted("n", "mfc", "passport", conversation, "web.chat:9", "077", rig.clock() + timedelta(hours=1)), "anna")
    assert near.reminder is None  # he was told just now


# BK-07: REQUEST, a moved one with a higher sequence, CANCEL; the zone's own rules go along (RFC 5545 §3.6.5).
async def test_an_invitation_follows_its_appointment(hall: Hall, rig: Rig) -> None:
    conversation = await rig.waiting()
    made = await hall.booked(conversation, office="omsk", service="benefit", at=datetime(2026, 1, 20, 4, tzinfo=UTC))
    await hall.booking.move(made.number, datetime(2026, 1, 20, 4, 40, tzinfo=UTC), "", "anna")
    await hall.appointment_notifications.tell(made.number)
    await hall.booking.cancel(made.number, "anna")
    await hall.appointment_notifications.tell(made.number)
    files = [message.attachments[0] for message in await hall.said(conversation) if message.attachments]
    calendars = [Calendar.from_ical(hall.files.content[file.file]) for file in files]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert [str(calendar["METHOD"]) for calendar in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [int(event["SEQUENCE"]) for event in events] == [0, 1, 2]
    assert {str(event["UID"]) for event in events} == {f"{made.number}@okno"}
    assert events[1]["DTSTART"].dt == datetime(2026, 1, 20, 10, 40, tzinfo=OMSK)
    assert str(events[0]["DTSTART"].params["TZID"]) == "Asia/Omsk"
    assert [str(zone["TZID"]) for zone in calendars[0].walk("VTIMEZONE")] == ["Asia/Omsk"]
    assert all(len(line) <= 75 for line in hall.files.content[files[0].file].split(b"\r\n"))  # RFC 5545 §3.1
    assert {file.type for file in files} == {"text/calendar"}


async def test_what_a_crash_cut_off_is_told_at_the_start(hall: Hall, rig: Rig) -> None:
    # BK-07
    conversation = await rig.waiting()
    made = await hall.booking.book(Wanted("k", "mfc", "passport", conversation, "web.chat:1", "077", MONDAY), "anna")
    assert await hall.said(conversation) == []
    await hall.appointment_notifications.start()
    assert len(await hall.said(conversation)) == 2
    assert (await hall.booking.find(made.number)).told == 1


# IN-02: what the office itself has done is told like anything that is done here, with its reason; he cannot take it back.
async def test_what_an_office_has_moved_or_cancelled_is_told(hall: Hall, rig: Rig) -> None:
    conversation = await rig.waiting(who="a")
    made = await hall.booking.find((await hall.booked(conversation)).number)
    slot = Slot(MONDAY + timedelta(hours=1), "2", 15)
    for state, why in ((VisitState.BOOKED, "окно закрыто"), (VisitState.CANCELLED, "авария")):
        there = Attended(made.number, state, slot, why=why)
        for act in acts(made, there):
            made = await hall.booking.changed(made, done(made, act, there, rig.clock()), act, "")
    await hall.appointment_notifications.tell(made.number)
    moved, cancelled = [each.text for each in await hall.said(conversation)][-2:]
    assert moved.startswith(f"Запись № {made.number} перенесена офисом (окно закрыто): Загранпаспорт, в понедельник, 19 января, в 10:00")
    assert cancelled.startswith(f"Запись № {made.number} отменена офисом (авария): Загранпаспорт")
    assert "вернуть" not in cancelled
