"""Supervisors listen to talks of their own centre, whisper, and join; an operator may request it (MC-05, OC-05).

Each use is audited. A whispering or joined supervisor is shown to the operator; for a listening one the centre decides
(`calls.listeners_shown`).
"""

import logging
from collections.abc import Mapping
from functools import cached_property

from hub.access.operator import Operator
from hub.access.permissions import Permission, may
from hub.actions.conversation_actions import Actions
from hub.conversations.conversation import Conversation, WithOperator, held_by
from hub.conversations.delivery_status import Bookmark
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, RefusedError
from hub.kernel.signal import Signal
from hub.telephony.ports import MonitoringChannel, MonitorMode

log = logging.getLogger(__name__)

_MARK = "senior/"
ASKED, NEEDLESS = "Оператор просит старшего подключиться.", "Старший больше не нужен."
TOLD = {
    MonitorMode.LISTEN: "Старший оператор слушает разговор: {name}",
    MonitorMode.WHISPER: "Старший оператор подсказывает оператору: {name}",
    MonitorMode.JOIN: "Старший оператор участвует в разговоре: {name}",
}


class SupervisorMonitoring:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, channels: Mapping[str, Channel], *,
                 shown: bool) -> None:
        """`shown` tells whether operators see silent listeners."""
        self._sequencer, self._store, self._actions, self._channels, self._shown = sequencer, store, actions, channels, shown
        self._asked: dict[int, str] = {}
        """Conversations whose operator, by login, has requested a supervisor."""
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[int]]()
        self.on_ask = Signal[[Conversation]]()

    async def start(self) -> None:
        """Load open requests."""
        for mark in await self._store.all(Bookmark):
            if mark.key.startswith(_MARK):
                await self._still(int(mark.key.removeprefix(_MARK)), mark.value)

    def listeners(self, who: Operator, conversation: int) -> dict[str, MonitorMode]:
        """Logins of the supervisors in a talk, as far as the operator sees them."""
        there = self._telephone.listeners(conversation) if self._telephone is not None else {}
        sees = self._shown or may(who, Permission.LISTEN)
        return {login: ear for login, ear in there.items() if sees or ear is not MonitorMode.LISTEN or login == who.login}

    def asked(self, conversation: int) -> bool:
        return conversation in self._asked

    def asks(self) -> list[int]:
        """Conversations with an open request."""
        return list(self._asked)

    def may_listen(self, who: Operator, head: Conversation) -> bool:
        """Talks of others at the operator's own centre (FD-04)."""
        holder = head.holder
        return isinstance(holder, WithOperator) and not held_by(head, who.login) and (
            self._actions.authorization.may(who, Permission.LISTEN, head))

    async def ask(self, who: Operator, conversation: int, *, asked: bool) -> None:
        """Request a supervisor, or withdraw the request. Idempotent."""
        live = await self._actions.live(conversation)
        if not held_by(live.head, who.login):
            raise RefusedError("not_yours", "Позвать старшего может только тот, кто ведёт разговор.")
        if asked == self.asked(conversation):
            return
        await self._note(live, ASKED if asked else NEEDLESS, who)
        if asked:
            self._asked[conversation] = who.login
            await self._store.put(Bookmark(f"{_MARK}{conversation}", who.login))
            self._told(live.head)
        else:
            await self._answered(live.head)

    async def listen(self, who: Operator, conversation: int, ear: MonitorMode | None) -> None:
        """Take part with the own telephone, or end it; raises RefusedError."""
        live, telephone = await self._actions.live(conversation), self._telephone
        if not self.may_listen(who, live.head):
            await self._store.note(self._actions.audit_entry(who, "overhear_refused", live))
            raise RefusedError("forbidden", "Слушать можно разговоры операторов своего центра.")
        if telephone is None:
            raise RefusedError("no_telephone", "Слушать отсюда нельзя: телефония не настроена.")
        await self._store.note(self._actions.audit_entry(who, "overhear", live, ear or "off"))
        await telephone.listen(conversation, who.login, ear)
        if ear is None:
            return
        await self._answered(live.head)
        if self._shown or ear is not MonitorMode.LISTEN:
            await self._note(live, TOLD[ear].format(name=who.name), None)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: a request ends when the operator no longer has the talk."""
        asker = self._asked.get(change.conversation)
        if asker is not None and change.head is not None and not held_by(change.head, asker):
            self._tasks.spawn(self._forgotten(live.head))

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _still(self, conversation: int, asker: str) -> None:
        head = await self._store.conversation(conversation)
        if head is not None and held_by(head, asker):
            self._asked[conversation] = asker
        else:
            await self._store.drop(Bookmark, f"{_MARK}{conversation}")

    async def _forgotten(self, head: Conversation) -> None:
        try:
            await self._answered(head)
        except OknoError as error:  # the next start sees that it is over
            log.warning("request for a supervisor not closed: closed at the next start", extra={"conversation": head.id, "why": str(error)})

    async def _answered(self, head: Conversation) -> None:
        if self._asked.pop(head.id, None) is not None:
            self._told(head)
            await self._store.drop(Bookmark, f"{_MARK}{head.id}")

    def _told(self, head: Conversation) -> None:
        self.on_ask(head)
        self.on_change(head.id)

    async def _note(self, live: LiveConversation, text: str, by: Operator | None) -> None:
        what = "senior_asked" if text == ASKED else "senior_needless"
        audit_entries = (self._actions.audit_entry(by, what, live),) if by is not None else ()
        note = Message(Author.SYSTEM, text, self._sequencer.now(), by=by.login if by else "", internal=True)
        await self._sequencer.committed_step(live, (note,), audit_entries=audit_entries)

    @cached_property
    def _telephone(self) -> MonitoringChannel | None:
        # Cached, as in outbound_calls.py.
        return next((channel for channel in self._channels.values() if isinstance(channel, MonitoringChannel)), None)
