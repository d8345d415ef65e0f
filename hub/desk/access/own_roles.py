"""The centre's own roles for administrators: written, approved by another one, given back, deleted (SE-01)."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from secrets import token_hex
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.break_glass import LOGIN
from hub.access.operator import Operator, Role
from hub.access.own_role import OUTDATED, OwnRole, RoleVersion, content_of
from hub.access.own_roles import NO_ROLE, OwnRoles
from hub.access.permissions import Permission, exceeds
from hub.conversations.ports import Store
from hub.desk.access.account_changes import AccountChanges
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId, NamedOut
from hub.desk.organisation.centre import Centre
from hub.kernel.errors import RefusedError

Title = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S")]


class RoleVersionOut(Struct, frozen=True):
    """`by` and `approved_by` are names; nobody approves what only takes permissions away."""

    version: int
    title: str
    title_en: str
    base: Role
    permissions: list[str]
    by: str
    at: datetime
    approved_by: str
    approved_at: datetime | None


class OwnRoleOut(Struct, frozen=True):
    """`current` is in force, `draft` waits for a second administrator; `edit` goes with each change.

    `own` is whether the caller wrote the draft; `lacks` what keeps them from approving it; `mine` whether they have the role themselves.
    """

    key: str
    edit: int
    current: RoleVersionOut | None
    draft: RoleVersionOut | None
    versions: list[RoleVersionOut]
    """Those that were in force, the newest first."""
    holders: list[NamedOut]
    """Logins and names of those who have it."""
    own: bool
    lacks: list[Permission]
    mine: bool


class RoleIn(Struct, frozen=True):
    """`base` is the built-in role that it was copied from: the kind of work."""

    title: Title
    base: Role
    permissions: Annotated[tuple[Permission, ...], Meta(max_length=200)]
    title_en: Annotated[str, Meta(max_length=80)] = ""


class RoleChangeIn(RoleIn, frozen=True, kw_only=True):
    seen: int


class RoleSeenIn(Struct, frozen=True):
    seen: int


class RoleRestoreIn(Struct, frozen=True):
    seen: int
    version: int


class RoleBook:
    """Roles of the caller's centre, as its administrators see and change them."""

    def __init__(self, store: Store, roles: OwnRoles, authorization: Authorization, accounts: AccountChanges, centre: Centre) -> None:
        self._store, self.roles, self._authorization, self._accounts, self._centre = store, roles, authorization, accounts, centre

    @property
    def changing(self) -> asyncio.Lock:
        """Lock of accounts: their rights change with the role."""
        return self._accounts.amending

    async def found(self, who: Operator, key: str, seen: int | None = None) -> OwnRole:
        """A role of one's own centre, in the state that was seen. Raises RefusedError."""
        role = await self.roles.of(key)
        if not self._authorization.keeps(who, role.centre):
            raise NO_ROLE
        if seen is not None and role.edit != seen:
            raise OUTDATED
        return role

    async def changeable(self, who: Operator, key: str, seen: int) -> OwnRole:
        """Nobody changes the role that they have. Raises RefusedError."""
        if who.own_role is not None and who.own_role.key == key:
            raise RefusedError("yourself", "Свою роль изменить нельзя: попросите другого администратора.")
        return await self.found(who, key, seen)

    def check_rules(self, role: OwnRole, title: str = "") -> None:
        """A role that a rule of the directory names keeps its name. Raises RefusedError."""
        named = {each.own_role.casefold() for each in self._centre.rules if each.own_role}
        if role.title.casefold() in named and title.casefold() != role.title.casefold():
            message = f"Роль «{role.title}» даёт каталог (oidc.rules): сначала измените правило в настройке узла."
            raise RefusedError("role_in_rules", message)

    async def renew(self, accounts: Iterable[Operator], by: str) -> None:
        """Their rights are others from the next request on, and their open desks hear of it."""
        for each in accounts:
            await self._accounts.changed(each, by)

    def own(self, who: Operator) -> str:
        return self._authorization.centre(who)

    async def out(self, who: Operator, roles: Iterable[OwnRole]) -> list[OwnRoleOut]:
        people = await self._store.all(Operator)
        names = {each.login: each.name for each in people}
        return [_out(who, each, names, [person for person in people if person.own_role and person.own_role.key == each.key])
                for each in roles if self._authorization.keeps(who, each.centre)]


