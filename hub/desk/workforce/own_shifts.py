"""One's own shifts: seen, swapped, as a calendar; leave and wishes (SL-01)."""

from datetime import date
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId, Login
from hub.desk.organisation.centre import Centre
from hub.desk.workforce.rosters import AbsenceOut, absence_out
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.web.download import download_headers
from hub.workforce.shift import BY_CODE, AbsenceKind, RosteredShift
from hub.workforce.shift_calendar import TYPE, calendar
from hub.workforce.shift_exchange import ShiftExchange, ShiftSwap


class ShiftOut(Struct, frozen=True):
    """`begins` and `lasts` are minutes."""

    login: str
    name: str
    day: date
    kind: str
    begins: int
    lasts: int


class SwapOut(Struct, frozen=True):
    """`own`: one has asked for it oneself."""

    key: str
    login: str
    name: str
    day: date
    colleague: str
    colleague_name: str
    other_day: date
    own: bool


class OwnShiftsOut(Struct, frozen=True):
    """`colleagues` are shifts that one may ask for."""

    shifts: tuple[ShiftOut, ...]
    colleagues: tuple[ShiftOut, ...]
    swaps: tuple[SwapOut, ...]
    absences: tuple[AbsenceOut, ...]


class SwapIn(Struct, frozen=True):
    day: date
    colleague: Login
    other_day: date


class SwapAnswerIn(Struct, frozen=True):
    agree: bool


class AbsenceIn(Struct, frozen=True):
    kind: AbsenceKind
    first: date
    last: date


@endpoint("GET", "/api/own-shifts", Permission.OWN_SHIFTS)
async def own_shifts(exchange: ShiftExchange, dispatch: Dispatch, call: Call) -> OwnShiftsOut:
    """From today on, as far as rosters are published."""
    today, rosters = exchange.today, await exchange.rosters(call.who)
    others = [each for roster in rosters for each in roster.shifts if each.login != call.who.login and each.day > today]
    return OwnShiftsOut(
        tuple(_shift_out(each, dispatch) for each in await exchange.shifts(call.who)), tuple(_shift_out(each, dispatch) for each in others),
        tuple(_swap_out(each, dispatch, call.who.login) for each in await exchange.swaps(call.who)),
        tuple(absence_out(each, dispatch) for each in await exchange.absences(call.who)))


@endpoint("GET", "/api/own-shifts/file", Permission.OWN_SHIFTS)
async def own_shifts_file(exchange: ShiftExchange, centre: Centre, call: Call) -> web.Response:
    """The same as iCalendar."""
    body = calendar(await exchange.shifts(call.who), centre.name, ZoneInfo(centre.timezone))
    return web.Response(body=body, headers=download_headers("shifts.ics", len(body)) | {"Content-Type": TYPE})


@endpoint("PUT", "/api/own-swaps/{swap}", Permission.OWN_SHIFTS)
async def propose_swap(exchange: ShiftExchange, dispatch: Dispatch, call: Call, swap: DocumentId, body: SwapIn) -> SwapOut:
    """Ask a colleague for their shift in exchange for one's own."""
    made = await exchange.propose(call.who, swap, body.day, body.colleague, body.other_day)
    return _swap_out(made, dispatch, call.who.login)


@endpoint("POST", "/api/own-swaps/{swap}", Permission.OWN_SHIFTS)
async def answer_swap(exchange: ShiftExchange, dispatch: Dispatch, call: Call, swap: DocumentId, body: SwapAnswerIn) -> SwapOut:
    """The colleague agrees, and the shifts change places, or not."""
    return _swap_out(await exchange.answer(call.who, swap, agree=body.agree), dispatch, call.who.login)


@endpoint("PUT", "/api/own-absences/{absence}", Permission.OWN_SHIFTS)
async def ask_absence(exchange: ShiftExchange, dispatch: Dispatch, call: Call, absence: DocumentId, body: AbsenceIn) -> AbsenceOut:
    """Ask for leave, tell of an illness, wish for free days."""
    return absence_out(await exchange.ask(call.who, absence, body.kind, body.first, body.last), dispatch)


def _shift_out(of: RosteredShift, dispatch: Dispatch) -> ShiftOut:
    kind = BY_CODE[of.kind]
    return ShiftOut(of.login, dispatch.name(of.login), of.day, of.kind, kind.begins, kind.lasts)


def _swap_out(of: ShiftSwap, dispatch: Dispatch, login: str) -> SwapOut:
    return SwapOut(of.key, of.login, dispatch.name(of.login), of.day, of.colleague, dispatch.name(of.colleague), of.other_day,
                   of.login == login)


ENDPOINTS = (own_shifts, own_shifts_file, propose_swap, answer_swap, ask_absence)
