"""Review of conversations set aside, by supervisors: release to a line, answer all at once, or close; each is audited (SE-02)."""

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
"""Conversations per review; there may be more."""
PAGE, LOOKED_THROUGH = 500, 20_000
LATELY = timedelta(days=30)


class HeldGroup(Struct, frozen=True):
    """Conversations set aside for the same reason: one sender, one block, or one text; the oldest first."""

    cause: SetAsideCause
    group: str
    heads: tuple[Conversation, ...]
    since: datetime


class HeldCitizens(Struct, frozen=True):
    """Citizens whom a block would have matched in the last 30 days; `more` where there were too many conversations to search."""

    senders: int
    conversations: int
    more: bool


class HeldReview:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, intake_filter: IntakeFilter, queue: str) -> None:
        """`queue` is the line for released conversations."""
        self._sequencer, self._store, self._actions, self.intake_filter, self._queue = sequencer, store, actions, intake_filter, queue
        self.lying: dict[int, datetime] = {}
        """Conversations set aside, and since when."""
        self.on_change = Signal[[]]()
        """The set of conversations set aside has changed."""

    async def start(self) -> None:
        self.lying = {head.id: head.holder.since for head in await self._store.aside(1_000_000) if isinstance(head.holder, SetAside)}

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """A commit listener."""
        if change.head is None:
            return
        if isinstance(change.head.holder, SetAside):
            self.lying[live.head.id] = change.head.holder.since
        elif self.lying.pop(live.head.id, None) is None:
            return
        self.on_change()

    async def piles(self, who: Operator) -> list[HeldGroup]:
        """Groups set aside at the operator's own centre, the oldest first."""
        found: dict[tuple[SetAsideCause, str], list[Conversation]] = {}
        for head in await self._store.aside(MOST):
            if isinstance(head.holder, SetAside) and self._actions.authorization.may(who, Permission.SIFT, head):
                found.setdefault((head.holder.cause, group_of(head, head.holder)), []).append(head)
        return [HeldGroup(cause, group, tuple(heads), self.lying.get(heads[0].id, heads[0].opened)) for (cause, group),
                heads in found.items()]

    async def release(self, who: Operator, conversations: Sequence[int]) -> int:
        """Release them to the line; returns how many. Conversations no longer set aside are skipped."""
        done = 0
        for live in await self._own(who, conversations):
            if await self._step(who, live, InQueue(self._queue, self._sequencer.now()), "released"):
                self.intake_filter.counts[live.head.address.channel, "released"] += 1
                done += 1
        return done

    async def answer(self, who: Operator, conversations: Sequence[int], text: str) -> int:
        """Send the same answer to all of them, and close them; returns how many."""
        return sum([await self._step(who, live, Closed(self._sequencer.now(), "", who.login), "answered", text)
                    for live in await self._own(who, conversations)])

    async def dismiss(self, who: Operator, conversations: Sequence[int], why: str) -> int:
        """Close them without an answer, and note why; returns how many. A new message of the sender opens a conversation again."""
        return sum([await self._step(who, live, Closed(self._sequencer.now(), "", who.login), "dismissed", why, internal=True)
                    for live in await self._own(who, conversations)])

    async def affected(self, block: Block, now: datetime) -> HeldCitizens | None:
        """Citizens of the operator's own centre; None for a network: network addresses of citizens are not stored."""
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
        """A block that the operator may lift; a block of another centre is reported as unknown. Raises RefusedError."""
        found = self.intake_filter.blocks.find(id_)
        if not self._actions.authorization.keeps(who, found.centre):
            raise RefusedError("no_such_block", "Такой блокировки нет.")
        return found

    async def sender(self, who: Operator, conversation: int) -> Address:
        """The sender of a conversation, to be blocked; raises RefusedError."""
        live = await self._actions.live(conversation)
        if refusal := self._actions.authorization.why_not(who, Permission.SIFT, live.head):
            raise RefusedError(refusal.code, refusal.text)
        if self.intake_filter.blocks.traits.of(live.head.address).own_key:
            raise RefusedError("bad_pattern", "Адрес чата или формы действует один раз: заблокируйте сеть, из которой пишут.")
        return live.head.address

    async def _own(self, who: Operator, conversations: Sequence[int]) -> list[LiveConversation]:
        """Conversations set aside that the operator may review; raises RefusedError if one belongs to another centre."""
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
            return False  # another operator was faster
        return True


def group_of(head: Conversation, aside: SetAside) -> str:
    """The key of its group."""
    return aside.group if aside.cause in {SetAsideCause.ALIKE, SetAsideCause.BLOCKED} else f"{head.address.channel}:{head.address.value}"
