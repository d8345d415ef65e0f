"""Erases personal data of cases when the retention by their legal class is over and no legal hold applies (SE-03).

Periods and remaining fields are in retention_terms.py.
"""

from collections.abc import AsyncGenerator, Sequence

from hub.cases.case import Case
from hub.cases.retention_terms import ENDED, CaseTerms, ended, left_of
from hub.cases.tracking import CaseCode
from hub.conversations.attachments import Hold
from hub.conversations.journal import ErasureCause
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError
from hub.kernel.retention_kind import Expired

PAGE = 500
EVERY = 1_000_000


class CasesOver:
    """Retention by the last step. Reports count erased cases as before."""

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


async def wipe(store: Store, case: Case, audit_entry: AuditEntry) -> bool:
    """Whether it was erased: a case that changes at this moment is not. Raises StoreError."""
    code = await store.get(CaseCode, case.number)
    try:
        await store.exchange((left_of(case, audit_entry.at),), (code,) if code else (), audit_entry, seen=(case,))
    except ConflictError:
        return False
    return True


async def cases_of(store: Store, conversation: int) -> list[Case]:
    """The cases of a conversation."""
    return await store.marked(Case, "conversation", str(conversation), limit=EVERY)


async def owing(store: Store, conversation: int) -> Case | None:
    """An unanswered case that needs its conversation."""
    return next((each for each in await cases_of(store, conversation) if ended(each) is None), None)
