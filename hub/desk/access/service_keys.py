"""Keys of service accounts: creation, lookup by request, immediate revocation (SE-01).

A key is shown only once, when it is created.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.break_glass import LOGIN
from hub.access.operator import Operator, Role
from hub.access.permissions import Permission, exceeds, granted_by
from hub.access.service_accounts import SCOPES, KeyUse, ServiceKey, digest_of, new_key, operator_of
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

NOTED_EVERY = timedelta(minutes=1)


class ServiceIn(Struct, frozen=True):
    """`days` until the key expires."""

    name: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9-]*$")]
    role: Role
    scopes: Annotated[tuple[Permission, ...], Meta(min_length=1)]
    queues: tuple[str, ...] = ()
    days: Annotated[int, Meta(ge=1, le=400)] = 90


class ServiceOut(Struct, frozen=True):
    """`used` is the time and `source` the address of the last use, to a minute.

    `opens` is what its `scopes` grant today; `narrowed` where that is less than at creation.
    """

    name: str
    role: Role
    scopes: list[Permission]
    opens: list[Permission]
    narrowed: bool
    queues: list[str]
    by: str
    at: datetime
    until: datetime
    used: datetime | None
    source: str


class NewServiceOut(Struct, frozen=True):
    """The key is shown here only."""

    service: ServiceOut
    key: str


class Services:
    def __init__(self, store: Store, now: Callable[[], datetime], authorization: Authorization) -> None:
        self._store, self._now, self._authorization = store, now, authorization
        self._makers: dict[str, Operator | None] = {}
        """Accounts of the responsible administrators, checked on each use of a key."""

    def stored(self, told: Sequence[Struct | type[Struct]]) -> None:
        """Listener of the store: changed accounts."""
        self._makers |= {each.login: each for each in told if isinstance(each, Operator)}

    async def add(self, what: ServiceIn, by: str) -> tuple[ServiceKey, str]:
        """Open an account; raises RefusedError where the name is taken or a scope is not allowed for programs."""
        if refused := set(what.scopes) - SCOPES:
            raise RefusedError("bad_scope", f"Программам этого не дают: {', '.join(sorted(refused))}.")
        if any(key.name == what.name for key in await self._store.all(ServiceKey)):
            raise RefusedError("exists", "Служебная учётная запись с таким именем уже есть.")
        key, digest = new_key()
        scopes, queues = tuple(dict.fromkeys(what.scopes)), tuple(dict.fromkeys(what.queues))
        made = ServiceKey(digest, what.name, what.role, queues, scopes, by, self._now(), self._now() + timedelta(days=what.days))
        detail = f"{made.role}: {', '.join(scopes)}; до {made.until:%d.%m.%Y}"
        await self._store.put(made, AuditEntry(self._now(), by, "service_added", what.name, detail))
        return made, key

    async def revoke(self, name: str, by: str) -> None:
        """The key is invalid from the next request on; raises RefusedError."""
        keys = [key for key in await self._store.all(ServiceKey) if key.name == name]
        if not keys:
            raise RefusedError("no_service", "Такой служебной учётной записи нет.")
        use = await self._store.get(KeyUse, name)
        await self._store.exchange([], [*keys, *([use] if use else [])], AuditEntry(self._now(), by, "service_revoked", name))

    async def take(self, name: str, by: str) -> ServiceKey:
        """A second person becomes responsible for a key, so that it outlives its creator's account; raises RefusedError."""
        key = next((key for key in await self._store.all(ServiceKey) if key.name == name), None)
        if key is None:
            raise RefusedError("no_service", "Такой служебной учётной записи нет.")
        if key.by == by:
            raise RefusedError("yourself", "За этот ключ уже отвечаете вы: передать его может только другой администратор.")
        taken = replace(key, by=by)
        audit_entry = AuditEntry(self._now(), by, "service_taken_over", name, f"прежде: {key.by or 'командная строка'}")
        await self._store.exchange([taken], [], audit_entry, seen=[key])
        return taken

    async def end_of(self, maker: str, by: str, *, all_of_them: bool = False) -> None:
        """An account was changed: keys that it may not answer for any more are revoked permanently."""
        for key in await self._store.all(ServiceKey):
            if key.by == maker and (all_of_them or not await self._answered_for(key)):
                use = await self._store.get(KeyUse, key.name)
                audit_entry = AuditEntry(self._now(), by, "service_revoked", key.name,
                                         f"{maker} больше не ведёт учётные записи этого центра")
                await self._store.exchange([], [key, *([use] if use else [])], audit_entry)

    async def _answered_for(self, key: ServiceKey) -> bool:
        """Whether its creator could create it today. The command line always can."""
        if not key.by:
            return True
        if key.by not in self._makers:
            self._makers.setdefault(key.by, await self._store.get(Operator, key.by))
        maker = self._makers[key.by]
        if maker is None or not may_make(maker) or not self._authorization.may(maker, Permission.MANAGE_OPERATORS):
            return False
        if exceeds(maker, granted_by(key.role) & key.opens):
            return False
        return self._authorization.covers_all(replace(maker, queues=maker.own_queues), key.queues)

    async def listed(self) -> list[ServiceOut]:
        uses = {use.name: use for use in await self._store.all(KeyUse)}
        return [service_out(key, uses.get(key.name)) for key in sorted(await self._store.all(ServiceKey), key=lambda key: key.name)]

    async def who(self, token: str, source: str) -> tuple[ServiceKey, Operator]:
        """The account of a request's key, loaded each time; raises RefusedError for an unknown, expired or orphaned one."""
        key = await self._store.get(ServiceKey, digest_of(token))
        if key is None or key.until <= self._now() or not await self._answered_for(key):
            raise RefusedError("not_signed_in", "Ключ служебной учётной записи не действует.")
        use = await self._store.get(KeyUse, key.name)
        if use is None or use.source != source or use.at + NOTED_EVERY <= self._now():
            await self._store.put(KeyUse(key.name, self._now(), source))
        return key, operator_of(key)


def service_out(key: ServiceKey, use: KeyUse | None = None) -> ServiceOut:
    used, source = (use.at, use.source) if use else (None, "")
    return ServiceOut(key.name, key.role, list(key.scopes), sorted(key.opens), key.narrowed, list(key.queues), key.by, key.at, key.until,
                      used, source)


def may_make(who: Operator) -> bool:
    """A break-glass session ends after an hour, and a key would last longer."""
    return who.login != LOGIN
