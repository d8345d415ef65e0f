"""Sends replies at their time: once, and not where the citizen has written or the holder has changed in between.

A reply is a document beside the conversation (docs/decisions/0128-later-replies.md); when it is sent it becomes a message with the
document's key, so that a hub that was killed in between does not send it twice.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.actions.attachments import OutboundAttachments
from hub.actions.conversation_actions import Actions
from hub.actions.later_reply import LaterReply, Stopped, sent, stops
from hub.actions.snooze import allowed
from hub.conversations.conversation import held_by
from hub.conversations.message import Message
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import RefusedError, StoreError
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)

PAGE = 50


class LaterReplies:
    """The replies of one hub that wait for their time, and those that were stopped, at most one a conversation."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, outbound: OutboundAttachments) -> None:
        self._sequencer, self._store, self._actions, self._outbound = sequencer, store, actions, outbound
        self._known: dict[int, LaterReply] = {}
        self._changing = asyncio.Lock()
        self._clock = DueDocuments(store, sequencer.now, LaterReply, "due", self._ring)
        self._tasks = BackgroundTasks()
        self.look = self._clock.look
        self.on_change = Signal[[int]]()
        """A reply was planned, changed, sent or cancelled."""
        self.on_stop = Signal[[LaterReply]]()

    async def start(self) -> None:
        """Load what waits; what was stopped while the hub was down is not sent any more."""
        for each in await self._store.all(LaterReply):
            live = await self._sequencer.load(each.conversation)
            if live.head.erased is not None or (each.operator, each.word) in live.keys:
                await self._store.drop(LaterReply, str(each.conversation))
                continue
            self._known[each.conversation] = each
            since = [record for record in await self._store.records(each.conversation, limit=PAGE) if record.id > each.last]
            if not each.stopped and (why := stops(each, live.head, since)):
                await self._stop(each, why)
        await self._clock.start()

    async def close(self) -> None:
        await self._clock.close()
        await self._tasks.cancel()

    def of(self, conversation: int) -> LaterReply | None:
        return self._known.get(conversation)

    async def plan(self, who: Operator, conversation: int, due: datetime, word: str, text: str, files: Sequence[str],
                   cc: tuple[str, ...] = ()) -> None:
        """Plan a reply in a conversation that one holds, or change the planned one. Raises RefusedError."""
        enclosed = await self._outbound.named(conversation, text, files, internal=False)
        async with self._changing:
            live = await self._actions.live(conversation)
            if not held_by(live.head, who.login):
                raise RefusedError("not_yours", "Отвечать может только тот, кто ведёт разговор.")
            allowed(due, live.head.promise, self._sequencer.now())
            planned = LaterReply(conversation, who.login, due, live.head.last, word, text, enclosed, cc=cc)
            await self._store.put(planned, self._actions.audit_entry(who, "reply_planned", live, due.isoformat()))
            self._known[conversation] = planned
        self._changed(conversation)

    async def cancel(self, who: Operator, conversation: int) -> None:
        """Forget the reply: by its author, or who holds the conversation. Idempotent."""
        async with self._changing:
            live = await self._actions.seen(who, conversation)
            if (known := self._known.get(conversation)) is None:
                return
            if known.operator != who.login and not held_by(live.head, who.login):
                raise RefusedError("not_yours", "Отменить может автор ответа или тот, кто ведёт разговор.")
            await self._store.drop(LaterReply, str(conversation), self._actions.audit_entry(who, "reply_unplanned", live))
            del self._known[conversation]
        self._changed(conversation)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: what stops a reply."""
        number, head, since = change.conversation, change.head or live.head, change.records
        if (merged := live.head.merged) is not None and (kept := self._sequencer.active(merged.into)) is not None:
            # The citizen's messages go to the remaining conversation.
            number, head, since = merged.into, kept.head, tuple(each for each in since if isinstance(each.entry, Message))
        if number not in self._known:
            return
        if head.erased is not None:  # with the conversation (eraser.py)
            del self._known[number]
            return
        known = self._known[number]
        if known.stopped or sent(known, since):
            return
        if why := stops(known, head, since):
            self._known[number] = replace(known, stopped=why)  # before it is stored: it is not sent meanwhile
            self._tasks.spawn(self._stopped(known, why))

    async def _stopped(self, known: LaterReply, why: Stopped) -> None:
        async with self._changing:
            now = self._known.get(known.conversation)
            if now is None or (now.word, now.due) != (known.word, known.due):
                return
            try:
                await self._stop(known, why)
            except StoreError as error:
                log.warning("a stopped reply is not stored as such: stored at its time",
                            extra={"conversation": known.conversation, "why": str(error)})

    async def _stop(self, known: LaterReply, why: Stopped) -> None:
        after = replace(known, stopped=why)
        self._known[known.conversation] = after
        self.on_stop(after)
        self.on_change(known.conversation)
        await self._store.put(after, AuditEntry(self._sequencer.now(), known.operator, "reply_stopped", str(known.conversation), why))

    async def _ring(self, due: LaterReply) -> None:
        """Its time has come."""
        async with self._changing:
            known = self._known.get(due.conversation)
            if known is None:
                await self._store.drop(LaterReply, str(due.conversation))
                return
            if known.stopped or known.due > self._sequencer.now():  # changed at this moment, or the store was away then
                await self._store.put(known)
                return
            if why := await self._send(known):
                await self._stop(known, why)
                return
            await self._store.drop(LaterReply, str(known.conversation))
            self._known.pop(known.conversation, None)
        self.on_change(due.conversation)

    async def _send(self, known: LaterReply) -> Stopped:
        """Why it could not be sent. Raises StoreError."""
        if (who := await self._store.get(Operator, known.operator)) is None:
            return Stopped.MOVED
        try:
            await self._outbound.reply(who, known.conversation, known.word, known.text, [each.file for each in known.files],
                                       known.cc)
        except RefusedError as error:
            return Stopped.MOVED if error.code == "not_yours" else Stopped.REFUSED
        return Stopped.NOT

    def _changed(self, conversation: int) -> None:
        self.on_change(conversation)
        self._clock.look()
