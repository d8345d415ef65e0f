"""Delegates cases to centres on other deployments and receives theirs (0090, GV-16, RT-10).

The outbox is the case itself: it has an index entry until the other centres know all its steps. After a restart or an outage it
starts with these. Each message has a fixed id, and its effect happens once.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta

from msgspec.structs import replace

from hub.cases.actions import TRIES, CaseActions
from hub.cases.case import Case, CaseKey, Classification, number_of
from hub.cases.remote_messages import (
    KINDS,
    Added,
    CaseProgress,
    News,
    Recalled,
    Sent,
    StepThere,
    added,
    added_since,
    key_of,
    let_go,
    mirrored,
    packed,
    registered,
    sendings,
    told_of,
    whole,
)
from hub.cases.state import Act, CaseState
from hub.cases.topic_tree import TopicTree
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.federation.envelope import Envelope
from hub.federation.envelope_decoder import decode
from hub.federation.ports import Link
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import ConflictError, LinkError, OknoError
from hub.kernel.ids import TicketNumbers
from hub.organisation.level import Level

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=5)
PAGE = 50
JOURNAL = 200
"""Last entries of a conversation that are searched for files."""
NO_LINE, FEDERAL = "Центр не принимает обращений от других узлов.", "Федеральный центр не ведёт обращений: ответ за вами."
THE_NEXT = 0
"""All cases share one entry of the deadline queue."""


class RemoteCases:
    def __init__(self, sequencer: ConversationSequencer, store: Store, work: CaseActions, topic_tree: TopicTree, numbers: TicketNumbers,
                 code: str,
                 link: Link | None, *, door: Callable[[str], str], level: Callable[[str], Level], named: Callable[[str], str]) -> None:
        """`code` is this hub's own centre. `door` is the line in which a centre takes cases of others.

        `level` looks up a centre, `named` the name of an operator.
        """
        self._sequencer, self._store, self._work, self._topic_tree, self._numbers = sequencer, store, work, topic_tree, numbers
        self._code, self._link, self._door, self._level, self._named = code, link, door, level, named
        self._agenda = DeadlineQueue(sequencer.now, lambda _: self.look())
        self._turn = asyncio.Lock()
        self._tasks = BackgroundTasks()
        work.afar = self.centres
        self.kinds = dict.fromkeys(KINDS, self.hear)
        """Handlers of envelopes by kind."""

    def centres(self) -> list[str]:
        """Centres that cases may be delegated to: not the federal one (D19)."""
        return [centre for centre in self._link.centres if self._level(centre) is not Level.FEDERAL] if self._link else []

    def up(self, centre: str) -> bool:
        """Whether it was heard of recently."""
        return self._link is not None and self._link.up(centre)

    async def start(self) -> None:
        """Resend unconfirmed messages with their ids. Raises StoreError."""
        if self._link is None:
            return
        async for case in self._marked("unheard"):
            await self._store.exchange((replace(case, told_afar=0),), (), seen=(case,))
        self.look()

    def look(self) -> None:
        """Send pending reports: after each change, and by the timer while a link is down."""
        if self._link is not None:
            self._tasks.spawn(self._tell_all(self._link))

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def _tell_all(self, link: Link) -> None:
        async with self._turn:
            again = False
            try:
                async for case in self._marked("untold_afar"):
                    try:
                        await self._tell(link, case)
                    except (LinkError, ConflictError) as error:  # an unreachable centre does not delay the others
                        log.warning("update of a case not sent to a remote centre: retried", extra={"case": case.number, "why": str(error)})
                        again = True
            except OknoError as error:
                log.warning("store unavailable: updates of cases for remote centres are retried", extra={"why": str(error)})
                again = True
            self._agenda.put(THE_NEXT, self._sequencer.now() + AGAIN if again else None)

    async def _marked(self, mark: str) -> AsyncGenerator[Case, None]:
        after: Case | None = None
        while page := await self._store.marked(Case, mark, after=after, limit=PAGE):
            after = page[-1]
            for case in page:
                yield case

    async def _tell(self, link: Link, case: Case) -> None:
        """Report each step to its centre, and all steps to the centre that delegated the case."""
        now = self._sequencer.now()
        for place, step, handing, centre in sendings(case):
            if place < case.told_afar:
                continue
            match step.act:
                case Act.ENTRUST if case.erased is None:
                    await link.send(packed(await self._sent(case, place, handing), "", self._code, centre, now))
                case Act.ADD if case.erased is None:
                    await link.send(packed(added_since(case, handing, place), str(place), self._code, centre, now))
                case Act.RECALL | Act.WITHDRAW:
                    await link.send(packed(Recalled(handing, step.act), "", self._code, centre, now))
                case _:
                    pass
        if (origin := case.origin) is not None:
            await link.send(packed(told_of(case, origin.handing), str(len(case.steps)), self._code, origin.centre, now))
        await self._store.exchange((replace(case, told_afar=len(case.steps)),), (), seen=(case,))

    async def _sent(self, case: Case, place: int, handing: str) -> Sent:
        step = case.steps[place]
        name, contact, files = await self._of_citizen(case)
        before = case.origin.through if case.origin else ()
        ruling = replace(case.ruling, extend_days=0) if case.extended else case.ruling  # once in all (59-ФЗ ст. 12 ч. 2)
        return Sent(handing, case.number, case.kind, whole(case, place), case.channel, case.received, ruling, case.due, case.topic,
                    self._named(step.by), step.why, case.matter, case.identified, case.read_back, case.shown, name, contact, files, before)

    async def _of_citizen(self, case: Case) -> tuple[str, str, tuple[str, ...]]:
        """Name, number or mailbox of the citizen, and the names of their files."""
        if case.origin is not None:
            return case.origin.name, case.origin.contact, case.origin.files
        head = await self._store.conversation(case.conversation) if case.conversation else None
        if head is None:
            return "", "", ()
        files = [file.name for record in await self._store.records(head.id, limit=JOURNAL) if isinstance(record.entry, Message)
                 and record.entry.author is Author.CITIZEN for file in record.entry.attachments]
        return head.citizen.name, self._sequencer.traits.readable(head.address), tuple(files)

    async def hear(self, parcel: Envelope) -> None:
        """Process an envelope, once. Raises OknoError: then it is delivered again."""
        if (news := decode(parcel, KINDS[parcel.kind])) is None:
            return
        left = TRIES
        while left:
            try:
                await self._hear(parcel, news)
            except ConflictError:  # changed at this moment
                left -= 1
                if not left:
                    raise
            else:
                return

    async def _hear(self, parcel: Envelope, news: News) -> None:
        match news:
            case Sent():
                await self._take_in(parcel, news)
            case Recalled(handing=handing, act=act):
                await self._let_go(key_of(parcel.source, handing), act)
            case Added(handing=handing):
                await self._add(key_of(parcel.source, handing), news)
            case CaseProgress():
                await self._learn(parcel.source, news)

    async def _take_in(self, parcel: Envelope, sent: Sent) -> None:
        """Into the line of the addressed centre, under a number of its own; or back, with nothing stored."""
        key = key_of(parcel.source, sent.handing)
        if await self._store.get(CaseKey, key) is not None:
            return
        now, line = self._sequencer.now(), self._door(parcel.to)
        if (why := FEDERAL if self._level(parcel.to) is Level.FEDERAL else "" if line else NO_LINE) and self._link is not None:
            refusal = CaseProgress(sent.handing, "", sent.due, (StepThere(0, Act.GIVE_BACK, CaseState.FORWARDED, why),))
            await self._link.send(packed(refusal, "refused", self._code, parcel.source, now))
            return
        topic = sent.topic if sent.topic in self._topic_tree else ""
        case = registered(sent, parcel.source, self._numbers.next(now), line,
                          Classification(now, "", topic, self._topic_tree.current.version))
        audit_entry = AuditEntry(now, "", "case_register", case.number, f"{parcel.source} {sent.number}")
        await self._store.exchange((), (), audit_entry, new=(case, CaseKey(key, case.number)))
        self._work.on_change(case)

    async def _let_go(self, key: str, act: Act) -> None:
        """A recall before arrival: the case is never registered."""
        known = await self._store.get(CaseKey, key)
        if known is None:
            await self._store.exchange((), (), new=(CaseKey(key, ""),))
            return
        case = await self._store.get(Case, known.number) if known.number else None
        if case is not None and (after := let_go(case, act, self._sequencer.now())) != case:
            await self._step(case, after)

    async def _add(self, key: str, what: Added) -> None:
        """Messages of one sender arrive in order: an unknown case was refused, or recalled."""
        known = await self._store.get(CaseKey, key)
        case = await self._store.get(Case, known.number) if known and known.number else None
        while case is not None and (after := added(case, what, self._sequencer.now())) != case:
            await self._step(case, after)
            case = await self._store.get(Case, case.number)

    async def _learn(self, source: str, told: CaseProgress) -> None:
        """Apply the steps done there for the citizen here."""
        case = await self._store.get(Case, number_of(told.handing))
        if case is None or case.erased is not None or case.away is None or case.away.centre != source:
            return
        for step in told.steps:
            if (after := mirrored(case, told, step, self._sequencer.now())) != case:
                await self._step(case, after)
                case = await self._store.get(Case, case.number) or after

    async def _step(self, before: Case, after: Case) -> None:
        """Store with an audit entry, if it is a step and not only a changed state there."""
        last = after.steps[-1]
        audit_entry = AuditEntry(last.at, "", f"case_{last.act}", after.number) if len(after.steps) > len(before.steps) else None
        await self._store.exchange((after,), (), audit_entry, seen=(before,))
        await self._work.tell(after)
