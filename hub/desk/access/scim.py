"""SCIM 2.0 (RFC 7643, 7644): a directory opens, changes and closes accounts; closing ends the sessions at once (SE-01).

Only users, for service accounts with this scope only. Local accounts are neither visible nor changed, and administrators are created
by single sign-on only, where the directory itself confirms them. Role and lines follow from `roles` by the rules of single sign-on,
where `externalId` is the subject.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.break_glass import LOGIN
from hub.access.directory_roles import entitled
from hub.access.operator import Operator, Role, changes, with_own
from hub.access.own_role import OwnRole
from hub.access.permissions import Permission, may
from hub.conversations.ports import Store
from hub.desk.access.account_changes import AccountChanges
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Login
from hub.desk.http.parts import Clock
from hub.desk.organisation.centre import Centre
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

USER, LIST = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST = 200
FILTER = re.compile(r'(userName|externalId|id)\s+eq\s+"([^"\\]{1,200})"', re.IGNORECASE)
"""Filters used by provisioning before it creates a user (RFC 7644 3.4.2.2); others are refused."""
Text = Annotated[str, Meta(max_length=200)]


class NameIn(Struct, frozen=True, rename="camel"):
    formatted: Text = ""
    given_name: Text = ""
    family_name: Text = ""


class ValueIn(Struct, frozen=True):
    value: Text


class UserIn(Struct, frozen=True, rename="camel"):
    """RFC 7643 4.1, supported part."""

    user_name: Login
    external_id: Text = ""
    display_name: Text = ""
    name: NameIn = NameIn()
    active: bool = True
    roles: Annotated[tuple[ValueIn, ...], Meta(max_length=100)] = ()

    def called(self) -> str:
        full = f"{self.name.given_name} {self.name.family_name}".strip()
        return self.display_name or self.name.formatted or full or self.user_name


class OperationIn(Struct, frozen=True):
    """RFC 7644 3.5.2."""

    op: Annotated[str, Meta(pattern="^(?i:add|replace|remove)$")]
    path: Annotated[str, Meta(max_length=100)] = ""
    value: Any = None


class PatchIn(Struct, frozen=True, rename="pascal"):
    operations: Annotated[tuple[OperationIn, ...], Meta(min_length=1, max_length=100)]


class Wanted(Struct, frozen=True, rename="camel"):
    filter: Annotated[str, Meta(max_length=300)] = ""
    start_index: Annotated[int, Meta(ge=-MOST, le=1 << 30)] = 1
    count: Annotated[int, Meta(ge=-MOST, le=1 << 30)] = MOST


class DirectoryAccounts:
    """Accounts of the directory."""

    def __init__(self, accounts: AccountChanges, store: Store, clock: Clock, centre: Centre, authorization: Authorization) -> None:
        self._accounts, self._store, self._clock, self._centre, self._authorization = accounts, store, clock, centre, authorization

    async def all(self, call: Call) -> list[Operator]:
        known = await self._store.all(Operator)
        return [each for each in known if each.subject and self._authorization.covers_all(call.who, each.queues)]

    async def known(self, call: Call, login: str) -> Operator:
        known = await self._store.get(Operator, login)
        if known is None or not known.subject or not self._authorization.covers_all(call.who, known.queues):
            raise RefusedError("no_such_operator", "Из каталога такой учётной записи нет.")
        return known

    async def add(self, call: Call, wanted: UserIn) -> Operator:
        async with self._accounts.amending:
            before = await self._store.get(Operator, wanted.user_name)
            if wanted.user_name == LOGIN or (before is not None and (
                    before.active or before.password or before.subject or not self._authorization.covers_all(call.who, before.queues))):
                raise RefusedError("uniqueness", "Такой логин уже есть.")
            made = await self._changed(call, before or Operator(wanted.user_name, "", Role.OPERATOR), wanted)
            await self._note(call, made, "operator_added", f"{made.role}, из каталога")
        self._accounts.opened(made)
        return made

    async def change(self, call: Call, login: str, how: Callable[[UserIn], UserIn]) -> Operator:
        async with self._accounts.amending:
            before = await self.known(call, login)
            wanted = how(_in(before))
            if wanted.user_name != login:
                raise RefusedError("mutability", "Логин не меняется.")
            after = await self._changed(call, before, wanted)
            if after != before:
                what = "operator_changed" if after.active == before.active else "operator_added" if after.active else "operator_deactivated"
                await self._note(call, after, what, f"{changes(before, after)}; из каталога".lstrip("; "))
        if before.active and not after.active:
            await self._accounts.closed(after, call.who.login)
        else:
            await self._accounts.changed(after, call.who.login)
        return after

    async def remove(self, call: Call, login: str) -> None:
        async with self._accounts.amending:
            gone = replace(await self.known(call, login), active=False, subject="", password="")
            await self._note(call, gone, "operator_deactivated", "из каталога")
        await self._accounts.closed(gone, call.who.login)

    async def _note(self, call: Call, account: Operator, what: str, detail: str) -> None:
        await self._store.put(account, AuditEntry(self._clock(), call.who.login, what, account.login, detail))

    async def _changed(self, call: Call, before: Operator, wanted: UserIn) -> Operator:
        """An active user needs a role by the rules; an inactive one keeps the former role."""
        values = [role.value for role in wanted.roles]
        given = entitled(values, self._centre.rules, self._centre.queues, await self._store.all(OwnRole))
        if given is None and wanted.active:
            raise RefusedError("invalidValue", "Ни одно правило не даёт роли: проверьте roles и oidc.rules.")
        role, queues, own_role = given or (before.role, before.own_queues, before.own_role)
        if not self._authorization.covers_all(call.who, queues):
            raise RefusedError("forbidden", "Линии другого центра даёт его администратор.")
        after = replace(with_own(before, queues), name=wanted.called()[:200], role=role, own_role=own_role, active=wanted.active,
                        subject=wanted.external_id or wanted.user_name, granted=tuple(values), one_time=False)
        _check(call, before, after)
        return after


@endpoint("GET", "/scim/v2/Users", Permission.PROVISION)
async def users(directory: DirectoryAccounts, call: Call, query: Wanted) -> web.Response:
    """The users of the directory."""
    found = await directory.all(call)
    if query.filter:
        asked = FILTER.fullmatch(query.filter.strip())
        if asked is None:
            raise RefusedError("invalidFilter", "Поддерживаются фильтры userName eq, externalId eq и id eq.")
        found = [each for each in found if asked[2] == (each.subject if asked[1].lower() == "externalid" else each.login)]
    first = max(query.start_index, 1)
    page = found[first - 1:first - 1 + min(max(query.count, 0), MOST)]
    return _answer({"schemas": [LIST], "totalResults": len(found), "startIndex": first, "itemsPerPage": len(page),
                    "Resources": [_out(each) for each in page]})


@endpoint("GET", "/scim/v2/Users/{login}", Permission.PROVISION)
async def user(directory: DirectoryAccounts, call: Call, login: str) -> web.Response:
    """One user."""
    return _answer(_out(await directory.known(call, login)))


@endpoint("POST", "/scim/v2/Users", Permission.PROVISION, status=201)
async def add_user(directory: DirectoryAccounts, call: Call, body: UserIn) -> web.Response:
    """Open an account; a closed one is reopened."""
    made = await directory.add(call, body)
    return _answer(_out(made), 201, {"Location": _address(made)})


@endpoint("PUT", "/scim/v2/Users/{login}", Permission.PROVISION)
async def replace_user(directory: DirectoryAccounts, call: Call, login: str, body: UserIn) -> web.Response:
    """Replace a user; `active: false` ends the sessions at once."""
    return _answer(_out(await directory.change(call, login, lambda _: body)))


@endpoint("PATCH", "/scim/v2/Users/{login}", Permission.PROVISION)
async def patch_user(directory: DirectoryAccounts, call: Call, login: str, body: PatchIn) -> web.Response:
    """Change a user, all or nothing."""
    return _answer(_out(await directory.change(call, login, lambda before: _patched(before, body))))


@endpoint("DELETE", "/scim/v2/Users/{login}", Permission.PROVISION, status=204)
async def remove_user(directory: DirectoryAccounts, call: Call, login: str) -> web.Response:
    """Close an account and detach it from the directory: its sessions end at once, and its audit entries stay."""
    await directory.remove(call, login)
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


@endpoint("GET", "/scim/v2/ServiceProviderConfig", Permission.PROVISION)
async def provider_config(call: Call) -> web.Response:
    """The supported part of SCIM (RFC 7643 5)."""
    del call
    no = {"supported": False}
    return _answer({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"], "patch": {"supported": True},
        "bulk": no | {"maxOperations": 0, "maxPayloadSize": 0}, "filter": {"supported": True, "maxResults": MOST}, "changePassword": no,
        "sort": no, "etag": no, "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "Service account", "description": "The key of a service account as a bearer token"}]})


def _check(call: Call, before: Operator, after: Operator) -> None:
    """Whatever the rules say, a key never creates or changes administrators or its responsible person; it may close their accounts."""
    if after != before and may(after, Permission.MANAGE_OPERATORS):
        raise RefusedError("forbidden", "Администратор приходит из каталога только через единый вход: SCIM может его лишь закрыть.")
    if after.active and after != before and call.key is not None and call.key.by == before.login:
        raise RefusedError("forbidden", "Ключ не меняет учётную запись того, кто за него отвечает.")


def _in(known: Operator) -> UserIn:
    return UserIn(known.login, known.subject, known.name, NameIn(), known.active, tuple(map(ValueIn, known.granted)))


def _patched(before: UserIn, patch: PatchIn) -> UserIn:
    told: dict[str, Any] = msgspec.to_builtins(before)
    for each in patch.operations:
        values: object = {each.path: each.value} if each.path else each.value
        if not isinstance(values, Mapping):
            raise RefusedError("invalidValue", "Без path значением должен быть объект.")
        for path, value in values.items():
            _set(told, each.op.lower(), str(path).removeprefix(f"{USER}:"), value)
    try:
        return msgspec.convert(told, UserIn, strict=False)
    except msgspec.ValidationError as error:
        raise RefusedError("invalidValue", str(error)) from None


def _set(told: dict[str, Any], op: str, path: str, value: object) -> None:
    """Attribute names are case-insensitive (RFC 7643 2.1)."""
    outer, _, inner = path.partition(".")
    outer = next((name for name in told if name.lower() == outer.lower()), "")
    if not outer or (inner and outer != "name"):
        raise RefusedError("invalidPath", f"Такого атрибута нет: {path[:50]}.")
    if inner:
        told["displayName"], told[outer] = "", {**_of_form(told[outer], dict), inner: value if op != "remove" else ""}
    elif op == "remove":
        told.pop(outer)
    elif op == "add" and outer == "roles" and isinstance(value, list):
        told[outer] = [*_of_form(told[outer], list, tuple), *value]
    else:
        told[outer] = value.lower() if outer == "active" and isinstance(value, str) else value


def _of_form(value: Any, *forms: type) -> Any:  # noqa: ANN401 - whatever an operation before has put there
    """Raises RefusedError where none of the types fits."""
    if not isinstance(value, forms):
        raise RefusedError("invalidValue", "Значение имеет другой вид.")
    return value


def _out(known: Operator) -> dict[str, Any]:
    return {"schemas": [USER], "id": known.login, "externalId": known.subject, "userName": known.login, "displayName": known.name,
            "active": known.active, "roles": [{"value": value} for value in known.granted],
            "meta": {"resourceType": "User", "location": _address(known)}}


def _address(known: Operator) -> str:
    return f"/scim/v2/Users/{known.login}"


def _answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/scim+json",
                        headers={"Cache-Control": "no-store"} | (headers or {}))


ENDPOINTS = (users, user, add_user, replace_user, patch_user, remove_user, provider_config)
