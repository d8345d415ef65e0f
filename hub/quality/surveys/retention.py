"""Retention of personal survey answers: some time after the end of a survey they become anonymous, only counts stay (SE-03)."""

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta

from hub.conversations.attachments import Hold
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.retention_kind import Expired
from hub.quality.surveys.erasure import detach
from hub.quality.surveys.survey import Invited, Survey

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
