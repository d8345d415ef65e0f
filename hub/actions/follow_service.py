"""Tells operators of the conversations that they follow: of new words and of the end, until they have looked.

Who may not see a conversation cannot follow it, and hears nothing of it while that lasts. What is new follows from the journal:
nothing is written for a message.
"""

import asyncio
from collections import defaultdict

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.actions.follow import MOST, Follow, News, follow, news_in
from hub.conversations.conversation import Conversation
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal

PAGE = 50


class FollowService:
    """What is followed at one hub."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions) -> None:
        self._sequencer, self._store, self._actions = sequencer, store, actions
        self._news: defaultdict[int, dict[str, News]] = defaultdict(dict)
        """What is new to each follower, by conversation and login."""
        self._of: defaultdict[str, set[int]] = defaultdict(set)
        self._heads: dict[int, Conversation] = {}
        self._changing = asyncio.Lock()
        self.on_news = Signal[[Follow, News]]()
        """Something is new to who has seen all before, or it has ended."""
        self.on_change = Signal[[int, str]]()
        """An operator follows it now, no longer, or has seen the news."""

    async def start(self) -> None:
        """Load what is followed, with the news of the time while the hub was down; erased conversations are dropped."""
        for each in await self._store.all(Follow):
            head = (await self._sequencer.load(each.conversation)).head
            if head.erased is not None:
                await self._store.drop(Follow, each.key)
                continue
            since = [record for record in await self._store.records(each.conversation, limit=PAGE) if record.id > each.seen]
            self._keep(each.login, head, news_in(since, each.login))

    def of(self, who: Operator) -> list[tuple[Conversation, News]]:
        """What the operator follows and may see, the news first, then the newest."""
        found = [(self._heads[number], self._news[number][who.login]) for number in self._of.get(who.login, ())]
        seen = [(head, news) for head, news in found if head.erased is None and self._actions.sees(who, head)]
        return sorted(seen, key=lambda each: (each[1] is News.NONE, -each[0].id))

    def news(self, login: str, conversation: int) -> News | None:
        """What is new to the operator there; None where they do not follow it."""
        return self._news[conversation].get(login) if conversation in self._news else None

    async def follow(self, who: Operator, conversation: int) -> None:
        """Follow a visible conversation; who follows it already has seen its news. Raises RefusedError."""
        async with self._changing:
            live = await self._actions.seen(who, conversation)
            if self.news(who.login, conversation) is None and len(self._of.get(who.login, ())) >= MOST:
                raise RefusedError("too_many", f"Следить можно не больше чем за {MOST} разговорами: снимите лишние.")
            await self._store.put(follow(conversation, who.login, live.head.last))
            self._keep(who.login, live.head, News.NONE)
        self.on_change(conversation, who.login)

    async def unfollow(self, who: Operator, conversation: int) -> None:
        """Idempotent."""
        async with self._changing:
            if self.news(who.login, conversation) is None:
                return
            await self._store.drop(Follow, follow(conversation, who.login, 0).key)
            del self._news[conversation][who.login]
            self._of[who.login].discard(conversation)
            if not self._news[conversation]:
                del self._news[conversation], self._heads[conversation]
        self.on_change(conversation, who.login)

    def _keep(self, login: str, head: Conversation, news: News) -> None:
        self._heads[head.id] = head
        self._of[login].add(head.id)
        self._news[head.id][login] = news

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer."""
        number = change.conversation
        if live.head.merged is not None and live.head.merged.into in self._news:  # the citizen goes on there
            number = live.head.merged.into
        if number not in self._news:
            return
        if change.head is not None and number == change.conversation:
            self._heads[number] = change.head
        for login, before in self._news[number].items():
            after = news_in(change.records, login)
            if after is News.NONE or after is before:
                continue
            self._news[number][login] = after
            if before is News.NONE or after is News.ENDED:
                self.on_news(follow(number, login, 0), after)
