"""Takes what is personal out of a case, for ever, and its code with it (SE-03)."""

from hub.cases.access_code import CaseCode
from hub.cases.case import Case
from hub.cases.retention_terms import ended, left_of
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError

EVERY = 1_000_000


async def wipe(store: Store, case: Case, audit_entry: AuditEntry) -> bool:
    """Whether it was: one with which something is done at this moment is not. Raises StoreError."""
    code = await store.get(CaseCode, case.number)
    try:
        await store.exchange((left_of(case, audit_entry.at),), (code,) if code else (), audit_entry, seen=(case,))
    except ConflictError:
        return False
    return True


async def cases_of(store: Store, conversation: int) -> list[Case]:
    """The cases that a conversation is about."""
    return await store.marked(Case, "conversation", str(conversation), limit=EVERY)


async def owing(store: Store, conversation: int) -> Case | None:
    """A case that is still to be answered, and for which its conversation is needed."""
    return next((each for each in await cases_of(store, conversation) if ended(each) is None), None)
