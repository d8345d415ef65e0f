"""What lies aside is looked through by those who lead: given on to people, answered all at once, or closed; each with its deed (SE-02)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, InQueue, SetAside, SetAsideCause, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.intake.block import Block, fits
from hub.intake.intake_filter import IntakeFilter
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.signal import Signal

MOST = 5_000
"""That are looked through at once; there may lie more behind them."""
PAGE, LOOKED_THROUGH = 500, 20_000
LATELY = timedelta(days=30)


class HeldGroup(Struct, frozen=True):
    """What lies aside for the same reason: of one sender, of one block, or with one text; the oldest first."""

    cause: SetAsideCause
    group: str
    heads: tuple[Conversation, ...]
    since: datetime


class HeldCitizens(Struct, frozen=True):
    """Whom a block would have concerned in the last 30 days; `more` where there were too many conversations to look through."""

    senders: int
    conversations: int
    more: bool


class HeldReview:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, intake_filter: IntakeFilter, queue: str) -> None:
        """`queue` is where what is given on begins to wait."""
        self._sequencer, self._store, self._actions, self.intake_filter, self._queue = sequencer, store, actions, intake_filter, queue
        self.lying: dict[int, datetime] = {}
        """All that lies aside, and since when."""
        self.on_change = Signal[[]]()
        """Something was set aside, or lies there no more."""

    async def start(self) -> None:
        self.lying = {head.id: head.holder.since for head in await self._store.aside(1_000_000) if isinstance(head.holder, SetAside)}

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """A listener of the lanes."""
        if change.head is None:
            return
        if isinstance(change.head.holder, SetAside):
            self.lying[live.head.id] = change.head.holder.since
        elif self.lying.pop(live.head.id, None) is None:
            return
        self.on_change()

    async def piles(self, who: Operator) -> list[HeldGroup]:
        """What lies aside at somebody's own centre, the oldest pile first."""
        found: dict[tuple[SetAsideCause, str], list[Conversation]] = {}
        for head in await self._store.aside(MOST):
            if isinstance(head.holder, SetAside) and self._actions.authorization.may(who, Permission.SIFT, head):
                found.setdefault((head.holder.cause, group_of(head, head.holder)), []).append(head)
        return [HeldGroup(cause, group, tuple(heads), self.lying.get(heads[0].id, heads[0].opened)) for (cause, group),
                heads in found.items()]

    async def release(self, who: Operator, conversations: Sequence[int]) -> int:
        """Give them on to people; how many there were. Those that lie aside no more are passed over."""
        done = 0
        for live in await self._own(who, conversations):
            if await self._step(who, live, InQueue(self._queue, self._sequencer.now()), "released"):
                self.intake_filter.counts[live.head.address.channel, "released"] += 1
                done += 1
        return done

    async def answer(self, who: Operator, conversations: Sequence[int], text: str) -> int:
        """Say the same to all of them, and close them; how many there were."""
        return sum([await self._step(who, live, Closed(self._sequencer.now(), "", who.login), "answered", text)
                    for live in await self._own(who, conversations)])

    async def dismiss(self, who: Operator, conversations: Sequence[int], why: str) -> int:
        """Close them without an answer, and note why; how many there were. Whoever writes again begins anew."""
        return sum([await self._step(who, live, Closed(self._sequencer.now(), "", who.login), "dismissed", why, internal=True)
                    for live in await self._own(who, conversations)])

    async def affected(self, block: Block, now: datetime) -> HeldCitizens | None:
        """Of somebody's own centre; None for a network: from which one somebody came is kept nowhere."""
        if "/" in block.pattern:
            return None
        senders: set[str] = set()
        traits, centre_of = self.intake_filter.blocks.traits, self._actions.authorization.centre_of
        conversations, before, looked = 0, 0, 0
        while looked < LOOKED_THROUGH and (page := await self._store.recent(before=before, limit=PAGE)):
            for head in page:
                if head.opened < now - LATELY:
                    return HeldCitizens(len(senders), conversations, more=False)
                if fits(block, head.address, traits) and centre_of(head.queue) == block.centre:
                    senders.add(f"{head.address.channel}:{head.address.value}")
                    conversations += 1
            looked, before = looked + len(page), page[-1].id
        return HeldCitizens(len(senders), conversations, more=looked >= LOOKED_THROUGH)

    def own(self, who: Operator, id_: str) -> Block:
        """A block that is his to lift; of another centre's it is not told that it is there. Raises RefusedError."""
        found = self.intake_filter.blocks.find(id_)
        if not self._actions.authorization.keeps(who, found.centre):
            raise RefusedError("no_such_block", "Такой блокировки нет.")
        return found

    async def sender(self, who: Operator, conversation: int) -> Address:
        """Whom a conversation is with, to be blocked; raises RefusedError."""
        live = await self._actions.live(conversation)
        if refusal := self._actions.authorization.why_not(who, Permission.SIFT, live.head):
            raise RefusedError(refusal.code, refusal.text)
        if self.intake_filter.blocks.traits.of(live.head.address).own_key:
            raise RefusedError("bad_pattern", "Адрес чата или формы действует один раз: заблокируйте сеть, из которой пишут.")
        return live.head.address

    async def _own(self, who: Operator, conversations: Sequence[int]) -> list[LiveConversation]:
        """Those that lie aside and are his to look through; raises RefusedError if one is another centre's."""
        found = []
        for number in dict.fromkeys(conversations):
            live = await self._actions.live(number)
            if refusal := self._actions.authorization.why_not(who, Permission.SIFT, live.head):
                raise RefusedError(refusal.code, refusal.text)
            if isinstance(live.head.holder, SetAside):
                found.append(live)
        return found

    async def _step(self, who: Operator, live: LiveConversation, after: InQueue | Closed, why: str, text: str = "", *,
                    internal: bool = False) -> bool:
        now = self._sequencer.now()
        said = (Message(Author.OPERATOR, text, now, by=who.login, name=who.name, internal=internal),) if text else ()
        try:
            await self._sequencer.committed_step(
                live, (*said, HandedOver(now, after, why, who.login)), head=hand_over(live.head, after),
                audit_entries=(self._actions.audit_entry(who, why, live),))
        except ConflictError:
            return False  # somebody was quicker
        return True


def group_of(head: Conversation, aside: SetAside) -> str:
    """What it has in common with others that lie aside."""
    return aside.group if aside.cause in {SetAsideCause.ALIKE, SetAsideCause.BLOCKED} else f"{head.address.channel}:{head.address.value}"
