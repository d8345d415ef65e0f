"""Notifies colleagues mentioned in a note: stored with the note, and in their view until it is read.

Only colleagues who may see the conversation can be mentioned. Mentions in conversations that are not visible any more are hidden
while that lasts. Refusals are those of conversation_actions.py, and "cannot_mention".
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from hub.access.operator import Operator, Role
from hub.actions.conversation_actions import Actions
from hub.actions.mention import Mention, mention
from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal


class MentionService:
    """The unread mentions of one hub."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions) -> None:
        self._sequencer, self._store, self._actions = sequencer, store, actions
        self._unread: defaultdict[str, dict[int, Mention]] = defaultdict(dict)
        self._heads: dict[int, Conversation] = {}
        """Heads of conversations with unread mentions: visibility is evaluated for each count."""
        self._changing = asyncio.Lock()
        self.on_mention = Signal[[Mention]]()
        self.on_read = Signal[[int, str]]()

    async def start(self) -> None:
        """Load unread mentions; those of erased conversations are dropped."""
        for each in await self._store.all(Mention):
            head = (await self._sequencer.load(each.conversation)).head
            if head.erased is not None:
                await self._store.drop(Mention, each.key)
                continue
            self._heads[each.conversation] = head
            self._unread[each.login][each.conversation] = each

    def of(self, who: Operator) -> list[tuple[Mention, Conversation]]:
        """The operator's unread and visible mentions, newest first."""
        found = [(each, self._heads[each.conversation]) for each in self._unread.get(who.login, {}).values()]
        seen = [(each, head) for each, head in found if head.erased is None and self._actions.sees(who, head)]
        return sorted(seen, key=lambda each: each[0].at, reverse=True)

    def waits(self, login: str, conversation: int) -> bool:
        """Whether the operator has an unread mention there."""
        return conversation in self._unread.get(login, {})

    async def colleagues(self, who: Operator, conversation: int) -> list[Operator]:
        """Colleagues whom the operator may mention there, by name."""
        head = (await self._actions.seen(who, conversation)).head
        everybody = await self._store.all(Operator)
        return sorted((each for each in everybody if self._mentionable(who, each, head)), key=lambda each: (each.name, each.login))

    async def note(self, who: Operator, conversation: int, key: str, text: str, logins: Sequence[str],
                   files: tuple[Attachment, ...] = ()) -> StoredEvent:
        """A note with mentions. Idempotent: a mention that was read is not created again."""
        live = await self._actions.live(conversation)
        if not logins or (who.login, key) in live.keys:
            return await self._actions.say(who, conversation, key, text, internal=True, files=files)
        named = tuple(dict.fromkeys(logins))
        people = [(login, await self._store.get(Operator, login)) for login in named]
        for login, colleague in people:
            if colleague is None or not self._mentionable(who, colleague, live.head):
                name = colleague.name if colleague else login
                raise RefusedError("cannot_mention", f"«{name}» не видит этот разговор: упомянуть в нём нельзя.")
        made = [mention(conversation, login, who.login, self._sequencer.now()) for login in named]
        async with self._changing:
            # Stored before the note: a crash in between shows one mention too many rather than losing one.
            await self._store.exchange(made, ())
            try:
                record = await self._actions.say(who, conversation, key, text, internal=True, mentions=named, files=files)
            except BaseException:
                await self._store.exchange((), [each for each in made if not self.waits(each.login, conversation)])
                raise
            for each in made:
                self._heads[conversation] = live.head
                self._unread[each.login][conversation] = each
        for each in made:
            self.on_mention(each)
        return record

    async def alert(self, conversation: int, logins: Sequence[str], seniors: frozenset[Role] = frozenset()) -> list[Operator]:
        """Mentions by the hub of those who may see the conversation: by login, and all with one of these roles. Returns them."""
        head = (await self._actions.live(conversation)).head
        told = [each for each in await self._store.all(Operator) if each.active and (each.login in logins or each.role in seniors)
                and self._actions.sees(each, head)]
        made = [mention(conversation, each.login, "", self._sequencer.now()) for each in told]
        async with self._changing:
            await self._store.exchange(made, ())
            for each in made:
                self._heads[conversation] = head
                self._unread[each.login][conversation] = each
        for each in made:
            self.on_mention(each)
        return told

    async def read(self, who: Operator, conversation: int) -> None:
        """Mark the operator's mention there as read. Idempotent."""
        async with self._changing:
            if (known := self._unread.get(who.login, {}).get(conversation)) is None:
                return
            await self._store.drop(Mention, known.key)
            self._forget(known)
        self.on_read(conversation, who.login)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: visibility depends on the holder."""
        del live
        if change.head is not None and change.conversation in self._heads:
            self._heads[change.conversation] = change.head

    def _forget(self, known: Mention) -> None:
        of = self._unread[known.login]
        del of[known.conversation]
        if not of:
            del self._unread[known.login]
        if not any(known.conversation in others for others in self._unread.values()):
            del self._heads[known.conversation]

    def _mentionable(self, who: Operator, colleague: Operator, head: Conversation) -> bool:
        return colleague.active and colleague.login != who.login and self._actions.sees(colleague, head)
