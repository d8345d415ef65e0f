"""Appointments at the desk: made beside a conversation, changed, and the list of an office's day."""

from itertools import groupby

from aiohttp import web

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.appointments.actions import Draft
from hub.appointments.appointment import Appointment, BookingAct, Wish
from hub.appointments.icalendar import FILE, TYPE, invitation
from hub.appointments.office_day import OfficeDay
from hub.appointments.schedule import Counter
from hub.appointments.texts import when
from hub.conversations.address import Address
from hub.conversations.identities import address_of, plain
from hub.desk.appointments.forms import (
    AppointmentIn,
    AppointmentOut,
    BookedOut,
    BookingStepIn,
    BookingStepOut,
    OfficeOut,
    OfficesOut,
    SlotOut,
    SlotsOut,
    SlotsQuery,
    SpecialistOut,
    SpecialistsQuery,
    StaffOut,
    VisitorsQuery,
    WaitingQuery,
    WeekQuery,
)
from hub.desk.cases.forms import CodeOut, Number
from hub.desk.conversations.endpoints import Id
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.wire import NamedOut
from hub.kernel.errors import RefusedError, UnavailableError
from hub.kernel.web.download import download_headers
from hub.notifications.notice import misfit
from hub.organisation.opening_words import clock

AWAY = "Система записи МФЦ не отвечает: ничего не изменено. Пообещайте заявителю перезвонить."


def appointment_out(desk: Desk, made: Appointment) -> AppointmentOut:
    booking = desk.appointments.booking
    counter = booking.receptions.find(made.office)
    local = made.slot.at.astimezone(counter.zone) if made.slot and counter else None
    steps = [BookingStepOut(each.at, each.by, desk.dispatch.name(each.by) if each.by else "", each.act, each.state,
                            booking.keepers.name(each.why) if each.act is BookingAct.MIGRATE else each.why, each.there)
             for each in made.steps]
    return AppointmentOut(
        made.number, made.state, made.office, counter.office.name if counter else made.office, counter.office.address if counter else "",
        made.service, booking.receptions.title(made.service), made.name, made.slot.window if made.slot else "",
        made.slot.at if made.slot else None, made.slot.minutes if made.slot else 0, local.date() if local else None,
        f"{local.hour}:{local:%M}" if local else "", when(made.slot.at, counter.zone, desk.now()) if made.slot and counter else "",
        made.wish.since if made.wish else None, made.wish.until if made.wish else None,
        address_of(made.notify).value if made.notify else "", str(made.conversation), made.made, steps,
        desk.appointments.work.possible(made, desk.now()))


@endpoint("GET", "/api/offices", Permission.BOOK)
async def offices(desk: Desk, call: Call) -> OfficesOut:
    """Offices that receive by appointment, with the centre that books there today."""
    channels = [each for each in desk.sequencer.carrying() if desk.sequencer.traits.named(each).reached_unasked]
    return OfficesOut([_office(desk, call.who, each) for each in desk.appointments.booking.receptions], channels)


def _office(desk: Desk, who: Operator, counter: Counter) -> OfficeOut:
    booking, office = desk.appointments.booking, counter.office
    keeper = booking.keepers.of(counter)
    services = [NamedOut(each, booking.receptions.title(each)) for each in counter.services if counter.windows(each)]
    return OfficeOut(office.id, office.name, office.address, counter.branch, office.hours.zone, services, counter.rules.horizon_days,
                     booking.keepers.name(keeper) if keeper else "", keeper in desk.authorization.centres(who))


@endpoint("GET", "/api/specialists", Permission.BOOK)
async def specialists(desk: Desk, call: Call, query: SpecialistsQuery) -> list[StaffOut]:
    """Who receives in an office, or in those of an МФЦ, where an outside system knows; one that is away holds up nobody."""
    del call
    title = desk.appointments.booking.receptions.title
    return [StaffOut(each.counter.id, each.counter.office.name, each.known, [
        SpecialistOut(one.name, one.role, list(one.windows), [title(service) for service in one.services]) for one in each.specialists])
            for each in await desk.appointments.specialists.of(office=query.office, mfc=query.mfc)]


@endpoint("GET", "/api/conversations/{conversation}/slots", Permission.BOOK)
async def slots(desk: Desk, call: Call, conversation: Id, query: SlotsQuery) -> SlotsOut:
    """What is free in an office for a service, by the office's clock."""
    try:
        free = await desk.appointments.work.free(call.who, conversation, query.office, query.service, query.since, query.until)
    except UnavailableError:
        raise RefusedError("no_answer", AWAY) from None
    counter = desk.appointments.booking.counter(query.office)
    found = []
    for at, each in groupby(free, key=lambda slot: slot.at):
        local = at.astimezone(counter.zone)
        found.append(SlotOut(at, local.date(), f"{local.hour}:{local:%M}", [slot.window for slot in each]))
    return SlotsOut(found, counter.office.hours.zone, clock(desk.now().astimezone(counter.zone)))


