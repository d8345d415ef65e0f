"""Sends notices to citizens: each once, at the allowed time, none after an opt-out (CH-15, CH-05).

A notice is stored before it is confirmed, and pending until its message is in the journal. The message has the notice's key: after a
crash between the two the next start finds it there and does not send it again.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.attachments import Upload, key_of
from hub.conversations.delivery import Deliveries
from hub.conversations.journal import Carried, Erased
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation, Reach
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import OknoError, RefusedError
from hub.kernel.signal import Signal
from hub.notifications.notice import FATES, NO_CHANNEL, OPTED_OUT, Ground, Hours, Notice, NoticeState, earliest, misfit
from hub.notifications.opt_outs import OptOuts

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=5)
"""Pause before a notice that could not be stored is tried again."""
KEPT = timedelta(days=30)
"""How long a notice and its key are kept after it was sent or refused; the journal and the audit keep more."""

Zones = Callable[[Address], tuple[ZoneInfo, ...]]
"""Possible zones of an address."""


class NotificationSender:
    """The notices of one hub, the last month's in memory."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, deliveries: Deliveries, opt_outs: OptOuts, *,
                 reach: Reach, zones: Zones, hours: Hours) -> None:
        self._sequencer, self._store, self._deliveries = sequencer, store, deliveries
        self._opt_outs, self._reach, self._zones, self._hours = opt_outs, reach, zones, hours
        self._agenda = DeadlineQueue(sequencer.now, lambda notice: self._tasks.spawn(self._go(self._pending[notice])))
        self._known: dict[str, Notice] = {}
        """By key, oldest first."""
        self._pending: dict[int, str] = {}
        """Keys of pending notices, by id."""
        self._messages: dict[int, str] = {}
        """Keys of notices, by their messages."""
        self._changing = asyncio.Lock()
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[Notice]]()

    async def start(self) -> None:
        """Continue with pending notices: after the opt-outs and their pending reactions."""
        for notice in sorted(await self._store.all(Notice), key=lambda each: each.id):
            self._learn(notice)
        self._forget_old()

    async def notify(self, by: str, key: str, address: Address, text: str, ground: Ground, *, urgent: bool = False,
                     attachments: tuple[Attachment, ...] = ()) -> Notice:
        """Send it once, now or after the quiet hours. Idempotent; a refused notice is stored as refused.

        `by` is a login, "" is the hub. Refusals: the channel does not carry, the address is invalid, the key belongs to another
        notice.
        """
        async with self._changing:
            now = self._sequencer.now()
            notice = Notice(key, self._sequencer.new_id(), address, text, ground, now, self._due(address, urgent=urgent), by, urgent,
                            attachments=attachments)
            if (known := self._known.get(key)) is not None:
                if not known.same(notice):
                    raise RefusedError("exists", "С этим ключом уже есть другое уведомление.")
                return known
            self._check(address)
            if self._opt_outs.hold(address):
                notice = replace(notice, state=NoticeState.REFUSED, why=OPTED_OUT)
            await self._keep(notice, AuditEntry(now, by, "notice", key, f"{address.channel}, {ground}"))
        self._forget_old()
        return notice

    async def tell_code(self, address: Address, text: str) -> None:
        """Send a code that the citizen requested: at once, hidden from all desks, but not after an opt-out.

        Raises RefusedError as `notify` does, and StoreError.
        """
        self._check(address)
        if not self._opt_outs.hold(address):
            await self._sequencer.committed_step(await self._reach(address),
                                                 (Message(Author.SYSTEM, text, self._sequencer.now(), veiled=True),))

    def preview(self, address: Address) -> tuple[datetime, bool]:
        """When a notice that is not urgent would be sent, and whether the address has opted out. Refusals are those of `notify`."""
        self._check(address)
        return self._due(address, urgent=False), self._opt_outs.hold(address)

    def find(self, key: str) -> Notice:
        if (found := self._known.get(key)) is None:
            raise RefusedError("no_such_notice", "Такого уведомления нет.")
        return found

    def recent(self, ours: Callable[[str], bool], *, before: int = 0, limit: int = 50) -> list[Notice]:
        """Newest first, of the senders `ours`; `before` is the id of the last one shown."""
        notices = (each for each in reversed(self._known.values()) if not before or each.id < before)
        return list(islice((each for each in notices if ours(each.by)), limit))

    async def standing(self, notice: Notice) -> tuple[NoticeState, str]:
        """The state of a notice, with the reason: after sending as its carrier reports (CH-05)."""
        if notice.state is not NoticeState.SENT:
            return notice.state, notice.why
        carried = await self._deliveries.fate(notice.conversation, notice.record)
        return (FATES[carried.state], carried.why) if carried else (notice.state, notice.why)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: carriers' reports."""
        del live
        if not self._messages:
            return
        for record in change.records:
            if isinstance(record.entry, Erased):
                self._forget_all(record.conversation)
            elif isinstance(record.entry, Carried) and (key := self._messages.get(record.entry.record)) is not None:
                self.on_change(self._known[key])

    def _forget_all(self, conversation: int) -> None:
        """Forget the notices of an erased conversation, which the store has deleted."""
        for key in [each.key for each in self._known.values() if each.conversation == conversation]:
            self._messages.pop(self._known.pop(key).record, None)

    def look(self) -> None:
        """Send what is due now; otherwise called by the timer."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    def _check(self, address: Address) -> None:
        if not self._sequencer.carried(address):
            raise RefusedError("no_such_channel", "Такого канала нет, или он не отправляет сообщений сам.")
        if why := misfit(address, self._sequencer.traits.of(address)):
            raise RefusedError("bad_address", why)

    def _due(self, address: Address, *, urgent: bool) -> datetime:
        now = self._sequencer.now()
        return now if urgent else earliest(now, self._zones(address), self._hours)

    async def _go(self, key: str) -> None:
        notice = self._known[key]
        try:
            await self._keep(await self._gone(notice))
        except OknoError as error:
            log.warning("store unavailable: notification is retried", extra={"notice": notice.id, "why": str(error)})
            self._agenda.put(notice.id, self._sequencer.now() + AGAIN)

    async def _gone(self, notice: Notice) -> Notice:
        """The notice after its time has come."""
        if (sent := await self._said(notice)) is not None:
            return sent
        if not (why := self._barred(notice)):
            # The hub may have been down for the whole day of the notice.
            if (due := self._due(notice.address, urgent=notice.urgent)) > self._sequencer.now():
                return replace(notice, due=due)
            live = await self._reach(notice.address)
            if not (why := self._barred(notice)):  # an opt-out may arrive at this moment
                for file in notice.attachments:
                    await self._store.put(Upload(key_of(live.head.id, file.file), file))
                message = Message(Author.SYSTEM, notice.text, self._sequencer.now(), key=notice.message_key, by=notice.by,
                                  attachments=notice.attachments)
                return _sent(notice, live, (await self._sequencer.committed_step(live, (message,)))[0].id)
        return replace(notice, state=NoticeState.REFUSED, why=why)

    async def _said(self, notice: Notice) -> Notice | None:
        """The notice as sent, if it became a message before a crash."""
        live = await self._sequencer.at(notice.address)
        if live is None:
            return None
        live = await self._sequencer.load(live.head.id)
        record = live.keys.get((notice.by, notice.message_key))
        return _sent(notice, live, record) if record is not None else None

    def _barred(self, notice: Notice) -> str:
        """Why it may not be sent; "" when it may."""
        if not self._sequencer.carried(notice.address):
            return NO_CHANNEL
        return OPTED_OUT if self._opt_outs.hold(notice.address) else ""

    async def _keep(self, notice: Notice, audit_entry: AuditEntry | None = None) -> None:
        await self._store.put(notice, audit_entry)
        self._learn(notice)
        self.on_change(notice)

    def _learn(self, notice: Notice) -> None:
        self._known[notice.key] = notice
        if notice.state is NoticeState.PENDING:
            self._pending[notice.id] = notice.key
            self._agenda.put(notice.id, notice.due)
        else:
            self._pending.pop(notice.id, None)
        if notice.record:
            self._messages[notice.record] = notice.key

    def _forget_old(self) -> None:
        """Drop notices after their retention, from the oldest on."""
        until = self._sequencer.now() - KEPT
        old = takewhile(lambda each: each.due < until and each.state is not NoticeState.PENDING, self._known.values())
        for notice in list(old):
            del self._known[notice.key]
            self._messages.pop(notice.record, None)
            self._tasks.spawn(self._drop(notice))

    async def _drop(self, notice: Notice) -> None:
        try:
            await self._store.drop(Notice, notice.key)
        except OknoError as error:
            log.warning("store unavailable: expired notification is not deleted", extra={"notice": notice.id, "why": str(error)})


def _sent(notice: Notice, live: LiveConversation, record: int) -> Notice:
    return replace(notice, state=NoticeState.SENT, conversation=live.head.id, record=record)
