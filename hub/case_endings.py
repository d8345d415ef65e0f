"""How registered cases end: when the term by their label is over, and nobody holds back what they are about (SE-03)."""

from collections.abc import AsyncGenerator, Sequence

from hub.audit import Deed
from hub.case_terms import ENDED, CaseTerms
from hub.case_wiping import wipe
from hub.cases import Case
from hub.journal import Cause
from hub.lanes import Lanes
from hub.ports import Store
from hub.retention_kind import Over
from hub.uploads import Hold

PAGE = 500


class CasesOver:
    """By when the last thing was done with them. Reports count them as before."""

    name = "cases"

    def __init__(self, terms: CaseTerms, lanes: Lanes, store: Store) -> None:
        self._terms, self._lanes, self._store = terms, lanes, store

    async def over(self) -> AsyncGenerator[Over, None]:
        newest = self._terms.newest(self._lanes.now())
        for state in ENDED:
            after: Case | None = None
            while page := await self._store.marked(Case, "state", state, until=newest, after=after, limit=PAGE):
                after = page[-1]
                for case in page:
                    if self._over(case) and not await self._held(case):
                        yield Over(case.number, case.steps[-1].at, key=case.number)

    async def end(self, over: Sequence[Over]) -> None:
        for each in over:
            case = await self._store.get(Case, each.key)
            if case is not None and case.erased is None and self._over(case):
                await wipe(self._store, case, Deed(self._lanes.now(), "", "case_erased", case.number, Cause.TERM))

    def _over(self, case: Case) -> bool:
        until = self._terms.until(case)
        return until is not None and until <= self._lanes.now()

    async def _held(self, case: Case) -> bool:
        return any([await self._store.get(Hold, str(each)) for each in (case.conversation, *case.others)])
