"""Visits to offices that are kept, and what centres have changed in them (GV-12)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.organisation.level import Level
from hub.organisation.registry import Registry
from hub.organisation.territory import Subjects
from hub.programme.visit_counts import VisitCounts, merged, read_visits


class VisitChanges(Struct, frozen=True):
    """What a table brings: subjects and months in it, months that are new, and months whose count differs from the known one."""

    subjects: int
    months: int
    new: int
    changed: int


class VisitBook:
    def __init__(self, store: Store, registry: Registry | None, subjects: Subjects, now: Callable[[], datetime]) -> None:
        """Without a registry no subject has a centre."""
        self._store, self._registry, self._subjects, self._now = store, registry, subjects, now

    async def counts(self) -> list[VisitCounts]:
        """By the subject's code. Raises StoreError."""
        return sorted(await self._store.all(VisitCounts), key=lambda each: each.subject)

    def since(self) -> dict[str, date]:
        """The first whole month of the first regional centre of each subject."""
        found: dict[str, date] = {}
        for centre in self._registry.centres if self._registry else ():
            for subject in centre.area.subjects if centre.level is Level.REGIONAL else ():
                found[subject] = min(found.get(subject, date.max), whole_month(centre.valid_from))
        return found

    async def look(self, text: str) -> VisitChanges:
        """What a table would change. Raises RefusedError for one that cannot be read, StoreError."""
        brought = read_visits(text, self._subjects.codes)
        return _compared({each.subject: each.by_month for each in await self.counts()}, brought)

    async def take(self, who: Operator, text: str, source: str) -> VisitChanges:
        """Keep a table; its months replace known ones. Raises RefusedError, ConflictError where another was taken meanwhile, StoreError."""
        brought, at = read_visits(text, self._subjects.codes), self._now()
        known = {each.subject: each for each in await self.counts()}
        months = {subject: each.by_month for subject, each in known.items()}
        made = {subject: VisitCounts(subject, merged(months.get(subject, {}), more), source, who.login, at)
                for subject, more in brought.items()}
        found = _compared(months, brought)
        entry = AuditEntry(at, who.login, "visits_taken", f"{found.subjects}/{found.months}", source)
        await self._store.exchange([each for subject, each in made.items() if subject in known], (), entry,
                                   seen=[known[subject] for subject in made if subject in known],
                                   new=[each for subject, each in made.items() if subject not in known])
        return found


def whole_month(day: date) -> date:
    """The first day of the first month that begins on this day or later."""
    return day if day.day == 1 else date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _compared(known: Mapping[str, Mapping[date, int]], brought: Mapping[str, Mapping[date, int]]) -> VisitChanges:
    rows = [(known.get(subject, {}).get(month), visits) for subject, months in brought.items() for month, visits in months.items()]
    return VisitChanges(len(brought), len(rows), sum(before is None for before, _ in rows),
                        sum(before is not None and before != visits for before, visits in rows))
