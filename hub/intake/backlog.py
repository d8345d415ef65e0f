"""Works off the reactions that were owed when a stall ended the last process: a few conversations at a time, each marked first.

Suspects are tried alone, all others in groups, so that a hub which crashes again knows which conversation caused it.
New reactions of a held conversation queue behind its older ones.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial

from hub.conversations.journal import StoredEvent
from hub.conversations.message import CITIZEN, Message
from hub.conversations.sequencer import ConversationSequencer, LiveConversation, to_be_sent
from hub.intake.redeliveries import OWED, Redeliveries
from hub.kernel.errors import StoreError
from hub.kernel.retry import constant_pauses, retry

log = logging.getLogger(__name__)

GROUPS = 200
"""Upper bound of groups, and so of marks written one after the other, whatever the size of the backlog."""
THINKS_S, CARRIES_S = 30.0, 1.0
"""Seconds that the next group waits for this one: a dialogue may call an action server, a carrier may be down for days."""
AGAIN_S = 5.0


class Backlog:
    def __init__(self, redeliveries: Redeliveries, sequencer: ConversationSequencer, react: Callable[[LiveConversation, StoredEvent], None],
                 set_aside: Callable[[LiveConversation, Sequence[StoredEvent]], Awaitable[None]]) -> None:
        """`set_aside` hands a conversation to an operator and settles its owed reactions; raises StoreError."""
        self._redeliveries, self._sequencer, self._react, self._set_aside = redeliveries, sequencer, react, set_aside
        self._held: dict[int, list[StoredEvent]] = {}
        self._left: dict[int, set[int]] = {}
        """Unfinished record ids of the conversations that were begun."""
        self._ended = asyncio.Event()

    def hold(self, owed: Sequence[StoredEvent]) -> None:
        for record in owed:
            self._held.setdefault(record.conversation, []).append(record)

    def takes(self, record: StoredEvent) -> bool:
        """Whether the reaction to a record has to queue behind others of its conversation; queues it then."""
        if (waiting := self._held.get(record.conversation)) is None:
            return False
        waiting.append(record)
        return True

    def waits_for(self, conversation: int) -> bool:
        """Whether a conversation was begun, so that `settled` must be called for it."""
        return conversation in self._left

    async def work(self) -> None:
        """Runs until the backlog is empty."""
        def failed(error: Exception, _attempt: int) -> None:
            log.warning("store unavailable: pending deliveries and replies are retried", extra={"why": str(error)})

        for group in list(self._groups()):
            await retry(partial(self._try, group), constant_pauses(AGAIN_S), StoreError, failed)

    async def settled(self, conversation: int, records: Sequence[int]) -> None:
        """Called when reactions have ended."""
        if (left := self._left.get(conversation)) is None:
            return
        left.difference_update(records)
        if not left:
            del self._left[conversation]
            await self._redeliveries.end((_key(conversation),))
            self._ended.set()

    def _groups(self) -> Iterator[list[int]]:
        suspects = [each for each in self._held if self._redeliveries.suspect(_key(each))]
        yield from ([each] for each in suspects)
        others = [each for each in self._held if each not in set(suspects)]
        size = -(-len(others) // GROUPS)
        yield from (others[at:at + size] for at in range(0, len(others), size or 1))

    async def _try(self, group: list[int]) -> None:
        keys = [_key(each) for each in group]
        sequencer = [await self._sequencer.load(each) for each in group]
        if self._redeliveries.poisonous(keys[0]):
            await self._part(sequencer[0], group[0])
            await self._redeliveries.end(keys)
            return
        await self._redeliveries.begin(keys)
        carried, patience_s = list[StoredEvent](), CARRIES_S
        for live, conversation in zip(sequencer, group, strict=True):
            records = self._held.pop(conversation)
            self._left[conversation] = {record.id for record in records}
            for record in records:
                if _is_thought_over(record):
                    patience_s = THINKS_S
                else:
                    carried.append(record)
                self._react(live, record)
        await self._await(group, patience_s)
        for record in carried:  # a carrier that is down for days does not make a conversation poisonous
            await self.settled(record.conversation, (record.id,))

    async def _part(self, live: LiveConversation, conversation: int) -> None:
        """Set the poisonous records aside; records that only need a carrier are processed as usual."""
        records = self._held[conversation]
        poison = [record for record in records if _is_thought_over(record)] or list(records)
        await self._set_aside(live, poison)
        for record in self._held.pop(conversation):
            if record not in poison:
                self._react(live, record)

    async def _await(self, group: list[int], patience_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while any(each in self._left for each in group):
                    self._ended.clear()
                    await self._ended.wait()


def _is_thought_over(record: StoredEvent) -> bool:
    """Whether the hub itself reacts; otherwise a carrier or another centre does, in its own time."""
    return isinstance(record.entry, Message) and record.entry.author is CITIZEN and not to_be_sent(record.entry)


def _key(conversation: int) -> str:
    return f"{OWED}{conversation}"
