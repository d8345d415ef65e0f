"""The standard texts: each with its versions, and the papers of a centre that are printed from them (GV-06)."""

from collections.abc import Callable, Mapping
from datetime import datetime

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.printable import PrintableDocument
from hub.organisation.centre import Centre
from hub.organisation.registry import Registry
from hub.programme.coverage_service import CoverageService
from hub.programme.template import TemplateKind, TemplateVersion, approve, paper, values, write

OUTDATED = RefusedError("outdated", "Текст уже изменили: посмотрите новую редакцию.")
NONE_APPROVED = RefusedError("not_approved", "Утверждённой редакции ещё нет.")
NO_CENTRE = RefusedError("no_such_centre", "Такого центра сегодня в реестре нет.")
NO_VERSION = RefusedError("no_such_version", "Такой редакции нет.")


class TemplateBook:
    def __init__(self, store: Store, coverage: CoverageService, registry: Registry | None, now: Callable[[], datetime],
                 starter: Mapping[TemplateKind, TemplateVersion]) -> None:
        """`starter` are the texts that come with Okno, as version 0."""
        self._store, self._coverage, self._registry, self._now = store, coverage, registry, now
        self._known = {each.id: each for each in starter.values()}

    async def start(self) -> None:
        self._known |= {each.id: each for each in await self._store.all(TemplateVersion)}

    def versions(self, kind: TemplateKind) -> list[TemplateVersion]:
        """The newest first; the last one comes with Okno."""
        return sorted((each for each in self._known.values() if each.kind is kind), key=lambda each: -each.version)

    def centres(self) -> list[Centre]:
        """Those of today that papers are made for, by code."""
        return sorted(self._registry.active(self._coverage.today), key=lambda each: each.id) if self._registry else []

    async def write(self, who: Operator, kind: TemplateKind, version: int, title: str, text: str) -> TemplateVersion:
        """The next version after the newest, which was seen. Raises RefusedError, StoreError."""
        newest = self._newest(kind, version)
        made = write(newest, title, text, who.login, self._now())
        return await self._keep(made, AuditEntry(made.written, who.login, "template", made.id))

    async def approve(self, who: Operator, kind: TemplateKind, version: int) -> TemplateVersion:
        """The newest version, by somebody else than its author. Raises RefusedError, StoreError."""
        newest = self._newest(kind, version)
        if not newest.version:
            raise NO_VERSION
        made = approve(newest, who.login, self._now())
        return made if made == newest else await self._keep(made, AuditEntry(self._now(), who.login, "template_approved", made.id), newest)

    def paper(self, kind: TemplateKind, version: int, code: str) -> PrintableDocument:
        """Of a centre, by the register of today; version 0 is the newest one that is approved. Raises RefusedError."""
        of = next((each for each in self.versions(kind) if (each.version == version if version else each.approval)), None)
        if of is None:
            raise NO_VERSION if version else NONE_APPROVED
        centre = next((each for each in self.centres() if each.id == code), None)
        if centre is None or self._registry is None:
            raise NO_CENTRE
        today = self._coverage.today
        subjects = {each: self._coverage.name(each) for each in centre.area.subjects}
        return paper(of, values(centre, today, subjects, {each.id: each.name for each in self._registry.mfcs if each.active(today)}), today)

    def _newest(self, kind: TemplateKind, version: int) -> TemplateVersion:
        newest = self.versions(kind)[0]
        if newest.version != version:
            raise OUTDATED
        return newest

    async def _keep(self, made: TemplateVersion, audit_entry: AuditEntry, before: TemplateVersion | None = None) -> TemplateVersion:
        try:
            await self._store.exchange((made,) if before else (), (), audit_entry, seen=(before,) if before else (),
                                       new=() if before else (made,))
        except ConflictError:
            raise OUTDATED from None
        self._known[made.id] = made
        return made
