"""Scorecards and questionnaires: one writes a version, which is never changed; the newest counts. Each belongs to a centre."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Generic, Protocol, TypeVar, cast

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError


class Title(Protocol):
    @property
    def ru(self) -> str: ...


class VersionedForm(Protocol):
    """A document: one version of a form of a centre; "" is common to the hub."""

    @property
    def id(self) -> str:
        """The key and the version: "key/version"."""

    @property
    def key(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def title(self) -> Title: ...

    @property
    def written(self) -> datetime: ...

    @property
    def centre(self) -> str: ...


T = TypeVar("T", bound=VersionedForm)
OTHER = RefusedError("other_version", "Это только что изменили: посмотрите ещё раз.")


class VersionedForms(Generic[T]):
    """The forms of one kind of a hub."""

    def __init__(self, store: Store, authorization: Authorization, load: Callable[[], Awaitable[Iterable[T]]], *,
                 missing: RefusedError, taken: RefusedError) -> None:
        """`load` reads all versions.

        `missing` is raised for a form that is not there or is another centre's, `taken` for a key that another centre uses.
        """
        self._store, self._authorization, self._load, self._missing, self._taken = store, authorization, load, missing, taken
        self._known: dict[str, T] = {}
        self._changing = asyncio.Lock()

    async def start(self, shipped: Iterable[T], what: str, now: Callable[[], datetime]) -> None:
        """`shipped` are added where there is no such key: at first, and when an update brings more. `what` is that in the audit."""
        self._known = {each.id: each for each in await self._load()}
        keys = {each.key for each in self._known.values()}
        for each in (each for each in tuple(shipped) if each.key not in keys):
            await self._add(each, AuditEntry(now(), "", what, each.key))

    def all(self, who: Operator) -> list[T]:
        """The newest version of each that is of a centre of theirs or common to the hub, by title."""
        newest = {each.key: each for each in sorted(self._known.values(), key=lambda each: each.version)}
        return sorted((each for each in newest.values() if self._authorization.sees(who, each.centre)), key=lambda each: each.title.ru)

    def find(self, who: Operator, key: str, version: int = 0) -> T:
        """One version; for 0 the newest."""
        found = self._known.get(f"{key}/{version}") if version else self.newest(key)
        if found is None or not self._authorization.sees(who, found.centre):
            raise self._missing
        return found

    def newest(self, key: str) -> T | None:
        return max((each for each in self._known.values() if each.key == key), key=lambda each: each.version, default=None)

    def of(self, id_: str) -> T:
        """One version by its id, "key/version"."""
        return self._known[id_]

    async def write(self, who: Operator, key: str, version: int, what: str, made: Callable[[str, datetime], T],
                    now: datetime) -> T:
        """Another version behind the one that was seen, 0 for the first; `made` makes it of a centre and a time. Twice is once."""
        async with self._changing:
            before = self.newest(key)
            if before and not self._authorization.keeps(who, before.centre):
                raise self._taken
            centre = before.centre if before else self._authorization.centre(who)
            if before and made(centre, before.written) == before:
                return before
            if version != (before.version if before else 0):
                raise OTHER
            after = made(centre, now)
            await self._add(after, AuditEntry(now, who.login, what, key, str(after.version)))
            return after

    async def _add(self, made: T, audit_entry: AuditEntry) -> None:
        await self._store.exchange((), (), audit_entry, new=(cast("Document", made),))
        self._known[made.id] = made
