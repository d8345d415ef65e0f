"""Presence of the citizen in a conversation: opening it before they write, leaving, reading, typing."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from hub.conversations.address import Address, Citizen
from hub.conversations.citizen_left import LEFT, call_again, on_disconnect
from hub.conversations.conversation import Conversation, InQueue, Promised, WithBot, hand_over
from hub.conversations.journal import HandedOver, StoredEvent, shown_to_citizen
from hub.conversations.live_signals import Moved
from hub.conversations.opener import Opener
from hub.conversations.ports import PromiseAnswer, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.organisation.territory import Place
from hub.robot.voice import RobotVoice

PAGE = 200
"""Records per read of the store."""


class CitizenPresence:
    """hub.intake.ports.Intake: open, left, find, transcript, standing, typing, seen."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, opener: Opener, voice: RobotVoice, *, promise: PromiseAnswer,
                 keeps: timedelta, standing: Callable[[Conversation], Moved]) -> None:
        """`keeps` is how long a citizen who leaves keeps their place in line; `standing` returns the holder of the conversation."""
        self._sequencer, self._store, self._opener, self._voice = sequencer, store, opener, voice
        self._promise, self._keeps, self._standing = promise, keeps, standing
        self.on_typing, self.on_seen = Signal[[int]](), Signal[[LiveConversation]]()

    async def open(self, address: Address, citizen: Citizen, place: Place | None = None) -> Conversation:
        live = await self._opener.find_or_open(address, citizen, place, greeting=self._voice.introduction)
        now = self._sequencer.now()
        if (back := call_again(live.head, now, self._keeps, self._sequencer.traits)) is not None:
            entries, head = back
            greeting = self._voice.introduction(now, address) if isinstance(head.holder, WithBot) else ()
            await self._sequencer.committed_step(live, (*entries, *greeting), head=head)
        return live.head

    async def left(self, address: Address, *, cut: bool = False) -> None:
        live = await self._sequencer.at(address)
        if live is None:
            return
        live = await self._sequencer.load(live.head.id)
        head = live.head
        if isinstance(head.holder, InQueue) and head.promise is None and self._sequencer.traits.number_of(address):
            await self._promise(head.id, head.holder.queue, LEFT)
            if head.danger is not None:
                await self._call_back_now(head.id, head.holder)
        elif (step := on_disconnect(head, self._sequencer.now(), self._keeps, self._sequencer.traits, cut=cut)) is not None:
            await self._sequencer.committed_step(live, step[0], head=step[1])

    async def _call_back_now(self, conversation: int, line: InQueue) -> None:
        """Call a caller in danger who hung up before all others, not within a day."""
        live, now = await self._sequencer.load(conversation), self._sequencer.now()
        if isinstance(live.head.holder, Promised):
            await self._sequencer.committed_step(live, (HandedOver(now, line, "due"),), head=hand_over(live.head, line))

    async def find(self, address: Address) -> Conversation | None:
        live = await self._sequencer.at(address)
        return live.head if live else None

    async def transcript(self, conversation: int, after: int) -> list[StoredEvent]:
        found: list[StoredEvent] = []
        before = 0
        while page := await self._store.records(conversation, before=before, limit=PAGE):
            found[:0] = [r for r in page if r.id > after and shown_to_citizen(r.entry)]
            before = page[0].id
            if before <= after or len(page) < PAGE:
                break
        return found

    async def standing(self, conversation: int) -> Moved:
        live = await self._sequencer.load(conversation)
        if live.head.merged is not None:
            await self._sequencer.load(live.head.merged.into)
        return replace(self._standing(live.head), read=live.seen_by_operator)

    def typing(self, conversation: int) -> None:
        self.on_typing(conversation)

    def seen(self, conversation: int, record: int) -> None:
        live = self._sequencer.active(conversation)
        if live is None or record > live.head.last:
            raise RefusedError("bad_frame", "Такого сообщения нет.")
        if record > live.seen_by_citizen:
            live.seen_by_citizen = record
            self.on_seen(live)
