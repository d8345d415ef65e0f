"""Anonymises answers: their counts stay, texts and the link to the person go (152-ФЗ ст. 5 ч. 7, ст. 9, 21; SV-02)."""

from datetime import datetime

from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError
from hub.quality.surveys.survey import Invited, Questionnaire, Survey, Tally, folded, id_of

EVERY = 1_000_000


async def detach(store: Store, invited: Invited, audit_entry: AuditEntry, *, withdrawn: bool = False) -> None:
    """Idempotent: a deleted invitation is counted already. Raises StoreError."""
    while (known := await store.get(Invited, invited.key)) is not None:
        survey, before = await store.get(Survey, known.survey), await store.get(Tally, known.survey)
        asked = await store.get(Questionnaire, id_of(survey.questionnaire, survey.version)) if survey else None
        after = folded(before, asked.questions, known) if before and asked else None
        if after is not None and withdrawn:
            after = replace(after, withdrawn=after.withdrawn + 1)
        try:
            await store.exchange((after,) if after else (), (known,), audit_entry, seen=(known, before) if before else (known,))
        except ConflictError:
            continue  # another one was counted at this moment
        return


async def detach_withdrawn(store: Store, conversation: int, by: str, now: datetime) -> None:
    """After a withdrawal of all consents: no more questions, and anonymous answers."""
    await detach_all(store, conversation, AuditEntry(now, by, "survey_withdrawn", str(conversation)), withdrawn=True)


async def detach_all(store: Store, conversation: int, audit_entry: AuditEntry, *, withdrawn: bool = False) -> None:
    """Of a conversation."""
    for each in await store.marked(Invited, "conversation", str(conversation), limit=EVERY):
        await detach(store, each, audit_entry, withdrawn=withdrawn)