@endpoint("GET", "/api/conversations/{conversation}/appointments", Permission.BOOK)
async def appointments(desk: Desk, call: Call, conversation: Id) -> list[AppointmentOut]:
    """Appointments of the person, the newest first."""
    return [appointment_out(desk, each) for each in await desk.appointments.work.of(call.who, conversation)]


@endpoint("POST", "/api/conversations/{conversation}/appointments", Permission.BOOK)
async def book(desk: Desk, call: Call, conversation: Id, body: AppointmentIn) -> BookedOut:
    """Book, or put on the waiting list; the citizen is told at once."""
    if (body.at is None) == (body.wish is None):
        raise RefusedError("bad_request", "Укажите время или дни для листа ожидания.")
    wish = Wish(body.wish.since, body.wish.until) if body.wish else None
    draft = Draft(body.key, body.office, body.service, body.at, body.window, wish, body.name.strip(), _told_at(desk, body))
    try:
        made, code = await desk.appointments.work.book(call.who, conversation, draft)
    except UnavailableError:
        raise RefusedError("no_answer", AWAY) from None
    return BookedOut(appointment_out(desk, made), code)


def _told_at(desk: Desk, body: AppointmentIn) -> str:
    """Where he is told besides the conversation; RefusedError("bad_address", "no_such_channel")."""
    if not body.channel:
        return ""
    address = Address(body.channel, body.address.strip())
    if not desk.sequencer.carried(address):
        raise RefusedError("no_such_channel", "Такого канала нет, или он не отправляет сообщений сам.")
    if wrong := misfit(address, desk.sequencer.traits.of(address)):
        raise RefusedError("bad_address", wrong)
    return plain(address)


@endpoint("GET", "/api/appointments", Permission.BOOK)
async def day(desk: Desk, call: Call, query: VisitorsQuery) -> list[AppointmentOut]:
    """Who comes to an office on a day, by its clock, earliest first."""
    return [appointment_out(desk, each) for each in await desk.appointments.work.day(call.who, query.office, query.day)]


@endpoint("GET", "/api/waiting-list", Permission.BOOK)
async def waiting_list(desk: Desk, call: Call, query: WaitingQuery) -> list[AppointmentOut]:
    """Who waits for a time at an office, the longest first: in this order freed ones are given."""
    return [appointment_out(desk, each) for each in await desk.appointments.work.waiting(call.who, query.office)]


@endpoint("GET", "/api/office-days", Permission.BOOK)
async def office_days(desk: Desk, call: Call, query: WeekQuery) -> list[OfficeDay]:
    """Seven days of an office, by its clock: its hours, days that are unlike any other, and how many come."""
    return await desk.appointments.work.week(call.who, query.office, query.day)


@endpoint("GET", "/api/appointments/{appointment}", Permission.BOOK)
async def appointment(desk: Desk, call: Call, appointment: Number) -> AppointmentOut:
    """One appointment, with all that was done with it."""
    return appointment_out(desk, await desk.appointments.work.find(call.who, appointment))


@endpoint("POST", "/api/appointments/{appointment}/steps", Permission.BOOK)
async def appointment_step(desk: Desk, call: Call, appointment: Number, body: BookingStepIn) -> AppointmentOut:
    """Move, cancel, restore, note that he came (hold) or did not (miss), reopen."""
    try:
        made = await desk.appointments.work.act(call.who, appointment, body.act, at=body.at, window=body.window, why=body.why.strip())
    except UnavailableError:
        raise RefusedError("no_answer", AWAY) from None
    return appointment_out(desk, made)


@endpoint("POST", "/api/appointments/{appointment}/code", Permission.BOOK)
async def appointment_code(desk: Desk, call: Call, appointment: Number) -> CodeOut:
    """A new code for a citizen who has lost his; the old one opens nothing any more."""
    return CodeOut(await desk.appointments.work.renew_code(call.who, appointment))


@endpoint("GET", "/api/appointments/{appointment}/invitation", Permission.BOOK)
async def invite(desk: Desk, call: Call, appointment: Number) -> web.Response:
    """The invitation for his calendar (iCalendar), to be given to him another way."""
    made = await desk.appointments.work.find(call.who, appointment)
    booking = desk.appointments.booking
    content = invitation(made, booking.counter(made.office), booking.receptions.service(made.service), made.steps[-1].at)
    if not content:
        raise RefusedError("bad_step", "У записи ещё нет времени.")
    return web.Response(body=content, content_type=TYPE, charset="utf-8", headers=download_headers(FILE, len(content)))


ENDPOINTS = (
    offices, specialists, slots, appointments, book, day, waiting_list, office_days, appointment, appointment_step, appointment_code,
    invite)
