"""Merging of two conversations of one citizen: preview, merge, unmerge (CH-12, CH-16).

Only the heads store it (docs/decisions/0066-merging.md). Both steps are decided without an await in between: the step of the
remaining conversation comes first, so that no debt is lost. Refusals are those of actions/conversation_actions.py and
conversations/merge.py, and: different persons.
"""

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator, Presence
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.citizens.address_linking import FEDERAL, AddressLinking
from hub.conversations.callback_promise import CallbackPromise
from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator, held_by
from hub.conversations.identities import address_of, plain
from hub.conversations.merge import absorb, better, may_merge, merge_into, owed_by_both, taken, unmerge
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError, UnavailableStoreError

MOST = 50
"""Newest conversations of one citizen that are examined as candidates."""


class Preview(Struct, frozen=True):
    """Result of a merge; `promise` is the answer then owed, `swaps` tells whether the other one could be kept instead."""

    kept: Conversation
    other: Conversation
    promise: CallbackPromise | None
    better: Conversation
    swaps: bool


class ConversationMerging:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, linking: AddressLinking,
                 dispatch: Dispatch) -> None:
        self._sequencer, self._store, self._actions = sequencer, store, actions
        self._linking, self._dispatch = linking, dispatch

    async def parts(self, head: Conversation) -> list[LiveConversation]:
        """Conversations merged into one, in order."""
        for each in head.parts:
            await self._sequencer.load(each)
        return self.at_hand(head)

    def at_hand(self, head: Conversation) -> list[LiveConversation]:
        """As `parts`, those in memory."""
        sequencer = [live for each in head.parts if (live := self._sequencer.active(each))]
        return [live for live in sequencer if live.head.merged is not None and live.head.merged.into == head.id
                and live.head.erased is None]

    async def candidates(self, who: Operator, conversation: int) -> list[Conversation]:
        """The citizen's other conversations that could be merged into this one, newest first."""
        kept = (await self._personal(who, conversation, "history")).head
        addresses = [address_of(each) for each in await self._linking.person(kept)]
        found = await self._store.with_addresses(addresses, limit=MOST)
        sequencer = [await self._live(other.id) for other in found]
        return [live.head for live in sequencer if self._refusal(who, kept, live.head) is None]

    async def preview(self, who: Operator, conversation: int, other: int) -> Preview:
        """Preview; raises RefusedError where they cannot be merged. The read of the other one is audited."""
        kept = (await self._personal(who, conversation, "open")).head
        merged = (await self._live(other)).head
        await self._check(who, kept, merged)
        ground = self._actions.ground(who, kept)
        await self._actions.readings.note(who.login, "past", str(other), f"объединение с обращением {kept.number}", ground=ground)
        swaps = self._refusal(who, merged, kept) is None
        return Preview(kept, merged, owed_by_both(kept, merged), better(kept, merged, self._sequencer.traits) if swaps else kept, swaps)

    async def merge(self, who: Operator, conversation: int, other: int) -> None:
        """Merge `other` into `conversation`."""
        async with self._linking.unchanged:
            kept, merged = await self._live(conversation), await self._live(other)
            await self._check(who, kept.head, merged.head)
            kept, merged = await self._live(conversation), await self._live(other)
            # No await from here on: nothing may come between the check and the two steps.
            self._refuse(who, kept, merged)
            now, there, before = self._sequencer.now(), self._as_is(kept.head), merged.head
            entries, head = absorb(there, before, who.login, who.name, now)
            audit_entry = self._actions.audit_entry(who, "merge", kept, f"{before.number} → {there.number}")
            self._sequencer.step(kept, entries, _told, head=head, audit_entries=(audit_entry,))
            if (took := taken(before, who.login, now)) is not None:
                self._sequencer.step(merged, took[0], _told, head=took[1])
            entries, head = merge_into(merged.head, there, before, who.login, who.name, now)
            await self._sequencer.committed_step(merged, entries, head=head)

    async def part(self, who: Operator, conversation: int, other: int) -> None:
        """Restore `other` as it was before the merge."""
        await self._actions.mine(who, conversation)
        kept, merged = await self._live(conversation), await self._live(other)
        self._whole(kept, merged)
        before = merged.head.merged.before if merged.head.merged else None
        there = not isinstance(before, WithOperator) or self._dispatch.presence(before.operator) is not Presence.OFFLINE
        stays, goes = unmerge(self._as_is(kept.head), merged.head, who.login, who.name, self._sequencer.now(), there=there)
        audit_entry = self._actions.audit_entry(who, "part", kept, f"{merged.head.number} ← {kept.head.number}")
        self._sequencer.step(merged, goes[0], _told, head=goes[1])
        await self._sequencer.committed_step(kept, stays[0], head=stays[1], audit_entries=(audit_entry,))

    async def _check(self, who: Operator, kept: Conversation, other: Conversation) -> None:
        """Raises RefusedError."""
        if (refusal := self._refusal(who, kept, other)) is not None:
            raise refusal
        if plain(other.address) not in await self._linking.person(kept):
            raise RefusedError("other_person", "Не подтверждено, что это один заявитель: сначала подтвердите его второй адрес кодом.")

    def _refuse(self, who: Operator, kept: LiveConversation, other: LiveConversation) -> None:
        self._whole(kept, other)
        if (refusal := self._refusal(who, kept.head, other.head)) is not None:
            raise refusal

    def _refusal(self, who: Operator, kept: Conversation, other: Conversation) -> RefusedError | None:
        """Why the operator may not merge the two; None where allowed."""
        try:
            may_merge(kept, self._as_is(other), self._sequencer.now(), self._sequencer.traits)
        except RefusedError as refused:
            return refused
        may = self._actions.authorization.may
        if not all(may(who, Permission.SEE_PERSON, each) for each in (kept, other)):
            return RefusedError("forbidden", "Это разговор другого центра.")
        if not (held_by(kept, who.login) or may(who, Permission.STEER, kept)):
            return RefusedError("not_yours", "Оставить главным можно только разговор, который вы ведёте.")
        match other.holder:
            case WithOperator(operator=operator) if operator != who.login and not may(who, Permission.STEER, other):
                return RefusedError("not_yours", "Его ведёт другой оператор: попросите передать его вам.")
            case InQueue() | Promised() if not self._actions.sees(who, other):
                return RefusedError("forbidden", "Эта очередь вам не назначена.")
            case _:
                return None

    async def _personal(self, who: Operator, conversation: int, what: str) -> LiveConversation:
        if not self._linking.personal((await self._actions.seen(who, conversation)).head):
            raise RefusedError("federal", FEDERAL)
        return await self._actions.read(who, conversation, what)

    async def _live(self, conversation: int) -> LiveConversation:
        """With its merged conversations in memory."""
        live = await self._actions.live(conversation)
        await self.parts(live.head)
        return live

    def _as_is(self, head: Conversation) -> Conversation:
        """Without merged conversations that were reopened."""
        return replace(head, parts=tuple(live.head.id for live in self.at_hand(head)))

    @staticmethod
    def _whole(*sequencer: LiveConversation) -> None:
        """Raises UnavailableStoreError where one of the two steps could not be stored."""
        if any(live.broken for live in sequencer):
            raise UnavailableStoreError("the conversation's last step was not stored")


def _told(*_: object) -> None:
    """Default for `told`: the second step's caller gets both results."""
