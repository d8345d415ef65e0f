"""Conversations with their entries, in the part visible to an operator."""

from collections.abc import Sequence

from hub.actions.conversation_actions import Actions
from hub.citizens.conversation_merging import ConversationMerging
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.conversations.forms import (
    EntryOut,
    TimelineOut,
)
from hub.desk.conversations.redaction import Veil
from hub.desk.http.endpoint import Call
from hub.desk.http.pagination import PAGE


class Timelines:
    def __init__(self, veil: Veil, actions: Actions, sequencer: ConversationSequencer, merging: ConversationMerging,
                 store: Store) -> None:
        self._veil, self._actions, self._sequencer, self._merging, self._store = veil, actions, sequencer, merging, store

    async def own_words(self, call: Call, conversation: int, record: StoredEvent) -> EntryOut:
        """The author's own new message, as they see it."""
        return self._veil.entry(call.who, (await self._actions.live(conversation)).head, record)

    async def out(self, call: Call, conversation: int, before: int = 0) -> TimelineOut:
        head = await self._actions.open(call.who, conversation)
        parts = [live.head for live in await self._merging.parts(head)]
        for part in parts:
            await self._actions.read(call.who, part.id, "open", f"в обращении {head.number}")
        records = await self.together((head, *parts), before, PAGE + 1)
        more = len(records) > PAGE
        row = (await self._veil.rows(call.who, [head]))[0]
        live = self._sequencer.active(conversation)
        entries = [self._veil.entry(call.who, whose, record) for whose, record in records[-PAGE:]]
        return TimelineOut(row, entries, more, str(live.seen_by_citizen if live else 0))

    async def together(self, heads: Sequence[Conversation], before: int, limit: int) -> list[tuple[Conversation, StoredEvent]]:
        """The last records of several merged conversations: ids grow with time."""
        records = [(head, record) for head in heads for record in await self._store.records(head.id, before=before, limit=limit)]
        return sorted(records, key=lambda each: each[1].id)[-limit:]
