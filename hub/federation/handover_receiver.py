"""Receiver of conversations handed over by centres on other deployments, and of the reports to them (RT-08, RT-09, LV-05).

Each report has a fixed id, and each effect happens once, however often a message arrives.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from hub.conversations.address import Address
from hub.conversations.citizen_left import LEFT
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithBot, hand_over
from hub.conversations.journal import ConversationEvent, HandedOver, PromiseEnd, PromiseEnded, PromiseGiven, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.step import Step
from hub.conversations.transfer_route import TransferHop
from hub.federation.envelope import Envelope
from hub.federation.handover_messages import (
    HandoverAccepted,
    HandoverEnded,
    HandoverMessage,
    HandoverOffered,
    HandoverReturned,
    HandoverWithdrawn,
    MessageForwarded,
    PromiseKept,
    RecallRefused,
    RemoteConversation,
    ReturnRequested,
    along,
    heard,
    noted,
    promise_of,
    promised_here,
    remote_address,
    retold,
    spoken,
)
from hub.federation.ports import ExpectFiles
from hub.kernel.audit_entry import AuditEntry
from hub.organisation.level import Level
from hub.organisation.queue import Topic

Forbidding = Callable[[str, str, Conversation], str]
"""Why a line here may not take a conversation from a deployment, in a word of the matrix; "" where it may."""
Refusing = Callable[[str, TransferHop], str]
"""Why a line here takes nothing at the moment: "overloaded", "shut"; "" where it does."""

Endangered = Callable[[Conversation, str, datetime], Step | None]


class HandoverPolicy(NamedTuple):
    """What centres here take in from other deployments."""

    door: Callable[[str], str]
    """The queue by which a centre takes in conversations of others, by the centre's code."""
    level: Callable[[str], Level]
    """The level of a centre, by its code."""
    title: Callable[[str], str]
    """The name of a centre, by its code."""
    forbids: Forbidding
    refuses: Refusing
    telephone: Callable[[], str]
    """The channel by which centres connect calls; "" for none."""


