"""Chats that an operator accepted and has not answered: acceptance is no reply (SL-09).

A listener of the sequencer. Calls are answered by voice, and letters have their term.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from hub.conversations.conversation import Conversation, WithOperator, connected
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation

RECORDS = 50
"""Of a conversation that was held before the start: a reply is among its last records, or there is none."""


class FirstReplies:
    def __init__(self, sequencer: ConversationSequencer, store: Store) -> None:
        self._sequencer, self._store = sequencer, store
        self._lines: defaultdict[str, dict[int, datetime]] = defaultdict(dict)
        """By line: conversations without a reply, and when they were accepted."""
        self._where: dict[int, str] = {}

    async def start(self, held: Iterable[Conversation]) -> None:
        """Load accepted conversations. Raises StoreError."""
        for head in held:
            if isinstance(head.holder, WithOperator) and self._is_watched(head):
                begun = connected(head.holder)
                records = await self._store.records(head.id, limit=RECORDS)
                if not any(_is_reply(record) and record.entry.at >= begun for record in records):
                    self._put(head, head.holder)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer."""
        del live  # it may be ahead of what is committed
        if (head := change.head) is not None:
            if isinstance(head.holder, WithOperator):
                if head.id in self._where or (head.holder.talked_since is None and self._is_watched(head)):
                    self._put(head, head.holder)
            elif head.id in self._where:
                self._drop(head.id)
        if change.conversation in self._where and any(map(_is_reply, change.records)):
            self._drop(change.conversation)

    def oldest(self, line: str) -> datetime | None:
        """When the longest of the line's unanswered ones was accepted."""
        return min(self._lines[line].values(), default=None)

    def _is_watched(self, head: Conversation) -> bool:
        traits = self._sequencer.traits.of(head.address)
        return not traits.spoken and not traits.letters

    def _put(self, head: Conversation, holder: WithOperator) -> None:
        since = self._lines[self._where.get(head.id, "")].get(head.id, holder.since)
        self._drop(head.id)
        self._where[head.id] = holder.queue
        self._lines[holder.queue][head.id] = since

    def _drop(self, conversation: int) -> None:
        if (line := self._where.pop(conversation, None)) is not None:
            del self._lines[line][conversation]


def _is_reply(record: StoredEvent) -> bool:
    entry = record.entry
    return isinstance(entry, Message) and entry.author is Author.OPERATOR and not entry.internal
