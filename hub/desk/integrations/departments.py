"""Departments' systems: contracts, metrics, and submission of cases (IN-03, IN-04)."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.desk.cases.forms import CaseDetailsOut
from hub.desk.cases.view import CaseView
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Number
from hub.desk.organisation.scope import CentreScope
from hub.integrations.case_submission import CaseSubmission
from hub.integrations.department_client import DepartmentClients
from hub.integrations.department_systems import Contract, SystemDay, quantile_s, share_in_time

P95 = 0.95
SHOWN = 200


class SystemDayOut(Struct, frozen=True):
    """A day in UTC. `in_time` is the share of all requests; `p95_s` is for responses, rounded up to a histogram bound."""

    day: date
    asked: int
    answered: int
    failed: int
    in_time: float | None
    p95_s: float | None


class SystemOut(Struct, frozen=True):
    """`wrong` is the last error; "" while it works."""

    id: str
    title: str
    contract: Contract
    wrong: str
    days: list[SystemDayOut]


class SystemNameOut(Struct, frozen=True):
    id: str
    title: str


class SubmissionOut(Struct, frozen=True):
    """`told` is the receipt of a `taken` one, or why it was refused."""

    number: str
    system: str
    title: str
    at: datetime
    told: str
    taken: bool


class CheckOut(Struct, frozen=True):
    version: str


class SubmitIn(Struct, frozen=True):
    system: Annotated[str, Meta(min_length=1, max_length=40)]


@endpoint("GET", "/api/systems", Permission.SEE_FIGURES)
async def systems(systems: DepartmentClients, call: Call) -> list[SystemOut]:
    """Every system with its contract and thirty days of metrics, newest first."""
    del call
    return [
        SystemOut(key, each.title, each.contract, systems.wrong.get(key, ""), [_day(day) for day in await systems.days(key)])
        for key, each in systems.agreed.items()]


@endpoint("GET", "/api/systems/names", Permission.WORK_CASES)
async def names(systems: DepartmentClients, call: Call) -> list[SystemNameOut]:
    """Systems that accept cases."""
    del call
    return [SystemNameOut(key, title) for key, title in systems.taking().items()]


@endpoint("GET", "/api/systems/submissions", Permission.WORK_CASES)
async def submissions(systems: DepartmentClients, submitting: CaseSubmission, scope: CentreScope, actions: Actions,
                      call: Call) -> list[SubmissionOut]:
    """Submissions of visible cases: first the failed ones, then the others of thirty days, newest first."""
    found = await submitting.handed_in(call.who, scope.lines(call.who))
    await actions.readings.note(call.who.login, "listed", detail="cases: handed in")
    agreed = systems.agreed
    return [SubmissionOut(each.number, each.system, agreed[each.system].title, each.at, each.told, each.taken)
            for each in found if each.system in agreed][:SHOWN]


@endpoint("POST", "/api/systems/{system}/check", Permission.SEE_FIGURES)
async def check(systems: DepartmentClients, call: Call, system: str) -> CheckOut:
    """Ask for its contract version; 409 for an incompatible one, or without an answer."""
    del call
    return CheckOut(await systems.check(system))


@endpoint("POST", "/api/cases/{case}/submit", Permission.WORK_CASES)
async def submit(submitting: CaseSubmission, case_view: CaseView, call: Call, case: Number, body: SubmitIn) -> CaseDetailsOut:
    """Submit it to a system and store the receipt; the citizen is notified. Without an answer nothing is changed."""
    return await case_view.details(call.who, await submitting.submit(call.who, case, body.system))


def _day(day: SystemDay) -> SystemDayOut:
    return SystemDayOut(day.day, day.asked, day.answered, day.failed, share_in_time(day), quantile_s(day, P95))


ENDPOINTS = (systems, names, submissions, check, submit)
