"""Versions of the registry: one administrator writes a draft, another person approves it (LV-07, LV-08, GV-05).

Version 0 is the file that the configuration names; it counts until the first version is approved at the desk. Records are dated, so an
approved version is in force at once and each of its records from its own first day on. Refusals: a concurrent edit, invalid records,
no change, approval by an author.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.kernel.approval import Approval
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.deadline_queue import LONGEST_WAIT_S
from hub.kernel.document import Document
from hub.kernel.errors import ConflictError, OknoError, RefusedError
from hub.kernel.ids import EPOCH
from hub.kernel.ports import Documents
from hub.kernel.signal import Signal
from hub.organisation.centre import DAY, RegistryError
from hub.organisation.registry import Registry
from hub.organisation.registry_records import RegistryRecords, differences, may_change

log = logging.getLogger(__name__)

OUTDATED = RefusedError("outdated", "Реестр уже изменил другой администратор: посмотрите новую редакцию и повторите.")
NO_DRAFT = RefusedError("no_draft", "Проекта реестра нет.")
OWN = RefusedError("own_registry", "Свою редакцию реестра утверждает другой сотрудник.")
NO_VERSION = RefusedError("no_such_version", "Такой редакции реестра нет.")
NOTHING_NEW = RefusedError("nothing_new", "Ничего не меняется.")
NOT_YOURS = RefusedError("forbidden", "Эти записи ведёт вышестоящий центр.")
WHY = 2000
Change = Callable[[RegistryRecords], RegistryRecords]


class RegistryVersion(Document, frozen=True, tag="registry_version"):
    """A draft until it is approved, then immutable. `edit` counts the changes of the draft; `authors` made them."""

    version: int
    edit: int
    authors: tuple[str, ...]
    written: datetime
    records: RegistryRecords
    approval: Approval | None = None

    @property
    def seen(self) -> str:
        """What an editor has seen: another one means that somebody else was quicker."""
        return f"{self.version}.{self.edit}"


class RegistryVersions:
    def __init__(self, store: Documents, now: Callable[[], datetime], zone: ZoneInfo, file: Registry, fits: Callable[[Registry], None],
                 subjects: Collection[str]) -> None:
        """`fits` raises RegistryError where this deployment cannot work with a registry. It is replaced once the lines are known."""
        self._store, self._now, self._zone, self._subjects = store, now, zone, subjects
        self.fits = fits
        self.file = RegistryRecords(file.centres, file.mfcs, file.attachments)
        self.registry = file
        """In force; changed in place."""
        began = RegistryVersion(0, 0, (), EPOCH, self.file, Approval("", EPOCH))
        self.versions: dict[int, RegistryVersion] = {0: began}
        self._timer: asyncio.TimerHandle | None = None
        self._day = self.today
        self._changing = asyncio.Lock()
        self.on_change = Signal[[]]()
        """Another version is in force, or a record begins or ends today."""

    @property
    def today(self) -> date:
        return self._now().astimezone(self._zone).date()

    @property
    def newest(self) -> RegistryVersion:
        return self.versions[max(self.versions)]

    @property
    def current(self) -> RegistryVersion:
        return max((each for each in self.versions.values() if each.approval), key=lambda each: each.version)

    @property
    def draft(self) -> RegistryVersion | None:
        return None if self.newest.approval else self.newest

    @property
    def differs(self) -> list[str]:
        """Differences of the file from the version in force."""
        return differences(self.current.records, self.file) if self.current.version else []

    async def read(self) -> None:
        """Load the version in force. Raises OknoError where it does not fit any more."""
        self.versions |= {each.version: each for each in await self._store.all(RegistryVersion)}
        try:
            self.registry.become(self._checked(self.current.records))
        except RegistryError as error:
            message = f"registry: version {self.current.version}, approved at the desk: {error}"
            raise OknoError(message) from error
        if self.differs:
            log.warning("the registry's file differs from the version approved at the desk: that one is in force",
                        extra={"version": self.current.version, "differences": len(self.differs)})

    def wind(self) -> None:
        """Start the timer for the next day on which a record begins or ends."""
        if self._timer:
            self._timer.cancel()
        days = self.registry.changes(self._day + DAY, date.max)
        if days:
            begins = datetime.combine(min(days), time(), self._zone)
            wait_s = max((begins - self._now()) / timedelta(seconds=1), 0)
            self._timer = asyncio.get_running_loop().call_later(min(wait_s, LONGEST_WAIT_S), self.look)

    def look(self) -> None:
        """Tell the parts when a day has come on which a record begins or ends."""
        before, self._day = self._day, self.today
        if self.registry.changes(before + DAY, self._day):
            self.on_change()
        self.wind()

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    def fault(self, records: RegistryRecords) -> str:
        """Why they cannot be in force; "" where they can."""
        try:
            self._checked(records)
        except RegistryError as error:
            return error.russian
        return ""

    async def edit(self, by: str, own: Collection[str], seen: str, change: Change) -> RegistryVersion:
        """Change the draft, or begin one. `own` are codes of the editor's centres. Raises RefusedError, StoreError."""
        async with self._changing:
            draft = self.draft
            before = self._seen(seen).records
            after = change(before)
            if after == before:
                raise NOTHING_NEW
            if told := self.fault(after):
                raise RefusedError("bad_registry", told)
            self._allow(own, before, after)
            if draft and after == self.current.records:
                return await self._drop(by, draft)
            made = RegistryVersion(self.newest.version + (draft is None), draft.edit + 1 if draft else 1,
                                   tuple(dict.fromkeys((*(draft.authors if draft else ()), by))), self._now(), after)
            told = " ".join(differences(before, after))[:WHY]
            return await self._put(made, draft, AuditEntry(made.written, by, "registry", str(made.version), told))

    async def restore(self, by: str, own: Collection[str], seen: str, version: int) -> RegistryVersion:
        """A draft with the records of an earlier version."""
        earlier = self.versions.get(version)
        if earlier is None or earlier is self.draft:
            raise NO_VERSION
        return await self.edit(by, own, seen, lambda _: earlier.records)

    async def discard(self, by: str, own: Collection[str], seen: str) -> RegistryVersion:
        """Drop the draft; returns the version in force."""
        async with self._changing:
            draft = self._needed(seen)
            self._allow(own, self.current.records, draft.records)
            return await self._drop(by, draft)

    async def approve(self, by: str, own: Collection[str], seen: str) -> RegistryVersion:
        """Put the draft into force, by somebody who has written none of it."""
        async with self._changing:
            draft = self._needed(seen)
            if by in draft.authors:
                raise OWN
            if told := self.fault(draft.records):
                raise RefusedError("bad_registry", told)
            self._allow(own, self.current.records, draft.records)
            made = replace(draft, approval=Approval(by, self._now()))
            told = " ".join(differences(self.current.records, draft.records))[:WHY]
            await self._put(made, draft, AuditEntry(self._now(), by, "registry_approved", str(made.version), told))
            self.registry.become(self._checked(made.records))
            self._day = self.today
            self.on_change()
            self.wind()
            return made

    def _checked(self, records: RegistryRecords) -> Registry:
        """Raises RegistryError."""
        registry = Registry(records.centres, records.mfcs, records.attachments, self._subjects)
        self.fits(registry)
        return registry

    def _seen(self, seen: str) -> RegistryVersion:
        if seen != self.newest.seen:
            raise OUTDATED
        return self.newest

    def _needed(self, seen: str) -> RegistryVersion:
        if self.draft is None:
            raise NO_DRAFT
        return self._seen(seen)

    def _allow(self, own: Collection[str], before: RegistryRecords, after: RegistryRecords) -> None:
        centres = [each for code in own if (each := self.registry.centre(code, self.today))]
        if not any(may_change(each, before, after) for each in centres):
            raise NOT_YOURS

    async def _put(self, made: RegistryVersion, draft: RegistryVersion | None, entry: AuditEntry) -> RegistryVersion:
        try:
            await self._store.exchange((made,) if draft else (), (), entry, seen=(draft,) if draft else (), new=() if draft else (made,))
        except ConflictError:
            raise OUTDATED from None
        self.versions[made.version] = made
        return made

    async def _drop(self, by: str, draft: RegistryVersion) -> RegistryVersion:
        try:
            await self._store.exchange((), (draft,), AuditEntry(self._now(), by, "registry_discarded", str(draft.version)), seen=(draft,))
        except ConflictError:
            raise OUTDATED from None
        del self.versions[draft.version]
        return self.current