def _out(who: Operator, role: OwnRole, names: dict[str, str], holders: list[Operator]) -> OwnRoleOut:
    def version_out(version: RoleVersion | None) -> RoleVersionOut | None:
        if version is None:
            return None
        content, approval = version.content, version.approval
        return RoleVersionOut(version.version, content.title, content.title_en, content.base, list(content.permissions),
                              ", ".join(names.get(each, each) for each in version.authors), version.at,
                              names.get(approval.by, approval.by) if approval else "", approval.at if approval else None)

    draft = role.draft
    told = [shown for each in reversed(role.versions) if (shown := version_out(each))]
    lacks = exceeds(who, (each for each in Permission if each in draft.content.permissions)) if draft else []
    named = sorted((NamedOut(each.login, each.name) for each in holders), key=lambda each: each.title)
    return OwnRoleOut(role.key, role.edit, version_out(role.current), version_out(draft), told, named,
                      draft is not None and who.login in draft.authors, lacks, who.own_role is not None and who.own_role.key == role.key)


@endpoint("GET", "/api/roles", Permission.MANAGE_OPERATORS)
async def own_roles(book: RoleBook, call: Call) -> list[OwnRoleOut]:
    """The roles of one's own centre."""
    return await book.out(call.who, await book.roles.all())


@endpoint("POST", "/api/roles", Permission.MANAGE_OPERATORS)
async def add_role(book: RoleBook, call: Call, body: RoleIn) -> OwnRoleOut:
    """A new role; it is given to nobody before a second administrator approves it."""
    who, content = call.who, content_of(body.title, body.title_en, body.base, body.permissions)
    async with book.changing:
        return (await book.out(who, [await book.roles.add(who, book.own(who), token_hex(8), content)]))[0]


@endpoint("PUT", "/api/roles/{role}", Permission.MANAGE_OPERATORS)
async def change_role(book: RoleBook, call: Call, role: DocumentId, body: RoleChangeIn) -> OwnRoleOut:
    """What it loses it loses at once, for everybody who has it; with anything gained the change waits for a second administrator."""
    who, content = call.who, content_of(body.title, body.title_en, body.base, body.permissions)
    async with book.changing:
        before = await book.changeable(who, role, body.seen)
        book.check_rules(before, content.title)
        after, accounts = await book.roles.write(who, before, content)
    await book.renew(accounts, who.login)
    return (await book.out(who, [after]))[0]


@endpoint("POST", "/api/roles/{role}/approve", Permission.MANAGE_OPERATORS)
async def approve_role(book: RoleBook, call: Call, role: DocumentId, body: RoleSeenIn) -> OwnRoleOut:
    """Put the draft into force, by an administrator who did not write it; at once for everybody who has the role."""
    who = call.who
    if who.login == LOGIN:
        raise RefusedError("second_person", "Аварийный вход не заменяет второго администратора.")
    async with book.changing:
        after, accounts = await book.roles.approve(who, await book.changeable(who, role, body.seen))
    await book.renew(accounts, who.login)
    return (await book.out(who, [after]))[0]


@endpoint("POST", "/api/roles/{role}/discard", Permission.MANAGE_OPERATORS)
async def discard_role(book: RoleBook, call: Call, role: DocumentId, body: RoleSeenIn) -> list[OwnRoleOut]:
    """Drop the draft; a role that was never in force goes with it."""
    who = call.who
    async with book.changing:
        after = await book.roles.discard(who, await book.found(who, role, body.seen))
    return await book.out(who, [after] if after else [])


@endpoint("POST", "/api/roles/{role}/restore", Permission.MANAGE_OPERATORS)
async def restore_role(book: RoleBook, call: Call, role: DocumentId, body: RoleRestoreIn) -> OwnRoleOut:
    """An earlier version again; what it gains by that waits for a second administrator."""
    who = call.who
    async with book.changing:
        before = await book.changeable(who, role, body.seen)
        after, accounts = await book.roles.restore(who, before, body.version)
    await book.renew(accounts, who.login)
    return (await book.out(who, [after]))[0]


@endpoint("DELETE", "/api/roles/{role}", Permission.MANAGE_OPERATORS)
async def remove_role(book: RoleBook, call: Call, role: DocumentId) -> None:
    """Delete a role that nobody has; a refusal names who has it."""
    who = call.who
    async with book.changing:
        found = await book.found(who, role)
        book.check_rules(found)
        await book.roles.remove(who, found)


ENDPOINTS = (own_roles, add_role, change_role, approve_role, discard_role, restore_role, remove_role)
