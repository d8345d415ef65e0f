"""Gates as they stand today, and their protocols (GV-03, GV-04)."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.organisation.registry import Registry
from hub.programme.coverage_service import CoverageService
from hub.programme.gate import CriterionResult, GateCriterion, GateFacts, GateKind, GateProtocol, Pilot, evaluate, is_passed
from hub.programme.sheet import SheetName
from hub.programme.sheet_book import SheetBook

GATES = tuple((stage, gate) for stage in (1, 2) for gate in GateKind)


class GateService:
    def __init__(self, store: Store, book: SheetBook, coverage: CoverageService, registry: Registry | None,
                 now: Callable[[], datetime]) -> None:
        self._store, self._book, self._coverage, self._registry, self._now = store, book, coverage, registry, now

    async def gates(self) -> dict[tuple[int, GateKind], list[CriterionResult]]:
        """Each gate with its criteria as of now. Raises StoreError."""
        day, registry = self._coverage.today, self._registry
        passed = {(each.stage, each.gate) for each in await self.protocols() if each.passed}
        mfcs = Counter(each.subject for each in registry.mfcs if each.active(day)) if registry else {}
        facts = GateFacts(day, await self._coverage.on(day), mfcs, registry is not None and registry.federal(day) is not None, passed)
        pilots = self._book[SheetName.PILOTS].of(Pilot)
        criteria = self._book[SheetName.CRITERIA].of(GateCriterion)
        return {(stage, gate): evaluate((each for each in criteria if (each.stage, each.gate) == (stage, gate)), pilots, facts)
                for stage, gate in GATES}

    async def protocols(self) -> list[GateProtocol]:
        """All, the newest first."""
        return sorted(await self._store.all(GateProtocol), key=lambda each: each.at, reverse=True)

    async def protocol(self, id_: str) -> GateProtocol:
        found = await self._store.get(GateProtocol, id_)
        if found is None:
            raise RefusedError("no_such_protocol", "Такого протокола нет.")
        return found

    async def sign(self, who: Operator, stage: int, gate: GateKind, note: str) -> GateProtocol:
        """The gate as it stands, kept for good. Raises RefusedError, StoreError."""
        results = (await self.gates())[stage, gate]
        if not results:
            raise RefusedError("no_criteria", "У рубежа нет критериев.")
        at = self._now()
        made = GateProtocol(f"{stage}-{gate}-{at:%y%m%d-%H%M%S}", stage, gate, self._coverage.today, at, who.login, tuple(results), note)
        audit_entry = AuditEntry(at, who.login, "gate_protocol", made.id, "passed" if is_passed(results) else "not passed")
        try:
            await self._store.exchange((), (), audit_entry, new=(made,))
        except ConflictError:
            raise RefusedError("exists", "Протокол этого рубежа только что составлен.") from None
        return made
