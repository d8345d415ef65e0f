"""Rosters for planners: made, published, when they have too few people, absences (SL-01)."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId
from hub.dispatch.dispatcher import Dispatch
from hub.workforce.labour_code import NOTICE, LabourBreach
from hub.workforce.roster_problem import SLOT_MIN
from hub.workforce.roster_service import RosterService
from hub.workforce.shift import Absence, AbsenceKind, AbsenceState, ShiftRoster, present
from hub.workforce.shift_exchange import ShiftExchange
from hub.workforce.shortage import ShortageSpan


class RosterIn(Struct, frozen=True):
    """`seconds` is how long a better one is searched for."""

    first: date
    days: Literal[7, 14, 21, 28]
    seconds: Annotated[int, Meta(ge=5, le=300)] = 60


class RosterRowOut(Struct, frozen=True):
    """`late`: it is made known less than a month before it begins (ТК РФ ст. 103)."""

    key: str
    first: date
    days: int
    people: int
    cost: float
    bound: float
    made: datetime
    published: datetime | None
    late: bool


class RosteredOut(Struct, frozen=True):
    """`shifts` are kinds by the number of the day, "" for none."""

    login: str
    name: str
    shifts: tuple[str, ...]


class RosterOut(RosterRowOut, frozen=True, kw_only=True):
    """`missing` are person-hours of each day."""

    people_shifts: tuple[RosteredOut, ...]
    missing: tuple[float, ...]
    faults: tuple[LabourBreach, ...]


class ShiftCoverageOut(Struct, frozen=True):
    """Of 60 days, in order; none: at any minute there are as many people as are needed."""

    shortages: tuple[ShortageSpan, ...]


class AbsenceOut(Struct, frozen=True):
    key: str
    login: str
    name: str
    kind: AbsenceKind
    first: date
    last: date
    state: AbsenceState


class AbsenceDecisionIn(Struct, frozen=True):
    grant: bool


@endpoint("GET", "/api/workforce/rosters", Permission.PLAN_SHIFTS)
async def shift_rosters(service: RosterService, call: Call) -> list[RosterRowOut]:
    """Those of one's own centre, the newest first."""
    return [_row(each) for each in await service.all(call.who)]


@endpoint("GET", "/api/workforce/rosters/{roster}", Permission.PLAN_SHIFTS)
async def shift_roster(service: RosterService, dispatch: Dispatch, call: Call, roster: DocumentId) -> RosterOut:
    """Who works when, and where people are missing."""
    return _out(service, dispatch, await service.find(call.who, roster))


@endpoint("PUT", "/api/workforce/rosters/{roster}", Permission.PLAN_SHIFTS)
async def put_shift_roster(service: RosterService, dispatch: Dispatch, call: Call, roster: DocumentId, body: RosterIn) -> RosterOut:
    """Make a draft from the forecast, or make it anew."""
    return _out(service, dispatch, await service.make(call.who, roster, body.first, body.days, body.seconds))


@endpoint("POST", "/api/workforce/rosters/{roster}/publish", Permission.PLAN_SHIFTS)
async def publish_shift_roster(service: RosterService, dispatch: Dispatch, call: Call, roster: DocumentId) -> RosterOut:
    """From now on people see it."""
    return _out(service, dispatch, await service.publish(call.who, roster))


@endpoint("GET", "/api/workforce/coverage", Permission.PLAN_SHIFTS)
async def shift_coverage(service: RosterService, call: Call) -> ShiftCoverageOut:
    """When too few people are rostered in the next 60 days."""
    return ShiftCoverageOut(tuple(await service.shortages(call.who)))


@endpoint("GET", "/api/workforce/absences", Permission.PLAN_SHIFTS)
async def centre_absences(service: RosterService, authorization: Authorization, dispatch: Dispatch, call: Call) -> list[AbsenceOut]:
    """Leave, illness and wishes in one's own centre."""
    return [absence_out(each, dispatch) for each in await service.absences(authorization.centre(call.who))]


@endpoint("POST", "/api/workforce/absences/{absence}", Permission.PLAN_SHIFTS)
async def decide_absence(exchange: ShiftExchange, dispatch: Dispatch, call: Call, absence: DocumentId,
                         body: AbsenceDecisionIn) -> AbsenceOut:
    """Grant or refuse it."""
    return absence_out(await exchange.decide(call.who, absence, grant=body.grant), dispatch)


def absence_out(of: Absence, dispatch: Dispatch) -> AbsenceOut:
    return AbsenceOut(of.key, of.login, dispatch.name(of.login), of.kind, of.first, of.last, of.state)


def _row(of: ShiftRoster) -> RosterRowOut:
    return RosterRowOut(of.key, of.first, of.days, len({each.login for each in of.shifts}), of.cost, of.bound, of.made, of.published,
                        (of.published or of.made).date() > of.first - NOTICE)


def _out(service: RosterService, dispatch: Dispatch, of: ShiftRoster) -> RosterOut:
    row, kinds = _row(of), {(each.login, each.day.toordinal() - of.first.toordinal()): each.kind for each in of.shifts}
    people = tuple(RosteredOut(login, dispatch.name(login), tuple(kinds.get((login, day), "") for day in range(of.days)))
                   for login in sorted({each.login for each in of.shifts}))
    there = present(of.shifts, of.first, of.days, SLOT_MIN)
    missing = tuple(sum(max(needed - number, 0) for number, needed in zip(*pair, strict=True)) * SLOT_MIN / 60
                    for pair in zip(there, of.needs, strict=True))
    return RosterOut(key=row.key, first=row.first, days=row.days, people=row.people, cost=row.cost, bound=row.bound, made=row.made,
                     published=row.published, late=row.late, people_shifts=people, missing=missing, faults=tuple(service.faults(of)))


ENDPOINTS = (shift_rosters, shift_roster, put_shift_roster, publish_shift_roster, shift_coverage, centre_absences, decide_absence)
