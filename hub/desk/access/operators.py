"""Operators: colleagues for a transfer, and their accounts."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.break_glass import LOGIN
from hub.access.operator import Operator, changes
from hub.access.permissions import Permission, may
from hub.actions.conversation_actions import Actions
from hub.conversations.ports import Store
from hub.desk.access.account_changes import AccountChanges
from hub.desk.access.account_roles import AccountRoles
from hub.desk.access.forms import AccountIn, AuditQuery, DeedOut, LimitsIn, NewOperatorOut, OperatorIn, OperatorOut
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Login
from hub.desk.http.pagination import PAGE
from hub.desk.http.parts import Clock
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.scope import CentreScope
from hub.desk.sign_in.accounts import governed_account
from hub.desk.sign_in.sessions import Sessions
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.organisation.centre import Function

SEARCHED = 1000
"""Entries that are read at once while few of them are wanted."""


def operator_out(dispatch: Dispatch, operator: Operator) -> OperatorOut:
    return OperatorOut(operator.login, operator.name, operator.role, list(operator.queues),
                       dispatch.presence(operator.login), operator.active, dispatch.load(operator.login), dispatch.held(operator.login),
                       operator.skills, list(operator.languages), operator.contractor, list(operator.functions),
                       operator.own_role.key if operator.own_role else "", operator.own_role.title if operator.own_role else "",
                       operator.limit, *dispatch.written(operator.login))


@endpoint("GET", "/api/colleagues", Permission.HAND_OVER)
async def colleagues(store: Store, actions: Actions, dispatch: Dispatch, call: Call) -> list[OperatorOut]:
    """Colleagues of one's own centre who serve conversations."""
    others = [each for each in await store.all(Operator) if may(each, Permission.SERVE) and each.login != call.who.login]
    return [operator_out(dispatch, each) for each in others if any(actions.works_with(each, queue) for queue in call.who.queues or ("",))]


@endpoint("GET", "/api/operators", Permission.MANAGE_OPERATORS)
async def operators(authorization: Authorization, store: Store, dispatch: Dispatch, call: Call) -> list[OperatorOut]:
    """All accounts of one's own centre."""
    return [operator_out(dispatch, each) for each in await store.all(Operator) if authorization.covers_all(call.who, each.queues)]


@endpoint("POST", "/api/operators", Permission.MANAGE_OPERATORS)
async def add_operator(store: Store, clock: Clock, authorization: Authorization, centre: Centre, dispatch: Dispatch, sessions: Sessions,
                       roles: AccountRoles, call: Call, body: OperatorIn) -> NewOperatorOut:
    """Open an account; the one-time password is shown here only."""
    by = call.sign_in.login  # a person: programs do not set passwords
    if body.login == LOGIN or await store.get(Operator, body.login):
        raise RefusedError("exists", "Такой логин уже есть.")
    _check(authorization, centre, call.who, body)
    operator = Operator(body.login, body.name, body.role, _once(body.queues), skills=body.skills, languages=_once(body.languages),
                        contractor=body.contractor, functions=_functions(body), limit=body.limit.limit)
    operator = await roles.given(call.who, operator, body)
    await store.note(AuditEntry(clock(), by, "operator_added", body.login, operator.own_role.title if operator.own_role else body.role))
    return await _with_password(dispatch, sessions, call, operator, new=True)


@endpoint("PUT", "/api/operators/{login}", Permission.MANAGE_OPERATORS)
async def change_operator(accounts: AccountChanges, dispatch: Dispatch, store: Store, clock: Clock, authorization: Authorization,
                          centre: Centre, roles: AccountRoles, call: Call, login: Login, body: AccountIn) -> OperatorOut:
    """Change name, permissions and skills of an account, with immediate effect."""
    _check(authorization, centre, call.who, body)
    by = call.sign_in.login
    own = call.who.own_role.key if call.who.own_role else ""
    if login == by and (body.own_role != own or (not own and body.role is not call.who.role)):
        raise RefusedError("yourself", "Свою роль изменить нельзя: попросите другого администратора.")
    async with accounts.amending:
        before = await governed_account(store, authorization, call.who, login)
        queues, languages = _once(body.queues), _once(body.languages)
        loan = before.loan if queues == before.queues else None  # changed lines end a temporary assignment
        after = replace(before, name=body.name, queues=queues, skills=body.skills, languages=languages,
                        contractor=body.contractor, functions=_functions(body), loan=loan, limit=body.limit.limit)
        after = await roles.given(call.who, after, body)
        if changed := changes(before, after):
            await store.put(after, AuditEntry(clock(), by, "operator_changed", login, changed))
    if changed:
        await accounts.changed(after, by)
    return operator_out(dispatch, after)


