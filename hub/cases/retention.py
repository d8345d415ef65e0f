"""How registered cases end: when the term by their label is over, and nobody holds back what they are about (SE-03)."""

from collections.abc import AsyncGenerator, Sequence

from hub.cases.case import Case
from hub.cases.erasure import wipe
from hub.cases.retention_terms import ENDED, CaseTerms
from hub.conversations.attachments import Hold
from hub.conversations.journal import ErasureCause
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.retention_kind import Expired

PAGE = 500


class CasesOver:
    """By when the last thing was done with them. Reports count them as before."""

    name = "cases"

    def __init__(self, terms: CaseTerms, sequencer: ConversationSequencer, store: Store) -> None:
        self._terms, self._sequencer, self._store = terms, sequencer, store

    async def over(self) -> AsyncGenerator[Expired, None]:
        newest = self._terms.newest(self._sequencer.now())
        for state in ENDED:
            after: Case | None = None
            while page := await self._store.marked(Case, "state", state, until=newest, after=after, limit=PAGE):
                after = page[-1]
                for case in page:
                    if self._over(case) and not await self._held(case):
                        yield Expired(case.number, case.steps[-1].at, key=case.number)

    async def end(self, over: Sequence[Expired]) -> None:
        for each in over:
            case = await self._store.get(Case, each.key)
            if case is not None and case.erased is None and self._over(case):
                await wipe(self._store, case, AuditEntry(self._sequencer.now(), "", "case_erased", case.number, ErasureCause.TERM))

    def _over(self, case: Case) -> bool:
        until = self._terms.until(case)
        return until is not None and until <= self._sequencer.now()

    async def _held(self, case: Case) -> bool:
        return any([await self._store.get(Hold, str(each)) for each in (case.conversation, *case.others)])
