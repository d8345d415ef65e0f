"""Snoozes conversations and brings them back: at their time, when the citizen writes, or when the holder changes.

A snooze is a document beside the conversation: it does not change the holder, the used capacity, or any clock
(docs/decisions/0056-snooze.md). At the end of a shift all conversations are given back, which ends their snoozes.
"""

import asyncio
import logging
from datetime import datetime

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.actions.snooze import Snooze, allowed, over
from hub.conversations.conversation import WithOperator, held_by
from hub.conversations.message import Message
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)

PAGE = 50


class SnoozeService:
    """The snoozes of one hub."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions) -> None:
        self._sequencer, self._store, self._actions = sequencer, store, actions
        self._known: dict[int, Snooze] = {}
        self._changing = asyncio.Lock()
        self._clock = DueDocuments(store, sequencer.now, Snooze, "due", self._ring)
        self._tasks = BackgroundTasks()
        self.look = self._clock.look
        self.on_change = Signal[[int]]()
        """A conversation was snoozed, or has come back."""

    async def start(self) -> None:
        """Load the snoozes; those that ended while the hub was down come back."""
        for each in await self._store.all(Snooze):
            live = await self._sequencer.load(each.conversation)
            since = [record for record in await self._store.records(each.conversation, limit=PAGE) if record.id > each.last]
            if over(each, live.head, since):
                await self._store.drop(Snooze, str(each.conversation))
            else:
                self._known[each.conversation] = each
        await self._clock.start()

    async def close(self) -> None:
        await self._clock.close()
        await self._tasks.cancel()

    def of(self, conversation: int) -> Snooze | None:
        return self._known.get(conversation)

    def by(self, login: str) -> list[Snooze]:
        """An operator's snoozes, in order of creation."""
        return [each for each in self._known.values() if each.operator == login]

    async def put_off(self, who: Operator, conversation: int, until: datetime | None, why: str) -> None:
        """Snooze an own conversation, or change the time. Raises RefusedError."""
        async with self._changing:
            live = await self._actions.live(conversation)
            holder = live.head.holder
            if not (isinstance(holder, WithOperator) and held_by(live.head, who.login)):
                raise RefusedError("not_yours", "Отложить можно только разговор, который вы ведёте.")
            if holder.left is not None:
                raise RefusedError("citizen_left", "Заявитель уже ушёл: завершите разговор или пообещайте ответ.")
            allowed(until, live.head.promise, now := self._sequencer.now())
            before, after = self._known.get(conversation), Snooze(conversation, who.login, now, live.head.last, until, why)
            self._known[conversation] = after  # before it is stored: a message meanwhile ends it
            try:
                await self._store.put(after, self._actions.audit_entry(who, "snooze", live, until.isoformat() if until else ""))
            except StoreError:
                if self._known.pop(conversation, None) is not None and before is not None:
                    self._known[conversation] = before
                raise
        self._changed(conversation)

    async def bring_back(self, who: Operator, conversation: int) -> None:
        """End a snooze early; without one nothing happens."""
        async with self._changing:
            live = await self._actions.live(conversation)
            if (snooze := self._known.get(conversation)) is None:
                return
            if snooze.operator != who.login:
                raise RefusedError("not_yours", "Этот разговор отложил другой оператор.")
            await self._store.drop(Snooze, str(conversation), self._actions.audit_entry(who, "snooze_ended", live))
            self._known.pop(conversation, None)
        self._changed(conversation)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: events that end a snooze."""
        number, head, since = change.conversation, change.head or live.head, change.records
        if (merged := live.head.merged) is not None and (kept := self._sequencer.active(merged.into)) is not None:
            # The citizen's messages go to the remaining conversation.
            number, head, since = merged.into, kept.head, tuple(each for each in since if isinstance(each.entry, Message))
        if number in self._known and over(self._known[number], head, since):
            del self._known[number]
            self._tasks.spawn(self._forget(number))

    async def _forget(self, conversation: int) -> None:
        try:
            async with self._changing:
                if conversation not in self._known:  # a new snooze meanwhile stays
                    await self._store.drop(Snooze, str(conversation))
        except StoreError as error:  # dropped at its time, or at the next start
            log.warning("an ended snooze is not deleted: deleted at its time or at the next start",
                        extra={"conversation": conversation, "why": str(error)})
        self._changed(conversation)

    async def _ring(self, due: Snooze) -> None:
        """Its time has come."""
        async with self._changing:
            now, known = self._sequencer.now(), self._known.get(due.conversation)
            if known is not None and (known.until is None or known.until > now):
                return  # changed at this moment
            await self._store.drop(Snooze, str(due.conversation))
            self._known.pop(due.conversation, None)
        self.on_change(due.conversation)

    def _changed(self, conversation: int) -> None:
        self.on_change(conversation)
        self._clock.look()
