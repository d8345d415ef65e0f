"""Appointments beside a conversation, and the list of an office's day."""

from itertools import groupby

from aiohttp import web

from hub.access.authorization import Authorization
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
from hub.conversations.sequencer import ConversationSequencer
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
from hub.desk.appointments.parts import Appointments
from hub.desk.cases.forms import CodeOut
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id, NamedOut, Number
from hub.desk.http.parts import Clock
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError, UnavailableError
from hub.kernel.web.download import download_headers
from hub.notifications.notice import misfit
from hub.organisation.opening_words import clock

AWAY = "Система записи МФЦ не отвечает: ничего не изменено. Пообещайте заявителю перезвонить."


def appointment_out(appointments: Appointments, clock: Clock, dispatch: Dispatch, made: Appointment) -> AppointmentOut:
    booking = appointments.booking
    counter = booking.receptions.find(made.office)
    local = made.slot.at.astimezone(counter.zone) if made.slot and counter else None
    steps = [BookingStepOut(each.at, each.by, dispatch.name(each.by) if each.by else "", each.act, each.state,
                            booking.keepers.name(each.why) if each.act is BookingAct.MIGRATE else each.why, each.there)
             for each in made.steps]
    return AppointmentOut(
        made.number, made.state, made.office, counter.office.name if counter else made.office, counter.office.address if counter else "",
        made.service, booking.receptions.title(made.service), made.name, made.slot.window if made.slot else "",
        made.slot.at if made.slot else None, made.slot.minutes if made.slot else 0, local.date() if local else None,
        f"{local.hour}:{local:%M}" if local else "", when(made.slot.at, counter.zone, clock()) if made.slot and counter else "",
        made.wish.since if made.wish else None, made.wish.until if made.wish else None,
        address_of(made.notify).value if made.notify else "", str(made.conversation), made.made, steps,
        appointments.work.possible(made, clock()))


@endpoint("GET", "/api/offices", Permission.BOOK)
async def offices(sequencer: ConversationSequencer, appointments: Appointments, authorization: Authorization, call: Call) -> OfficesOut:
    """Offices with reception by appointment, with the centre that books there today."""
    channels = [each for each in sequencer.carrying() if sequencer.traits.named(each).reached_unasked]
    return OfficesOut([_office(appointments, authorization, call.who, each) for each in appointments.booking.receptions], channels)


def _office(appointments: Appointments, authorization: Authorization, who: Operator, counter: Counter) -> OfficeOut:
    booking, office = appointments.booking, counter.office
    keeper = booking.keepers.of(counter)
    services = [NamedOut(each, booking.receptions.title(each)) for each in counter.services if counter.windows(each)]
    return OfficeOut(office.id, office.name, office.address, counter.branch, office.hours.zone, services, counter.rules.horizon_days,
                     booking.keepers.name(keeper) if keeper else "", keeper in authorization.centres(who))


@endpoint("GET", "/api/specialists", Permission.BOOK)
async def specialists(appointments: Appointments, call: Call, query: SpecialistsQuery) -> list[StaffOut]:
    """Employees of an office, or of an МФЦ's offices, from their external systems; an unavailable one delays nothing."""
    del call
    title = appointments.booking.receptions.title
    return [StaffOut(each.counter.id, each.counter.office.name, each.known, [
        SpecialistOut(one.name, one.role, list(one.windows), [title(service) for service in one.services]) for one in each.specialists])
            for each in await appointments.specialists.of(office=query.office, mfc=query.mfc)]


@endpoint("GET", "/api/conversations/{conversation}/slots", Permission.BOOK)
async def slots(appointments: Appointments, now: Clock, call: Call, conversation: Id, query: SlotsQuery) -> SlotsOut:
    """Free slots of an office for a service, by the office's clock."""
    try:
        free = await appointments.work.free(call.who, conversation, query.office, query.service, query.since, query.until)
    except UnavailableError:
        raise RefusedError("no_answer", AWAY) from None
    counter = appointments.booking.counter(query.office)
    found = []
    for at, each in groupby(free, key=lambda slot: slot.at):
        local = at.astimezone(counter.zone)
        found.append(SlotOut(at, local.date(), f"{local.hour}:{local:%M}", [slot.window for slot in each]))
    return SlotsOut(found, counter.office.hours.zone, clock(now().astimezone(counter.zone)))


@endpoint("GET", "/api/conversations/{conversation}/appointments", Permission.BOOK)
async def appointments(appointments: Appointments, clock: Clock, dispatch: Dispatch, call: Call, conversation: Id) -> list[AppointmentOut]:
    """Appointments of the person, newest first."""
    return [appointment_out(appointments, clock, dispatch, each) for each in await appointments.work.of(call.who, conversation)]


