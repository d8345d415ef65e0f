"""Retention of personal survey answers: some time after the end of a survey they become anonymous, only counts stay (SE-03).

A detached answer has no citizen: its counts remain, its texts and its author are deleted (152-ФЗ ст. 5 ч. 7, ст. 9, 21; SV-02).
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.conversations.attachments import Hold
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError
from hub.kernel.retention_kind import Expired
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


PAGE = 500


class AnswersOver:
    name = "survey_invitation"

    def __init__(self, sequencer: ConversationSequencer, store: Store, term: timedelta) -> None:
        self._sequencer, self._store, self._term = sequencer, store, term

    async def over(self) -> AsyncGenerator[Expired, None]:
        now = self._sequencer.now()
        for survey in await self._store.all(Survey):
            if survey.started is None or survey.over + self._term > now:
                continue
            after: Invited | None = None
            while page := await self._store.marked(Invited, "survey", survey.key, after=after, limit=PAGE):
                after = page[-1]
                for each in page:
                    if await self._store.get(Hold, str(each.conversation)) is None:
                        yield Expired(survey.key, survey.over, key=each.key)

    async def end(self, over: Sequence[Expired]) -> None:
        for each in over:
            if (invited := await self._store.get(Invited, each.key)) is not None:
                await detach(self._store, invited, AuditEntry(self._sequencer.now(), "", "survey_detached", invited.survey))
