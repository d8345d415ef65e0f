"""Sender of conversations to centres on other deployments (RT-08, LV-05).

The record of a hand-over is pending as long as the conversation is away: this is the outbox, and the start after a restart. Each
message has a fixed id, however often it is sent. Hand-overs of other centres are in handover_receiver.py.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from datetime import timedelta
from functools import partial
from weakref import WeakValueDictionary

from hub.conversations.conversation import Conversation, WithRemoteCentre
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.federation.envelope import Envelope
from hub.federation.envelope_decoder import decode
from hub.federation.handover_messages import (
    KINDS,
    HandedCall,
    HandoverAccepted,
    HandoverMessage,
    HandoverOffered,
    HandoverReturned,
    HandoverWithdrawn,
    MessageForwarded,
    RemoteConversation,
    ReturnRequested,
    about,
    caller_of,
    conversation_of,
    handed,
    handed_call,
    heard_of,
    packed,
    spoken,
    unanswered,
)
from hub.federation.handover_receiver import HandoverReceiver
from hub.federation.ports import ExpectFiles, Link
from hub.federation.remote_centres import RemoteCentres
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import LinkError, OknoError
from hub.kernel.retry import growing_pauses, retry
from hub.kernel.signal import Signal
from hub.organisation.level import Level

log = logging.getLogger(__name__)

WITHIN = timedelta(seconds=10)
"""Without an answer of the other centre within this time the answer is promised here."""
FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 60.0
FULL = frozenset({"returned_overloaded", "returned_shut", "returned_nowhere"})
"""Refusals that the next conversation would get, too."""
JOURNAL = 100
"""Most entries of the journal that are sent."""

Hears = Callable[[Envelope], Awaitable[None]]


class HandoverSender:
    def __init__(self, sequencer: ConversationSequencer, store: Store, code: str, remote: RemoteCentres,
                 handover_receiver: HandoverReceiver, *, level: Callable[[str], Level], expect: ExpectFiles,
                 pause_s: float = FIRST_PAUSE_S) -> None:
        """`code` is this hub's own centre; `level` looks up a centre."""
        self._sequencer, self._store, self._code, self._link = sequencer, store, code, remote.link
        self.remote, self._handover_receiver = remote, handover_receiver
        self._level, self._expect, self._pause_s = level, expect, pause_s
        self._away: dict[int, StoredEvent] = {}
        """Conversations at other centres, by the record that is pending until they are back."""
        self._agenda = DeadlineQueue(sequencer.now, lambda conversation: self._tasks.spawn(self._give_up(conversation)))
        self._orders: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        """Fair locks: reports on one conversation are sent in the order of its commits and do not wait for other conversations."""
        self._tasks = BackgroundTasks()
        self.returned: Counter[str] = Counter()
        """What came back from other centres, by why."""
        self.on_back = Signal[[Conversation]]()
        """Another centre has it no more: it waits here again, or is closed."""
        self._lost: set[int] = set()
        """Conversations whose call was accepted and did not arrive, or broke off."""
        self._others: dict[str, Hears] = {}

    def hand_on(self, others: Mapping[str, Hears]) -> None:
        """Who takes in envelopes that are no matter of conversations, by their kind."""
        self._others |= others

    @property
    def away(self) -> list[int]:
        """Conversations that other centres have."""
        return list(self._away)

    def tell(self, record: StoredEvent) -> None:
        """Report a pending record to the other centre: a reaction of intake/reactions.py."""
        self._tasks.spawn(self._tell(record))

    async def want_back(self, head: Conversation, away: WithRemoteCentre) -> None:
        """Request it back: an operator who works on it there keeps it. Raises LinkError."""
        wish = ReturnRequested(away.handing, head.number, caller=self._caller(head, away.centre))
        await self._send(wish, str(self._sequencer.new_id()), away.centre)

    async def handed_call(self, conversation: int) -> HandedCall | None:
        """For the trunk to the centre that has accepted the call; None where none has."""
        head = (await self._sequencer.load(conversation)).head
        away = head.holder
        return handed_call(head, self._level(away.centre), self._sequencer.traits) if isinstance(away, WithRemoteCentre) else None

    async def lost_call(self, conversation: int) -> None:
        """The trunk did not reach that centre, or broke: the caller is here."""
        self._lost.add(conversation)
        await self._give_up(conversation)

    async def start(self) -> None:
        """Start receiving messages of other centres."""
        if self._link is not None:
            self._tasks.spawn(self._listen(self._link))

    def look(self) -> None:
        """Promise what was not accepted in time; otherwise its own timer does."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    async def _tell(self, record: StoredEvent) -> None:
        def failed(error: Exception, _attempt: int) -> None:
            log.warning("hand-over message not sent to a remote centre: retried", extra={"record": record.id, "why": str(error)})

        async with self._orders.setdefault(record.conversation, asyncio.Lock()):
            await retry(partial(self._tell_once, record), growing_pauses(self._pause_s, LAST_PAUSE_S), OknoError, failed)

    async def _tell_once(self, record: StoredEvent) -> None:
        head = (await self._sequencer.load(record.conversation)).head
        entry, holder = record.entry, head.holder
        if isinstance(entry, HandedOver) and isinstance(entry.holder, WithRemoteCentre):
            await self._send_away(head, record, entry.holder)
            return
        if isinstance(entry, Message) and entry.author is Author.CITIZEN:
            if isinstance(holder, WithRemoteCentre):  # otherwise it has returned, and its holder reads it
                said = spoken(entry, hides=self._level(holder.centre) is Level.FEDERAL)
                news = MessageForwarded(holder.handing, head.number, said, caller=self._caller(head, holder.centre))
                await self._send(news, str(record.id), holder.centre)
        elif head.address.is_remote:
            centre, this = about(head)
            if (report := await self._handover_receiver.news(head, this, record)) is not None:
                await self._send(report, str(record.id), centre)
        await self._store.settle((record.id,))

    async def _send_away(self, head: Conversation, record: StoredEvent, away: WithRemoteCentre) -> None:
        holder = head.holder
        if not (isinstance(holder, WithRemoteCentre) and holder.handing == away.handing):  # nobody took it in time
            withdrawn = HandoverWithdrawn(away.handing, head.number, caller=self._caller(head, away.centre))
            await self._send(withdrawn, "", away.centre)
            await self._store.settle((record.id,))
            self._away.pop(head.id, None)
            return
        self._away[head.id] = record
        if holder.taken is None:
            # Before the message is sent, which may fail for a long time.
            self._agenda.put(head.id, holder.since + WITHIN if self.remote.up(away.centre) else self._sequencer.now())
            # Sent even when the link is down: a withdrawal without effect is harmless, a missing one is not.
            journal = await self._store.records(head.id, upto=record.id, limit=JOURNAL)
            await self._send(handed(head, holder, journal, self._level(away.centre), self._sequencer.traits), "", away.centre)

    async def _send(self, news: HandoverMessage, key: str, centre: str) -> None:
        if self._link is None:
            message = f"there is no line to centre {centre} any more"
            raise LinkError(message)
        await self._link.send(packed(news, key, self._code, centre, self._sequencer.now()))

    def _caller(self, head: Conversation, centre: str) -> str | None:
        return caller_of(head, self._level(centre), self._sequencer.traits)

    async def _give_up(self, conversation: int) -> None:
        """Withdraw the hand-over: if it only was to shorten the wait the citizen waits on, otherwise the answer is promised here."""
        try:
            live = await self._sequencer.load(conversation)
            head, holder, now = live.head, live.head.holder, self._sequencer.now()
            record = self._away.get(conversation)
            waits = isinstance(holder, WithRemoteCentre) and (holder.taken is None or conversation in self._lost)
            if record is None or not isinstance(holder, WithRemoteCentre) or not waits:
                self._lost.discard(conversation)
                return
            step = unanswered(head, holder, self.remote.title(holder.centre), now, self._sequencer.traits)
            await self._sequencer.committed_step(live, step.entries, head=step.head)
            self._lost.discard(conversation)
            self.remote.leave_alone(holder.centre)
            self.returned["silent"] += 1
        except OknoError as error:
            log.warning("store unavailable: promise for an unanswered hand-over is retried",
                        extra={"conversation": conversation, "why": str(error)})
            self._agenda.put(conversation, self._sequencer.now() + WITHIN)
        else:
            self.tell(record)

    async def _listen(self, link: Link) -> None:
        """An envelope that cannot be stored now is delivered again."""
        pause_s = self._pause_s
        while True:
            try:
                async with aclosing(link.receive()) as parcels:
                    async for parcel in parcels:
                        await self.hear(parcel)
                        pause_s = self._pause_s
            except OknoError as error:
                log.warning("receiving envelopes of remote centres failed: retried", extra={"why": str(error)})
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LAST_PAUSE_S)

    async def hear(self, parcel: Envelope) -> None:
        """Process an envelope, once. Raises StoreError."""
        if (form := KINDS.get(parcel.kind)) is None:
            if (take := self._others.get(parcel.kind)) is not None:
                await take(parcel)
            return
        match news := decode(parcel, form):
            case HandoverOffered() | HandoverWithdrawn() | ReturnRequested():
                await self._take_in(parcel, news)
            case MessageForwarded(said=said) if said.author is Author.CITIZEN:
                await self._take_in(parcel, news)
            case RemoteConversation():
                with suppress(KeyError):  # unknown conversation
                    live = await self._sequencer.load(conversation_of(news.handing))
                    if live.head.erased is None and any(each.receiver == parcel.source for each in live.head.passed):
                        await self._come_back(parcel, news, live)

    async def _take_in(self, parcel: Envelope, news: HandoverOffered | HandoverWithdrawn | ReturnRequested | MessageForwarded) -> None:
        if (answer := await self._handover_receiver.hear(parcel, news)) is not None:
            await self._send(answer, parcel.id, parcel.source)

    async def _come_back(self, parcel: Envelope, news: HandoverMessage, live: LiveConversation) -> None:
        """Apply the other centre's message to the conversation handed to it."""
        if await self._sequencer.knows(live, parcel.id):
            return
        if isinstance(news, MessageForwarded):
            await self._expect(live.head.id, parcel.source, news, news.said.attachments, at_home=False)
        carried = self._sequencer.carried(live.head.address)
        step = heard_of(live.head, news, parcel, self.remote.title(parcel.source), self._sequencer.now(), carried=carried)
        if step is None:
            return
        owed = self._away.get(live.head.id)
        await self._sequencer.committed_step(
            live, step.entries, head=step.head, settled=(owed.id,) if owed is not None and step.back else ())
        if isinstance(news, HandoverReturned) and step.back:
            self._given_back(parcel.source, news.why)
        if isinstance(news, HandoverAccepted) or step.back:
            self._agenda.put(live.head.id, None)
        if step.back:
            self._away.pop(live.head.id, None)
            self.on_back(live.head)

    def _given_back(self, centre: str, why: str) -> None:
        self.returned[why.removeprefix("returned_")] += 1
        if why in FULL:
            self.remote.leave_alone(centre)