@endpoint("POST", "/api/conversations/{conversation}/appointments", Permission.BOOK)
async def book(appointments: Appointments, sequencer: ConversationSequencer, clock: Clock, dispatch: Dispatch, call: Call,
               conversation: Id, body: AppointmentIn) -> BookedOut:
    """Book, or add to the waiting list; the citizen is notified at once."""
    if (body.at is None) == (body.wish is None):
        raise RefusedError("bad_request", "Укажите время или дни для листа ожидания.")
    wish = Wish(body.wish.since, body.wish.until) if body.wish else None
    draft = Draft(body.key, body.office, body.service, body.at, body.window, wish, body.name.strip(), _told_at(sequencer, body))
    try:
        made, code = await appointments.work.book(call.who, conversation, draft)
    except UnavailableError:
        raise RefusedError("no_answer", AWAY) from None
    return BookedOut(appointment_out(appointments, clock, dispatch, made), code)


def _told_at(sequencer: ConversationSequencer, body: AppointmentIn) -> str:
    """Further address for notifications; RefusedError("bad_address", "no_such_channel")."""
    if not body.channel:
        return ""
    address = Address(body.channel, body.address.strip())
    if not sequencer.carried(address):
        raise RefusedError("no_such_channel", "Такого канала нет, или он не отправляет сообщений сам.")
    if wrong := misfit(address, sequencer.traits.of(address)):
        raise RefusedError("bad_address", wrong)
    return plain(address)


@endpoint("GET", "/api/appointments", Permission.BOOK)
async def day(appointments: Appointments, clock: Clock, dispatch: Dispatch, call: Call, query: VisitorsQuery) -> list[AppointmentOut]:
    """Appointments of an office on a day, by its clock, earliest first."""
    return [appointment_out(appointments, clock, dispatch, each) for each in await appointments.work.day(call.who, query.office, query.day)]


@endpoint("GET", "/api/waiting-list", Permission.BOOK)
async def waiting_list(appointments: Appointments, clock: Clock, dispatch: Dispatch, call: Call,
                       query: WaitingQuery) -> list[AppointmentOut]:
    """The waiting list of an office, in the order in which freed slots are given."""
    return [appointment_out(appointments, clock, dispatch, each) for each in await appointments.work.waiting(call.who, query.office)]


@endpoint("GET", "/api/office-days", Permission.BOOK)
async def office_days(appointments: Appointments, call: Call, query: WeekQuery) -> list[OfficeDay]:
    """Seven days of an office, by its clock: hours, exceptions, counts."""
    return await appointments.work.week(call.who, query.office, query.day)


@endpoint("GET", "/api/appointments/{appointment}", Permission.BOOK)
async def appointment(appointments: Appointments, clock: Clock, dispatch: Dispatch, call: Call, appointment: Number) -> AppointmentOut:
    """One appointment with its steps."""
    return appointment_out(appointments, clock, dispatch, await appointments.work.find(call.who, appointment))


@endpoint("POST", "/api/appointments/{appointment}/steps", Permission.BOOK)
async def appointment_step(appointments: Appointments, clock: Clock, dispatch: Dispatch, call: Call, appointment: Number,
                           body: BookingStepIn) -> AppointmentOut:
    """Move, cancel, restore, record the result (hold, miss), reopen."""
    try:
        made = await appointments.work.act(call.who, appointment, body.act, at=body.at, window=body.window, why=body.why.strip())
    except UnavailableError:
        raise RefusedError("no_answer", AWAY) from None
    return appointment_out(appointments, clock, dispatch, made)


@endpoint("POST", "/api/appointments/{appointment}/code", Permission.BOOK)
async def appointment_code(appointments: Appointments, call: Call, appointment: Number) -> CodeOut:
    """A new code for a citizen who lost it; the old one becomes invalid."""
    return CodeOut(await appointments.work.renew_code(call.who, appointment))


@endpoint("GET", "/api/appointments/{appointment}/invitation", Permission.BOOK)
async def invite(appointments: Appointments, call: Call, appointment: Number) -> web.Response:
    """The invitation for the citizen's calendar (iCalendar), to be handed over by other means."""
    booking = appointments.booking
    made = await booking.kept((await appointments.work.find(call.who, appointment)).number)
    content = invitation(made, booking.counter(made.office), booking.receptions.service(made.service), made.steps[-1].at)
    if not content:
        raise RefusedError("bad_step", "У записи ещё нет времени.")
    return web.Response(body=content, content_type=TYPE, charset="utf-8", headers=download_headers(FILE, len(content)))


ENDPOINTS = (
    offices, specialists, slots, appointments, book, day, waiting_list, office_days, appointment, appointment_step, appointment_code,
    invite)
