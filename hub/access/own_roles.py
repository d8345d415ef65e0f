"""The centre's own roles in the store: written, approved, taken back; the accounts that have a role change in the same commit."""

from collections.abc import Callable, Collection
from datetime import datetime

from msgspec.structs import replace

from hub.access.operator import GivenRole, Operator
from hub.access.own_role import NO_DRAFT, NO_VERSION, OUTDATED, OwnRole, RoleContent, approved, changed, told
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError

AUDIT_LENGTH = 4000
NO_ROLE = RefusedError("no_such_role", "Такой роли центра нет.")


class OwnRoles:
    """The caller holds the lock of accounts; each change returns the accounts whose rights are others now."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    async def all(self) -> list[OwnRole]:
        return sorted(await self._store.all(OwnRole), key=lambda each: each.title.casefold())

    async def of(self, key: str) -> OwnRole:
        """Raises RefusedError."""
        role = await self._store.get(OwnRole, key)
        if role is None:
            raise NO_ROLE
        return role

    async def named(self, title: str) -> OwnRole | None:
        """A role in force by its Russian name, in any case of letters."""
        return next((each for each in await self.all() if each.current and each.title.casefold() == title.strip().casefold()), None)

    async def holders(self, key: str) -> list[Operator]:
        return [each for each in await self._store.all(Operator) if each.own_role is not None and each.own_role.key == key]

    async def add(self, by: Operator, centre: str, key: str, content: RoleContent) -> OwnRole:
        """A new role, which waits for a second administrator. Raises RefusedError."""
        await self._check_title(key, centre, content.title)
        role = changed(OwnRole(key, centre, 0), content, by, self._now())
        entry = self._entry(by, "role_proposed", role, told((), content.permissions))
        await self._store.exchange([], [], entry, new=[role])
        return role

    async def write(self, by: Operator, before: OwnRole, content: RoleContent, why: str = "") -> tuple[OwnRole, list[Operator]]:
        """What it loses, it loses at once; what it gains waits. Raises RefusedError, ConflictError."""
        await self._check_title(before.key, before.centre, content.title)
        after = changed(before, content, by, self._now())
        was = before.current.content.permissions if before.current else ()
        differs = told(was, content.permissions)
        detail = "; ".join(each for each in (why, differs) if each)
        if after.draft is not None:
            await self._put(before, after, [], self._entry(by, "role_proposed", after, detail))
            return after, []
        return after, await self._in_force(before, after, by, "role_changed", detail)

    async def approve(self, by: Operator, before: OwnRole) -> tuple[OwnRole, list[Operator]]:
        """Raises RefusedError, ConflictError."""
        after = approved(before, by, self._now())
        was = before.current.content.permissions if before.current else ()
        now_so = after.versions[-1]
        detail = f"{told(was, now_so.content.permissions)}; написали: {', '.join(now_so.authors)}"
        return after, await self._in_force(before, after, by, "role_approved", detail)

    async def discard(self, by: Operator, before: OwnRole) -> OwnRole | None:
        """Drop the draft; a role that was never in force goes with it. Raises RefusedError."""
        if before.draft is None:
            raise NO_DRAFT
        entry = self._entry(by, "role_discarded", before, "")
        if not before.versions:
            await self._store.exchange([], [before], entry)
            return None
        after = replace(before, edit=before.edit + 1, draft=None)
        await self._put(before, after, [], entry)
        return after

    async def restore(self, by: Operator, before: OwnRole, version: int) -> tuple[OwnRole, list[Operator]]:
        """An earlier version again, by the same rules as any other change. Raises RefusedError."""
        content = next((each.content for each in before.versions if each.version == version), None)
        if content is None:
            raise NO_VERSION
        return await self.write(by, before, content, f"возврат к версии {version}")

    async def remove(self, by: Operator, role: OwnRole) -> None:
        """Raises RefusedError with the names of those who have it."""
        if holders := await self.holders(role.key):
            named = ", ".join(sorted(each.name for each in holders))
            raise RefusedError("role_in_use", f"Роль есть у людей: {named}. Сначала дайте им другую.")
        await self._store.exchange([], [role], self._entry(by, "role_removed", role, ""))

    async def _in_force(self, before: OwnRole, after: OwnRole, by: Operator, what: str, detail: str) -> list[Operator]:
        given = after.given
        was = await self.holders(before.key)
        accounts = [_with(each, given, after) for each in was] if given else []
        names = ", ".join(sorted(each.name for each in accounts))
        whose = f"у кого: {names}" if names else "пока ни у кого"
        await self._put(before, after, accounts, self._entry(by, what, after, f"{detail}; {whose}".lstrip("; ")), was)
        return accounts

    async def _put(self, before: OwnRole, after: OwnRole, accounts: list[Operator], entry: AuditEntry,
                   was: Collection[Operator] = ()) -> None:
        try:
            await self._store.exchange([after, *accounts], [], entry, seen=[before, *was])
        except ConflictError as error:
            raise OUTDATED from error

    async def _check_title(self, key: str, centre: str, title: str) -> None:
        others = [each for each in await self._store.all(OwnRole) if each.key != key and each.centre == centre]
        taken = {shown.content.title.casefold() for each in others for shown in (each.current, each.draft) if shown}
        if title.casefold() in taken:
            raise RefusedError("exists", f"Роль «{title}» уже есть: назовите эту иначе.")

    def _entry(self, by: Operator, what: str, role: OwnRole, detail: str) -> AuditEntry:
        newest = role.newest
        return AuditEntry(self._now(), by.login, what, newest.title if newest else role.key, detail[:AUDIT_LENGTH])


def _with(account: Operator, given: GivenRole, role: OwnRole) -> Operator:
    base = role.versions[-1].content.base
    return replace(account, role=base, own_role=given)
