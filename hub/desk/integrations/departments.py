"""Systems of departments at the desk: their contracts and how they keep them, and handing a case to one (IN-03, IN-04)."""

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
    """A day in UTC. `in_time` is the share of all that were asked; `p95_s` of the answers, rounded up to a limit that is counted by."""

    day: date
    asked: int
    answered: int
    failed: int
    in_time: float | None
    p95_s: float | None


class SystemOut(Struct, frozen=True):
    """`wrong` is why it did not answer the last time; "" while it does."""

    id: str
    title: str
    contract: Contract
    wrong: str
    days: list[SystemDayOut]


class SystemNameOut(Struct, frozen=True):
    id: str
    title: str


class SubmissionOut(Struct, frozen=True):
    """`told` is the receipt of what was `taken`, or why it was not."""

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
    """Every system with its contract, and how it was kept for thirty days, the newest first."""
    del call
    return [
        SystemOut(key, each.title, each.contract, systems.wrong.get(key, ""), [_day(day) for day in await systems.days(key)])
        for key, each in systems.agreed.items()]


@endpoint("GET", "/api/systems/names", Permission.WORK_CASES)
async def names(systems: DepartmentClients, call: Call) -> list[SystemNameOut]:
    """Where a case can be handed in."""
    del call
    return [SystemNameOut(key, title) for key, title in systems.taking().items()]


@endpoint("GET", "/api/systems/submissions", Permission.WORK_CASES)
async def submissions(systems: DepartmentClients, submitting: CaseSubmission, scope: CentreScope, actions: Actions,
                      call: Call) -> list[SubmissionOut]:
    """Cases that one sees and that were handed in: first those that were not taken, then the others of thirty days, the newest first."""
    found = await submitting.handed_in(call.who, scope.lines(call.who))
    await actions.readings.note(call.who.login, "listed", detail="cases: handed in")
    agreed = systems.agreed
    return [SubmissionOut(each.number, each.system, agreed[each.system].title, each.at, each.told, each.taken)
            for each in found if each.system in agreed][:SHOWN]


@endpoint("POST", "/api/systems/{system}/check", Permission.SEE_FIGURES)
async def check(systems: DepartmentClients, call: Call, system: str) -> CheckOut:
    """Ask it for its contract; 409 where that is not ours, or where it does not answer."""
    del call
    return CheckOut(await systems.check(system))


@endpoint("POST", "/api/cases/{case}/submit", Permission.WORK_CASES)
async def submit(submitting: CaseSubmission, case_view: CaseView, call: Call, case: Number, body: SubmitIn) -> CaseDetailsOut:
    """Hand it to a system, whose receipt is kept; the citizen is told. Where it does not answer nothing is changed."""
    return await case_view.details(call.who, await submitting.submit(call.who, case, body.system))


def _day(day: SystemDay) -> SystemDayOut:
    return SystemDayOut(day.day, day.asked, day.answered, day.failed, share_in_time(day), quantile_s(day, P95))


ENDPOINTS = (systems, names, submissions, check, submit)