@endpoint("POST", "/api/operators/{login}/reset", Permission.MANAGE_OPERATORS)
async def reset(dispatch: Dispatch, sessions: Sessions, store: Store, authorization: Authorization, call: Call,
                login: Login) -> NewOperatorOut:
    """Set a new one-time password; all sessions end at once."""
    return await _with_password(dispatch, sessions, call, await governed_account(store, authorization, call.who, login))


@endpoint("POST", "/api/operators/{login}/deactivate", Permission.MANAGE_OPERATORS)
async def deactivate(accounts: AccountChanges, dispatch: Dispatch, store: Store, clock: Clock, authorization: Authorization, call: Call,
                     login: Login) -> OperatorOut:
    """Close an account; its sessions end at once, and the keys that it answers for are revoked. A reset reopens it."""
    by = call.sign_in.login
    if login == by:
        raise RefusedError("yourself", "Себя отключить нельзя.")
    async with accounts.amending:
        operator = replace(await governed_account(store, authorization, call.who, login), active=False)
        await store.put(operator, AuditEntry(clock(), by, "operator_deactivated", login))
    await accounts.closed(operator, by)
    return operator_out(dispatch, operator)


@endpoint("POST", "/api/limits", Permission.MANAGE_OPERATORS)
async def limit_operators(accounts: AccountChanges, dispatch: Dispatch, store: Store, clock: Clock, authorization: Authorization,
                          call: Call, body: LimitsIn) -> list[OperatorOut]:
    """How much several people hold at the same time; the router obeys at once, and what they hold stays with them."""
    by, changed = call.sign_in.login, list[Operator]()
    async with accounts.amending:
        before = [await governed_account(store, authorization, call.who, login) for login in dict.fromkeys(body.logins)]
        for each in before:
            after = replace(each, limit=body.limit.limit)
            if told := changes(each, after):
                await store.put(after, AuditEntry(clock(), by, "operator_changed", each.login, told))
                changed.append(after)
    for each in changed:
        await accounts.changed(each, by)
    now_so = {each.login: each for each in changed}
    return [operator_out(dispatch, now_so.get(each.login, each)) for each in before]


@endpoint("GET", "/api/audit", Permission.MANAGE_OPERATORS)
async def audit(actions: Actions, scope: CentreScope, centre: Centre, store: Store, call: Call, query: AuditQuery) -> list[DeedOut]:
    """Audit entries of one's own centre's staff, newest first; of one person, one act, or the days from `since` to `until`."""
    await actions.readings.note(call.who.login, "audit")
    people, found = {each.login: each for each in await store.all(Operator)}, list[tuple[int, AuditEntry]]()
    zone, before, batch = ZoneInfo(centre.timezone), query.before, SEARCHED if query.narrow else PAGE
    while len(found) < PAGE and (page := await store.audit_entries(before=before, limit=batch)):
        found += [each for each in page if query.wants(each[1], zone) and scope.ours(call.who, each[1].by, people.get(each[1].by))]
        before = page[-1][0]
        if query.since is not None and page[-1][1].at.astimezone(zone).date() < query.since:
            break
    named = {int(d.about) for _, d in found[:PAGE] if d.about.isdecimal()}
    numbers = {str(head.id): head.number for head in await store.conversations(sorted(named))}
    names = {login: each.name for login, each in people.items()}
    return [DeedOut(str(n), d.at, d.by, d.what, d.about, d.detail, d.ground, numbers.get(d.about, ""), names.get(d.by, ""))
            for n, d in found[:PAGE]]


def _check(authorization: Authorization, centre: Centre, who: Operator, body: OperatorIn | AccountIn) -> None:
    if unknown := set(body.queues) - {queue.id for queue in centre.queues}:
        raise RefusedError("no_such_queue", f"Нет таких очередей: {', '.join(sorted(unknown))}.")
    if unknown := set(body.skills) - set(centre.skills):
        raise RefusedError("no_such_skill", f"Ни одна очередь не требует таких навыков: {', '.join(sorted(unknown))}.")
    if not authorization.covers_all(who, body.queues):
        raise RefusedError("forbidden", "Линии другого центра даёт его администратор.")
    if body.contractor and body.contractor not in centre.contractors():
        raise RefusedError("no_such_contractor", "В реестре нет действующего договора с таким подрядчиком.")


def _functions(body: OperatorIn | AccountIn) -> tuple[Function, ...]:
    """The centre's own staff have no list: their role decides."""
    return tuple(dict.fromkeys(body.functions)) if body.contractor else ()


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


async def _with_password(dispatch: Dispatch, sessions: Sessions, call: Call, operator: Operator, *, new: bool = False) -> NewOperatorOut:
    changed, password = await sessions.one_time_password(operator, call.sign_in.login, new=new)
    dispatch.renew(changed)
    return NewOperatorOut(operator_out(dispatch, changed), password)


ENDPOINTS = (colleagues, operators, add_operator, change_operator, reset, deactivate, limit_operators, audit)
