"""Operators: the colleagues one may transfer to, and their accounts."""

from collections.abc import Iterable

from msgspec.structs import replace

from hub.access.break_glass import LOGIN
from hub.access.operator import Operator, Presence, changes
from hub.access.permissions import Permission, may
from hub.desk.access.forms import AccountIn, DeedOut, NewOperatorOut, OperatorIn, OperatorOut
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Before, Login
from hub.desk.http.paging import PAGE
from hub.desk.sign_in.accounts import account_of
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.organisation.delegated_functions import Function


def operator_out(desk: Desk, operator: Operator) -> OperatorOut:
    return OperatorOut(operator.login, operator.name, operator.role, list(operator.queues),
                       desk.dispatch.presence(operator.login), operator.active, desk.dispatch.load(operator.login),
                       operator.skills, list(operator.languages), operator.contractor, list(operator.functions))


@endpoint("GET", "/api/colleagues", Permission.HAND_OVER)
async def colleagues(desk: Desk, call: Call) -> list[OperatorOut]:
    """Those of one's own centre who serve conversations, without oneself."""
    others = [each for each in await desk.store.all(Operator) if may(each, Permission.SERVE) and each.login != call.who.login]
    return [operator_out(desk, each) for each in others if any(desk.actions.works_with(each, queue) for queue in call.who.queues or ("",))]


@endpoint("GET", "/api/operators", Permission.MANAGE_OPERATORS)
async def operators(desk: Desk, call: Call) -> list[OperatorOut]:
    """All accounts of one's own centre."""
    return [operator_out(desk, each) for each in await desk.store.all(Operator) if desk.authorization.covers_all(call.who, each.queues)]


@endpoint("POST", "/api/operators", Permission.MANAGE_OPERATORS)
async def add_operator(desk: Desk, call: Call, body: OperatorIn) -> NewOperatorOut:
    """Open an account; the one-time password is shown here and never again."""
    by = call.sign_in.login  # a person's: no program gives passwords
    if body.login == LOGIN or await desk.store.get(Operator, body.login):
        raise RefusedError("exists", "Такой логин уже есть.")
    _check(desk, call.who, body)
    operator = Operator(body.login, body.name, body.role, _once(body.queues), skills=body.skills, languages=_once(body.languages),
                        contractor=body.contractor, functions=_functions(body))
    await desk.store.note(AuditEntry(desk.now(), by, "operator_added", body.login, body.role))
    return await _with_password(desk, call, operator, new=True)


@endpoint("PUT", "/api/operators/{login}", Permission.MANAGE_OPERATORS)
async def change_operator(desk: Desk, call: Call, login: Login, body: AccountIn) -> OperatorOut:
    """Change what somebody is called, may and can: it counts at once, also for whoever is at work."""
    _check(desk, call.who, body)
    by = call.sign_in.login
    if login == by and body.role is not call.who.role:
        raise RefusedError("yourself", "Свою роль изменить нельзя: попросите другого администратора.")
    async with desk.sessions.amending:
        before = await account_of(desk, call.who, login)
        queues, languages = _once(body.queues), _once(body.languages)
        loan = before.loan if queues == before.queues else None  # other lines are the last word: nothing is taken back then
        after = replace(before, name=body.name, role=body.role, queues=queues, skills=body.skills, languages=languages,
                        contractor=body.contractor, functions=_functions(body), loan=loan)
        if changed := changes(before, after):
            await desk.store.put(after, AuditEntry(desk.now(), by, "operator_changed", login, changed))
    if changed:
        desk.sessions.forget(login)
        desk.dispatch.renew(after)
        await desk.services.end_of(login, by)
    return operator_out(desk, after)


@endpoint("POST", "/api/operators/{login}/reset", Permission.MANAGE_OPERATORS)
async def reset(desk: Desk, call: Call, login: Login) -> NewOperatorOut:
    """Give a new one-time password; all sessions end at once."""
    return await _with_password(desk, call, await account_of(desk, call.who, login))


@endpoint("POST", "/api/operators/{login}/deactivate", Permission.MANAGE_OPERATORS)
async def deactivate(desk: Desk, call: Call, login: Login) -> OperatorOut:
    """Close an account; all sessions end at once, and so do the keys of programs it answers for. A reset opens it again."""
    by = call.sign_in.login
    if login == by:
        raise RefusedError("yourself", "Себя отключить нельзя.")
    async with desk.sessions.amending:
        operator = replace(await account_of(desk, call.who, login), active=False)
        await desk.store.put(operator, AuditEntry(desk.now(), by, "operator_deactivated", login))
    await desk.sessions.end_all(login)
    await desk.services.end_of(login, by)
    desk.dispatch.set_presence(operator, Presence.OFFLINE)
    return operator_out(desk, operator)


@endpoint("GET", "/api/audit", Permission.MANAGE_OPERATORS)
async def audit(desk: Desk, call: Call, query: Before) -> list[DeedOut]:
    """What people of one's own centre did, newest first."""
    await desk.actions.readings.note(call.who.login, "audit")
    people, found = {each.login: each for each in await desk.store.all(Operator)}, list[tuple[int, AuditEntry]]()
    before = query.before
    while len(found) < PAGE and (page := await desk.store.audit_entries(before=before, limit=PAGE)):
        found += [each for each in page if desk.ours(call.who, each[1].by, people.get(each[1].by))]
        before = page[-1][0]
    return [DeedOut(str(n), d.at, d.by, d.what, d.about, d.detail, d.ground) for n, d in found[:PAGE]]


def _check(desk: Desk, who: Operator, body: OperatorIn | AccountIn) -> None:
    if unknown := set(body.queues) - {queue.id for queue in desk.centre.queues}:
        raise RefusedError("no_such_queue", f"Нет таких очередей: {', '.join(sorted(unknown))}.")
    if unknown := set(body.skills) - set(desk.centre.skills):
        raise RefusedError("no_such_skill", f"Ни одна очередь не требует таких навыков: {', '.join(sorted(unknown))}.")
    if not desk.authorization.covers_all(who, body.queues):
        raise RefusedError("forbidden", "Линии другого центра даёт его администратор.")
    if body.contractor and body.contractor not in desk.contractors():
        raise RefusedError("no_such_contractor", "В реестре нет действующего договора с таким подрядчиком.")


def _functions(body: OperatorIn | AccountIn) -> tuple[Function, ...]:
    """The centre's own people have no list of them: theirs is what their role says."""
    return tuple(dict.fromkeys(body.functions)) if body.contractor else ()


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


async def _with_password(desk: Desk, call: Call, operator: Operator, *, new: bool = False) -> NewOperatorOut:
    changed, password = await desk.sessions.one_time_password(operator, call.sign_in.login, new=new)
    desk.dispatch.renew(changed)
    return NewOperatorOut(operator_out(desk, changed), password)


ENDPOINTS = (colleagues, operators, add_operator, change_operator, reset, deactivate, audit)
