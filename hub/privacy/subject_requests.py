"""Citizens' requests about their own data, stored for three years. They are few, and all in memory."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from hub.conversations.conversation import Conversation
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.signal import Signal
from hub.privacy.subject_request import NAMES, TERMS, RequestKind, SubjectRequest, forgotten

log = logging.getLogger(__name__)

EVERY_S = 24 * 3600.0
TAKEN = "Принят запрос: {kind}. Ответим не позднее {due}."
Deadline = Callable[[datetime, int], datetime]
"""The end of some working days after a moment."""
Shown = Callable[[datetime], str]
"""A day in words for citizens, by the centre's clock."""


class SubjectRequests:
    """The requests of one hub. Changes hold the lock `changing`, and reload the request."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, deadline: Deadline, shown: Shown) -> None:
        self._sequencer, self._store, self._deadline, self._shown = sequencer, store, deadline, shown
        self._known: dict[str, SubjectRequest] = {}
        self._age: asyncio.Task[None] | None = None
        self.changing = asyncio.Lock()
        self.on_change = Signal[[int]]()
        """A conversation whose requests or consents have changed."""

    async def start(self) -> None:
        self._known = {each.key: each for each in await self._store.all(SubjectRequest)}
        self._age = asyncio.create_task(self._grow_old())

    async def close(self) -> None:
        if self._age is not None:
            self._age.cancel()
            await asyncio.gather(self._age, return_exceptions=True)

    async def _grow_old(self) -> None:
        """Once a day: delete former values, and old requests."""
        while True:
            try:
                for each in tuple(self._known.values()):
                    await self._forget(each)
            except StoreError as error:
                log.warning("store unavailable: expired subject requests are deleted later", extra={"why": str(error)})
            await asyncio.sleep(EVERY_S)

    async def _forget(self, demand: SubjectRequest) -> None:
        left = forgotten(demand, self._sequencer.now())
        if left is None:
            await self._store.drop(SubjectRequest, demand.key)
            del self._known[demand.key]
        elif left != demand:
            await self.put(left)

    def all(self) -> list[SubjectRequest]:
        """Open ones by deadline, then finished ones."""
        return sorted(self._known.values(), key=lambda each: (each.over, each.due))

    def of(self, conversation: int) -> list[SubjectRequest]:
        """Those in one conversation, newest first."""
        found = (each for each in self._known.values() if each.conversation == conversation)
        return sorted(found, key=lambda each: each.taken, reverse=True)

    def waits(self, conversation: int) -> bool:
        """Whether its citizen waits for an answer about their data, which is a ground to read."""
        return any(each.conversation == conversation and not each.over for each in self._known.values())

    def find(self, key: str) -> SubjectRequest:
        if (found := self._known.get(key)) is None:
            raise RefusedError("no_such_demand", "Такого запроса нет.")
        return found

    async def put(self, demand: SubjectRequest, audit_entry: AuditEntry | None = None) -> SubjectRequest:
        await self._store.put(demand, audit_entry)
        self._known[demand.key] = demand
        self.on_change(demand.conversation)
        return demand

    async def take(self, head: Conversation, kind: RequestKind, text: str, by: str, days: int = 0) -> tuple[SubjectRequest, bool]:
        """An equal open one is returned; and whether it is new. `by` is a login, "" is the citizen."""
        async with self.changing:
            open_ = next((each for each in self.of(head.id) if each.kind is kind and not each.over), None)
            if open_ is not None:
                return open_, False
            now = self._sequencer.now()
            demand = SubjectRequest(str(self._sequencer.new_id()), head.id, kind, now, self._deadline(now, days or TERMS[kind]), by, text)
            return await self.put(demand, AuditEntry(now, by, "demand_taken", str(head.id), kind)), True

    async def taken(self, head: Conversation, kind: RequestKind, text: str, by: str) -> SubjectRequest:
        """`take`, and inform the citizen of the deadline."""
        demand, new = await self.take(head, kind, text, by)
        if new:
            await self.say(head.id, TAKEN.format(kind=NAMES[kind], due=self.day_of(demand)))
        return demand

    def day_of(self, demand: SubjectRequest) -> str:
        """The last day in time."""
        return self._shown(demand.due - timedelta(seconds=1))

    async def say(self, conversation: int, words: str, files: tuple[Attachment, ...] = (), *audit_entries: AuditEntry) -> LiveConversation:
        """Send a message to its citizen."""
        live = await self._sequencer.load(conversation)
        await self._sequencer.committed_step(live, (Message(Author.SYSTEM, words, self._sequencer.now(), attachments=files),),
                                             audit_entries=audit_entries)
        return live
