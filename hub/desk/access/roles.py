"""The permission matrix for administrators: the table of access/permissions.py, and the part granted to an account (SE-01)."""

from enum import StrEnum

from aiohttp import web
from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator, Role
from hub.access.own_role import DANGEROUS, ROOMS
from hub.access.permissions import PERMISSION_MATRIX, Permission, Scope, may
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Login
from hub.desk.http.parts import Clock
from hub.desk.http.tables import csv_response, csv_table
from hub.desk.sign_in.accounts import account_of
from hub.organisation.centre import Function
from hub.organisation.level import LEVELS, Level

ROLES = {Role.OPERATOR: "оператор", Role.SENIOR: "старший оператор", Role.SUPERVISOR: "супервизор", Role.DESIGNER: "редактор базы знаний",
         Role.ADMIN: "администратор", Role.WALL: "табло"}
SCOPES = {Scope.OWN: "своё", Scope.CENTRE: "свой центр", Scope.BELOW: "свой центр и те, что под ним", Scope.HUB: "все центры узла"}


_ROOM_OF = {permission: room for room, held in ROOMS.items() for permission in held}


class Why(StrEnum):
    GRANTED = "granted"
    INACTIVE = "inactive"
    ROLE = "role"
    """The role does not have it."""
    FEDERAL = "federal"
    """It does not exist at the account's level."""
    CONTRACTOR = "contractor"
    """It was not delegated to the contractor, or not to this employee."""


class GrantOut(Struct, frozen=True):
    """A row of the table. `functions`: a contractor needs one of these; an empty list is never, null is any."""

    permission: Permission
    roles: list[Role]
    scope: Scope
    levels: list[Level]
    functions: list[Function] | None
    personal: bool
    room: str
    """Of the desk: where it stands in the form of a role."""
    dangerous: bool
    """It concerns everybody's work, or cannot be undone."""


class MayOut(Struct, frozen=True):
    permission: Permission
    why: Why


@endpoint("GET", "/api/access", Permission.MANAGE_OPERATORS)
async def access(call: Call) -> list[GrantOut]:
    """The permissions by built-in role, by the rooms of the desk; the table is part of the product and cannot be changed."""
    del call
    return [GrantOut(permission, [role for role in Role if role in row.roles], row.scope, [each for each in Level if each in row.levels],
                     None if row.functions is None else [each for each in Function if each in row.functions], row.personal,
                     _ROOM_OF[permission], permission in DANGEROUS)
            for permission, row in PERMISSION_MATRIX.items()]


@endpoint("GET", "/api/access.csv", Permission.MANAGE_OPERATORS)
async def access_csv(clock: Clock, call: Call) -> web.Response:
    """The same as a CSV table, in Russian."""
    del call
    rows = ((row.does, *("да" if role in row.roles else "" for role in ROLES), SCOPES[row.scope],
             ", ".join(LEVELS[each] for each in LEVELS if each in row.levels)) for row in PERMISSION_MATRIX.values())
    return csv_response(f"roles-{clock():%Y-%m-%d}.csv", csv_table(("что можно", *ROLES.values(), "охват", "уровни"), rows))


@endpoint("GET", "/api/operators/{login}/access", Permission.MANAGE_OPERATORS)
async def operator_access(authorization: Authorization, store: Store, call: Call, login: Login) -> list[MayOut]:
    """Permissions of an account of one's own centre, and why others are not granted."""
    operator = await account_of(store, authorization, call.who, login)
    return [MayOut(each, _why(authorization, operator, each)) for each in PERMISSION_MATRIX]


def _why(authorization: Authorization, operator: Operator, permission: Permission) -> Why:
    if not operator.active:
        return Why.INACTIVE
    if not may(operator, permission):
        return Why.ROLE
    refusal = authorization.why_not(operator, permission)
    return Why.GRANTED if refusal is None else Why(refusal.code)


ENDPOINTS = (access, access_csv, operator_access)
