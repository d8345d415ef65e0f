"""Operators at work with their conversations; supervisors set a break, or ready (MC-01)."""


from msgspec import Struct

from hub.access.operator import Presence
from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Login
from hub.desk.http.parts import Clock
from hub.desk.monitoring.people_view import PeopleView, PersonNow
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.monitoring.wallboard import Wallboard, Work


class PauseIn(Struct, frozen=True):
    """`on` sets a break, otherwise ready."""

    on: bool


@endpoint("GET", "/api/floor/people", Permission.SEE_ALL)
async def floor_people(dispatch: Dispatch, wallboard: Wallboard, people_view: PeopleView, call: Call) -> list[PersonNow]:
    """Operators of one's own centre at work or temporarily assigned, by name."""
    known = sorted(dispatch.operators(), key=lambda each: (each.name, each.login))
    there = [each for each in known if (wallboard.work(each.login) is not Work.AWAY or each.loan) and people_view.covers(call.who, each)]
    return [await people_view.out(call.who, each) for each in there]


@endpoint("POST", "/api/floor/people/{login}/pause", Permission.STEER)
async def pause(dispatch: Dispatch, store: Store, clock: Clock, people_view: PeopleView, call: Call, login: Login,
                body: PauseIn) -> PersonNow:
    """Set an operator at work on a break, or ready; their desk shows it at once."""
    who = dispatch.operator(login)
    if who is None or dispatch.presence(login) is Presence.OFFLINE:
        raise RefusedError("not_at_work", "Его нет на линии.")
    if not people_view.covers(call.who, who):
        raise RefusedError("forbidden", "Это сотрудник другого центра.")
    presence = Presence.BREAK if body.on else Presence.READY
    await store.note(AuditEntry(clock(), call.who.login, "presence_set", login, presence))
    dispatch.set_presence(who, presence)
    return await people_view.out(call.who, who)


ENDPOINTS = (floor_people, pause)
