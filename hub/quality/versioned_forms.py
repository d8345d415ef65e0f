"""Scorecards and questionnaires: one writes a version, which is never changed; the newest counts. Each belongs to a centre."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.quality.scorecard import Scorecard
from hub.quality.surveys.survey import Questionnaire

T = TypeVar("T", Scorecard, Questionnaire)
OTHER = RefusedError("other_version", "Это только что изменили: посмотрите ещё раз.")


class VersionedForms(Generic[T]):
    """The forms of one kind of a hub."""

    def __init__(self, store: Store, authorization: Authorization, kind: type[T], *, missing: RefusedError, taken: RefusedError) -> None:
        """`missing` is raised for a form that is not there or is another centre's, `taken` for a key that another centre uses."""
        self._store, self._authorization, self._missing, self._taken = store, authorization, missing, taken
        self._kind: type[T] = kind
        self._known: dict[str, T] = {}
        self._changing = asyncio.Lock()

    async def start(self, shipped: Iterable[T], what: str, now: Callable[[], datetime]) -> None:
        """`shipped` are those of a hub that has none yet; `what` is their filling in the audit."""
        self._known = {each.id: each for each in await self._store.all(self._kind)}
        for each in () if self._known else tuple(shipped):
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

    async def write(self, who: Operator, key: str, version: int, what: str, made: Callable[[str], T]) -> T:
        """Another version behind the one that was seen, 0 for the first; `made` makes it for a centre. Twice is once."""
        async with self._changing:
            before = self.newest(key)
            if before and not self._authorization.keeps(who, before.centre):
                raise self._taken
            after = made(before.centre if before else self._authorization.centre(who))
            if before and replace(after, written=before.written) == before:
                return before
            if version != (before.version if before else 0):
                raise OTHER
            await self._add(after, AuditEntry(after.written, who.login, what, key, str(after.version)))
            return after

    async def _add(self, made: T, audit_entry: AuditEntry) -> None:
        new: Sequence[T] = (made,)
        await self._store.exchange((), (), audit_entry, new=new)
        self._known[made.id] = made
