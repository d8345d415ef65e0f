"""Temporary assignment of operators to other lines (MC-01, SL-03)."""

from datetime import datetime
from math import isinf
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Login
from hub.dispatch.dispatcher import Dispatch
from hub.dispatch.temporary_assignments import AssignmentWish, Refused, TemporaryAssignments

MOST = 50
"""Most operators of one request."""
Logins = Annotated[list[Login], Meta(min_length=1, max_length=MOST)]
Lines = Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(min_length=1, max_length=MOST)]


class LoanIn(Struct, frozen=True):
    """These operators serve these `lines` until a moment, at most a day ahead; with `keeps` besides their own."""

    logins: Logins
    lines: Lines
    until: datetime
    keeps: bool = False


class LoginsIn(Struct, frozen=True):
    logins: Logins


class RefusedOut(Struct, frozen=True):
    """Operators it is refused for, and why."""

    login: str
    name: str
    error: str
    text: str


class LendableOut(Struct, frozen=True):
    """`lacks` are missing skills: such an operator is offered the lines' conversations later than others."""

    login: str
    name: str
    before: list[str]
    after: list[str]
    lacks: list[str]


class LineThenOut(Struct, frozen=True):
    """A line now and then; the waits are null where nobody serves it."""

    queue: str
    waiting: int
    at_work: int
    at_work_then: int
    predicted_s: int | None
    predicted_then_s: int | None


class OutlookOut(Struct, frozen=True):
    people: list[LendableOut]
    refused: list[RefusedOut]
    lines: list[LineThenOut]


class LoansOut(Struct, frozen=True):
    """`done` are the logins that were assigned."""

    done: list[str]
    refused: list[RefusedOut]


@endpoint("POST", "/api/floor/loans/outlook", Permission.STEER)
async def loan_outlook(temporary_assignments: TemporaryAssignments, dispatch: Dispatch, call: Call, body: LoanIn) -> OutlookOut:
    """Preview of a temporary assignment."""
    found = temporary_assignments.outlook(call.who, dict.fromkeys(body.logins), _wish(body))
    people = [LendableOut(each.before.login, each.before.name, list(each.before.queues), list(each.after.queues), list(each.lacks))
              for each in found.people]
    lines = [LineThenOut(each.queue, each.waiting, each.at_work, each.at_work_then, _seconds(each.predicted_s),
                         _seconds(each.predicted_then_s)) for each in found.lines]
    return OutlookOut(people, _refused(dispatch, found.refused), lines)


@endpoint("POST", "/api/floor/loans", Permission.STEER)
async def lend(temporary_assignments: TemporaryAssignments, dispatch: Dispatch, call: Call, body: LoanIn) -> LoansOut:
    """Assign the operators, each separately; they are notified at once, and return automatically."""
    return _done(dispatch, body.logins, await temporary_assignments.lend(call.who, body.logins, _wish(body)))


@endpoint("POST", "/api/floor/loans/end", Permission.STEER)
async def give_back(temporary_assignments: TemporaryAssignments, dispatch: Dispatch, call: Call, body: LoginsIn) -> LoansOut:
    """End assignments early."""
    return _done(dispatch, body.logins, await temporary_assignments.give_back(call.who, body.logins))


def _wish(body: LoanIn) -> AssignmentWish:
    return AssignmentWish(tuple(dict.fromkeys(body.lines)), body.until, body.keeps)


def _done(dispatch: Dispatch, logins: list[str], refused: list[Refused]) -> LoansOut:
    others = {each.login for each in refused}
    return LoansOut([login for login in dict.fromkeys(logins) if login not in others], _refused(dispatch, refused))


def _refused(dispatch: Dispatch, refused: list[Refused]) -> list[RefusedOut]:
    """Operators of other centres are not named."""
    return [RefusedOut(each.login, each.login if each.code == "forbidden" else dispatch.name(each.login), each.code, each.text)
            for each in refused]


def _seconds(predicted_s: float) -> int | None:
    return None if isinf(predicted_s) else round(predicted_s)


ENDPOINTS = (loan_outlook, lend, give_back)