class HandoverReceiver:
    def __init__(self, sequencer: ConversationSequencer, store: Store, topics: Mapping[str, Topic], *,
                 policy: HandoverPolicy, met: Callable[[Address], Awaitable[LiveConversation]], expect: ExpectFiles,
                 endangered: Endangered) -> None:
        """`met` gives the conversation of an address, opened in silence if there is none.

        `door` is the line in which a centre takes conversations of others, `level` and `title` look up a centre. `danger` is the
        text of `robot` where the citizen's words indicate danger to life, else "".
        """
        self._sequencer, self._store, self._topics, self._expect = sequencer, store, topics, expect
        self._policy, self._met, self._endangered = policy, met, endangered
        self.refused: Counter[str] = Counter()
        """Rejected hand-overs by reason."""

    async def hear(self, parcel: Envelope,
                   it: HandoverOffered | HandoverWithdrawn | MessageForwarded | ReturnRequested) -> HandoverMessage | None:
        """Process a message of the sender; returns the immediate reply. Raises StoreError."""
        telephone = self._policy.telephone()
        if it.caller is not None and not telephone:
            return HandoverReturned(it.handing, it.number, "returned_nowhere") if isinstance(it, HandoverOffered) else None
        live = await self._met(remote_address(parcel.source, it, telephone))
        match it:
            case HandoverOffered():
                await self._take_in(parcel, it, live)
            case HandoverWithdrawn():
                await self._give_up(it, live)
            case MessageForwarded():
                return await self._overhear(parcel, it, live)
            case ReturnRequested():
                return await self._let_go(parcel, it, live)
        return None

    async def news(  # noqa: PLR0911 - one return a report
        self, head: Conversation, this: RemoteConversation, record: StoredEvent,
    ) -> HandoverMessage | None:
        """The report of an entry to the centre that the conversation came from."""
        spoken_here = self._sequencer.traits.of(head.address).spoken
        match record.entry:
            case Message(author=Author.BOT | Author.SYSTEM) if spoken_here:
                return None  # the caller has heard it here
            case Message() as message:
                alone = self._policy.level(head.address.sender) is Level.FEDERAL
                return MessageForwarded(this.handing, this.number, spoken(message, alone=alone))
            case HandedOver(why="handed_here"):
                return HandoverAccepted(this.handing, this.number, head.number)
            case HandedOver(holder=Closed(), why=why) if why.startswith("returned_"):
                return HandoverReturned(this.handing, this.number, why)
            case HandedOver(holder=Closed(), why=why) if spoken_here and why == LEFT and not self._sequencer.traits.number_of(head.address):
                return HandoverReturned(this.handing, this.number, "returned_left")  # the sender may know whom to call
            case HandedOver(holder=Closed(topic=topic), why=why) if why != "withdrawn":
                return HandoverEnded(this.handing, this.number, topic)
            case PromiseEnded(how=how) if how is not PromiseEnd.MOVED:
                return PromiseKept(this.handing, this.number, await self._given(head.id, record.id), how)
            case _:
                return None

    async def _given(self, conversation: int, before: int) -> datetime:
        """When the ended promise was given, which identifies it at the centre that gave it."""
        moves = await self._store.moves_of((conversation,))
        return next(each.entry.at for each in reversed(moves) if each.id < before and isinstance(each.entry, PromiseGiven))

    async def _take_in(self, parcel: Envelope, it: HandoverOffered, live: LiveConversation) -> None:
        """Into the line of the centre that it was sent to, or back."""
        now, key, queue = self._sequencer.now(), _opened(it), self._policy.door(parcel.to)
        if await self._sequencer.knows(live, key) or live.head.erased is not None:
            return
        head = self._as_told(live.head, it)
        forbidden = self._policy.forbids(queue, parcel.source, head) if queue else "nowhere"
        if why := forbidden or self._why_not(queue, it):
            after = hand_over(head, Closed(now, head.topic, ""))
            back = (noted("Не принято: возвращено центру, который передал.", now, key), HandedOver(now, after.holder, f"returned_{why}"))
            audit_entry = AuditEntry(now, "", "pass_refused", str(head.id), f"{parcel.source}: {why}")
            await self._sequencer.committed_step(live, back, head=after, audit_entries=(audit_entry,) if forbidden else ())
            self.refused[why] += 1
            return
        await self._expect(head.id, parcel.source, it, along(it), at_home=True)
        owed = promise_of(it, live.head.address)
        line = InQueue(queue, it.waiting_since, talked_since=it.talked_since)
        after = hand_over(replace(self._as_told(live.head, it), promise=owed), line)
        given = (PromiseGiven(owed.given, owed.due, owed.why, ""),) if owed else ()
        told = replace(noted(retold(it, self._policy.title(parcel.source)), now, key), attachments=along(it))
        come = (told, *given, HandedOver(now, line, "handed_here"))
        await self._sequencer.committed_step(live, come, head=after)

    def _as_told(self, head: Conversation, it: HandoverOffered) -> Conversation:
        topic = it.topic if it.topic in self._topics else ""
        return replace(head, citizen=it.citizen, place=it.place, passed=it.passed, topic=topic, danger=it.danger)

    def _why_not(self, queue: str, it: HandoverOffered) -> str:
        *before, last = it.passed
        if any(each.receiver == last.receiver and each.reason is last.reason for each in before):
            return "been_there"
        return "" if it.danger is not None else self._policy.refuses(queue, last)

    async def _give_up(self, it: HandoverWithdrawn, live: LiveConversation) -> None:
        """The sender answers itself: here the conversation ends, whoever has it, or never begins."""
        now, key, head = self._sequencer.now(), f"withdrawn/{it.handing}", live.head
        if await self._sequencer.knows(live, key) or head.erased is not None:
            return
        notes = [noted("Передавший центр отозвал обращение и ответит сам.", now, key)]
        if ("", _opened(it)) not in live.keys:
            notes.append(noted("Обращение отозвано раньше, чем пришло.", now, _opened(it)))
        if isinstance(head.holder, Closed):
            await self._sequencer.committed_step(live, notes)
            return
        entries, after = _over(head, now)
        await self._sequencer.committed_step(live, (*notes, *entries), head=after)

    async def _overhear(self, parcel: Envelope, it: MessageForwarded, live: LiveConversation) -> HandoverMessage | None:
        """The citizen's message from the sender; a conversation that is closed here returns to the sender."""
        if await self._sequencer.knows(live, parcel.id) or live.head.erased is not None:
            return None
        if not isinstance(live.head.holder, Closed):
            await self._expect(live.head.id, parcel.source, it, it.said.attachments, at_home=True)
        if isinstance(live.head.holder, Closed):  # or at this moment
            return HandoverReturned(it.handing, it.number, "returned_closed")
        now, head = self._sequencer.now(), live.head
        entries, after = (it.said.author is Author.CITIZEN and self._endangered(head, it.said.text, now)) or ((), head)
        await self._sequencer.committed_step(live, (heard(it.said, parcel.id, now), *entries), head=after if after is not head else None)
        return None

    async def _let_go(self, parcel: Envelope, it: ReturnRequested, live: LiveConversation) -> HandoverMessage | None:
        """Return it to the sender, unless an operator works on it here or owes an answer promised here."""
        asked_before, now, head = await self._sequencer.knows(live, parcel.id), self._sequencer.now(), live.head
        if head.erased is not None or isinstance(head.holder, Closed):
            return None  # the result is reported
        if not asked_before and _waits(head):
            notes = [noted("Передавший центр забрал обращение.", now, parcel.id)]
            if ("", _opened(it)) not in live.keys:
                notes.append(noted("Обращение забрали раньше, чем оно пришло.", now, _opened(it)))
            entries, after = _over(head, now, "returned_taken_back")
            await self._sequencer.committed_step(live, (*notes, *entries), head=after)
            return None
        if not asked_before:
            note = noted("Передавший центр просил вернуть обращение: оно осталось здесь.", now, parcel.id)
            await self._sequencer.committed_step(live, (note,))
        return RecallRefused(it.handing, it.number)


def _waits(head: Conversation) -> bool:
    """Nobody works on it, and the only promise was given before the hand-over."""
    return isinstance(head.holder, InQueue | WithBot) and not promised_here(head)


def _opened(it: RemoteConversation) -> str:
    return f"handed/{it.handing}"


def _over(head: Conversation, now: datetime, why: str = "withdrawn") -> tuple[tuple[ConversationEvent, ...], Conversation]:
    """Closed without an answer, which the sender owes."""
    entries: list[ConversationEvent] = []
    if head.promise is not None:
        entries.append(PromiseEnded(now, head.promise.due, PromiseEnd.MOVED, ""))
    if isinstance(head.holder, Promised):  # a promise returns to its line before it ends
        line = InQueue(head.holder.queue, now)
        entries.append(HandedOver(now, line, "withdrawn"))
        head = hand_over(head, line)
    after = hand_over(replace(head, promise=None), Closed(now, head.topic, ""))
    return (*entries, HandedOver(now, after.holder, why)), after
