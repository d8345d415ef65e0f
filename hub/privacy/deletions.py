"""Deletion on a citizen's request: one person proposes, another approves; what must be kept is told before (152-ФЗ ст. 21).

The citizen is informed before the deletion. The next start continues an interrupted one. Refusals are those of
subject_request_answers.py and eraser.py.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.cases.case import Case
from hub.cases.retention import CaseTerms
from hub.conversations.conversation import Conversation
from hub.conversations.journal import ErasureCause, shown_to_citizen
from hub.conversations.message import Message
from hub.conversations.ports import Commit
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, RefusedError
from hub.privacy.data_copy import recorded
from hub.privacy.data_export import DataExport
from hub.privacy.eraser import Eraser
from hub.privacy.subject_request import RequestState, SubjectRequest, done, propose, second, still
from hub.privacy.subject_request_answers import SubjectRequestAnswers
from hub.privacy.subject_requests import SubjectRequests

log = logging.getLogger(__name__)

PATIENCE_S = 300.0
"""Longest wait for the delivery of the last message."""
TOLD = "По вашему запросу ваши данные удаляются. Останутся запись о том, что они удалены, и журнал действий сотрудников без ваших слов."
STAYS = (
    "Зарегистрированные обращения, пока их рассматривают и пока их обязывает хранить закон (152-ФЗ, ст. 6 ч. 1 п. 2).",
    "Запись о том, что данные удалены: когда и кто решил (152-ФЗ, ст. 21 ч. 7).",
    "Журнал действий сотрудников: кто и когда открывал обращение, без имени и слов заявителя (152-ФЗ, ст. 18.1, 19).",
    "Этот запрос и ответ на него: 3 года, срок исковой давности (ГК РФ, ст. 196).",
    "Показатели работы, в которых нет персональных данных.",
    "Резервные копии: удалённое исчезает из них с их сроком, а после восстановления удаляется снова.",
)


class Part(Struct, frozen=True):
    """One conversation to delete: its size, and the `problem`, in words, that prevents the deletion; "" is none."""

    conversation: int
    number: str
    messages: int
    files: int
    recordings: int
    problem: str
    kept: str = ""
    """The law for which it is kept while the others are deleted; "" is none."""


class DeletionRequests:
    def __init__(self, sequencer: ConversationSequencer, answering: SubjectRequestAnswers, demands: SubjectRequests, gathering: DataExport,
                 eraser: Eraser, cases: CaseTerms, carried: Callable[[int], Awaitable[None]]) -> None:
        """`cases` are the retention terms of registered cases.

        `carried` waits until all messages to a conversation's citizen are delivered.
        """
        self._sequencer, self._answering, self._demands = sequencer, answering, demands
        self._gathering, self._eraser, self._cases, self._carried = gathering, eraser, cases, carried
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Continue approved deletions, and erase what a restore has brought back."""
        for demand in self._demands.all():
            if demand.state is RequestState.ERASING:
                self._tasks.spawn(self._erase(demand))
            elif (demand.text or demand.fixes) and (await self._sequencer.load(demand.conversation)).head.erased is not None:
                await self._wipe(demand.conversation)

    async def close(self) -> None:
        await self._tasks.cancel()

    async def preview(self, who: Operator, conversation: int, key: str) -> list[Part]:
        """Preview without a change."""
        live, demand = await self._answering.mine(who, conversation, key)
        start = demand.start or self._answering.proven(live.head)
        cases = await self._answering.cases(who, start)
        return [await self._part(head, self._kept(cases)) for head in await self._answering.heads(who, start)]

    async def propose(self, who: Operator, conversation: int, key: str) -> SubjectRequest:
        """Raises RefusedError where a part may not be deleted."""
        async with self._demands.changing:
            live, demand = await self._answering.mine(who, conversation, key)
            after = propose(demand, self._answering.proven(live.head), who.login)
            await self._may_go(who, after)
            return await self._demands.put(after, self._answering.audit_entry(who, "deletion_proposed", after))

    async def approve(self, who: Operator, conversation: int, key: str) -> SubjectRequest:
        """Another person approves: the citizen is informed, and the data is deleted."""
        async with self._demands.changing:
            _, demand = await self._answering.mine(who, conversation, key)
            second(demand, who.login)
            going, kept = await self._may_go(who, demand)
            after = replace(demand, state=RequestState.ERASING, ended_by=who.login, going=tuple(going))
            await self._demands.put(after, self._answering.audit_entry(who, "deletion_approved", after))
        await self._demands.say(conversation, " ".join((TOLD, *kept)))
        self._tasks.spawn(self._erase(after))
        return after

    async def take_back(self, who: Operator, conversation: int, key: str) -> SubjectRequest:
        """Withdraw a proposal; the request is open again."""
        async with self._demands.changing:
            _, demand = await self._answering.mine(who, conversation, key)
            still(demand, RequestState.PROPOSED)
            after = replace(demand, state=RequestState.OPEN, proposed_by="")
            return await self._demands.put(after, self._answering.audit_entry(who, "deletion_taken_back", after))

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: an erased conversation takes the text of its requests with it."""
        if change.head is not None and change.head.erased is not None:
            self._tasks.spawn(self._wipe(live.head.id))

    async def _wipe(self, conversation: int) -> None:
        async with self._demands.changing:
            for each in self._demands.of(conversation):
                await self._demands.put(replace(each, text="", start="", fixes=(), words=each.words if each.refusing is None else ""))

    async def _erase(self, demand: SubjectRequest) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._carried(demand.conversation)
        except TimeoutError:
            log.warning("confirmation of an erasure not delivered in time: the erasure goes on",
                        extra={"conversation": demand.conversation})
        try:
            await self._eraser.erase(demand.going, ErasureCause.DEMAND, demand.ended_by)
        except (OknoError, OSError) as error:
            log.warning("requested erasure failed: retried", extra={"demand": demand.key, "why": str(error)})
            return
        left = [each for each in demand.going if (await self._sequencer.load(each)).head.erased is None]
        async with self._demands.changing:
            before = self._demands.find(demand.key)
            if left:  # its citizen has returned meanwhile, or there is a legal hold
                await self._demands.put(replace(before, state=RequestState.OPEN, proposed_by="", ended_by="", going=()))
            else:
                await self._demands.put(replace(done(before, TOLD, demand.ended_by, self._sequencer.now()), text="", start=""))

    async def _may_go(self, who: Operator, demand: SubjectRequest) -> tuple[Sequence[int], Sequence[str]]:
        """The conversations to delete, and why others are kept; RefusedError for one not deletable yet, and where the law keeps all.

        Includes erased ones whose registered cases are deleted only now.
        """
        cases = await self._answering.cases(who, demand.start)
        kept = self._kept(cases)
        heads = [head.id for head in await self._answering.heads(who, demand.start) if head.id not in kept]
        for head in heads:
            await self._eraser.check(head)
        going = dict.fromkeys([*heads, *(each.conversation for each in cases if each.conversation not in kept)])
        reasons = list(dict.fromkeys(kept.values()))
        if not going:
            raise RefusedError("case_kept" if kept else "no_such_conversation", " ".join(reasons) or "Удалять нечего.")
        return list(going), reasons

    def _kept(self, cases: Iterable[Case]) -> dict[int, str]:
        """Conversations about cases that must be kept, with the law."""
        now, kept = self._sequencer.now(), dict[int, str]()
        for case in cases:
            if why := self._cases.stays(case, now):
                kept |= dict.fromkeys((case.conversation, *case.others), why)
        return kept

    async def _part(self, head: Conversation, kept: Mapping[int, str]) -> Part:
        records = await self._gathering.records(head.id)
        messages = [each.entry for each in records if isinstance(each.entry, Message) and shown_to_citizen(each.entry)]
        why, problem = kept.get(head.id, ""), ""
        try:
            if not why:
                await self._eraser.check(head.id)
        except RefusedError as error:
            problem = error.text
        files = sum(len(each.attachments) for each in messages)
        return Part(head.id, head.number, len(messages), files, len(recorded(records)), problem, why)
