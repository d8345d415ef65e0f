"""Operators: the colleagues one may transfer to, and their accounts."""

from msgspec.structs import replace

from hub.access import Permission, may
from hub.audit import Deed
from hub.desk.conversations import Before
from hub.desk.desk import Desk
from hub.desk.endpoint import Call, endpoint
from hub.desk.wire import DeedOut, Login, NewOperatorOut, OperatorIn, OperatorOut
from hub.errors import RefusedError
from hub.operators import Operator, Presence


def operator_out(desk: Desk, operator: Operator) -> OperatorOut:
    return OperatorOut(operator.login, operator.name, operator.role, list(operator.queues),
                       desk.dispatch.presence(operator.login), operator.active, desk.dispatch.load(operator.login))


@endpoint("GET", "/api/colleagues", Permission.SERVE)
async def colleagues(desk: Desk, call: Call) -> list[OperatorOut]:
    """Those who serve conversations, without oneself."""
    return [operator_out(desk, o) for o in await desk.store.all(Operator) if may(o, Permission.SERVE) and o.login != call.who.login]


@endpoint("GET", "/api/operators", Permission.MANAGE_OPERATORS)
async def operators(desk: Desk, call: Call) -> list[OperatorOut]:
    """All accounts."""
    del call
    return [operator_out(desk, operator) for operator in await desk.store.all(Operator)]


@endpoint("POST", "/api/operators", Permission.MANAGE_OPERATORS)
async def add_operator(desk: Desk, call: Call, body: OperatorIn) -> NewOperatorOut:
    """Open an account; the one-time password is shown here and never again."""
    if await desk.store.get(Operator, body.login):
        raise RefusedError("exists", "Такой логин уже есть.")
    if unknown := set(body.queues) - {queue.id for queue in desk.centre.queues}:
        raise RefusedError("no_such_queue", f"Нет таких очередей: {', '.join(sorted(unknown))}.")
    operator = Operator(body.login, body.name, body.role, tuple(body.queues))
    await desk.store.note(Deed(desk.now(), call.who.login, "operator_added", body.login, body.role))
    return await _with_password(desk, call, operator)


@endpoint("POST", "/api/operators/{login}/reset", Permission.MANAGE_OPERATORS)
async def reset(desk: Desk, call: Call, login: Login) -> NewOperatorOut:
    """Give a new one-time password; all sessions end at once."""
    return await _with_password(desk, call, await _operator(desk, login))


@endpoint("POST", "/api/operators/{login}/deactivate", Permission.MANAGE_OPERATORS)
async def deactivate(desk: Desk, call: Call, login: Login) -> OperatorOut:
    """Close an account; all sessions end at once. A reset opens it again."""
    if login == call.who.login:
        raise RefusedError("yourself", "Себя отключить нельзя.")
    operator = replace(await _operator(desk, login), active=False)
    await desk.store.put(operator, Deed(desk.now(), call.who.login, "operator_deactivated", login))
    await desk.sessions.end_all(login)
    desk.dispatch.set_presence(operator, Presence.OFFLINE)
    return operator_out(desk, operator)


@endpoint("GET", "/api/audit", Permission.MANAGE_OPERATORS)
async def audit(desk: Desk, call: Call, query: Before) -> list[DeedOut]:
    """What people did, newest first."""
    del call
    return [DeedOut(str(n), d.at, d.by, d.what, d.about, d.detail) for n, d in await desk.store.deeds(before=query.before)]


async def _operator(desk: Desk, login: str) -> Operator:
    operator = await desk.store.get(Operator, login)
    if operator is None:
        raise RefusedError("no_such_operator", "Такого логина нет.")
    return operator


async def _with_password(desk: Desk, call: Call, operator: Operator) -> NewOperatorOut:
    changed, password = await desk.sessions.one_time_password(replace(operator, active=True), call.who.login)
    desk.dispatch.rename(changed)
    return NewOperatorOut(operator_out(desk, changed), password)


ENDPOINTS = (colleagues, operators, add_operator, reset, deactivate, audit)
