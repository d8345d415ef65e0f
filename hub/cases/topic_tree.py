"""The current topic tree: filled from the configuration once, then edited at the desk (RQ-02)."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from hub.access.operator import Operator
from hub.cases.topic import SentTopics, Tree, check, given_here, joined, newest
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.signal import Signal
from hub.organisation.queue import Topic

log = logging.getLogger(__name__)


class TopicTree(Mapping[str, Topic]):
    """Topics of the newest version by key."""

    def __init__(self, store: Store, now: Callable[[], datetime], first: Sequence[Topic]) -> None:
        """`first` are the initial topics."""
        self._store, self._now = store, now
        self._first = Tree(1, now(), "", tuple(first))
        self.trees: dict[int, Tree] = {}
        """All versions."""
        self._sent: dict[str, SentTopics] = {}
        self._changing = asyncio.Lock()
        self.on_edit = Signal[[Tree]]()
        """A version that was written here."""
        self._show(self._first)

    async def start(self) -> None:
        trees = await self._store.all(Tree)
        if not trees:
            await self._store.put(self._first)
        self.trees = {tree.version: tree for tree in trees or [self._first]}
        self._sent = {each.centre: each for each in await self._store.all(SentTopics)}
        self._show(newest(self.trees.values()) or self._first)

    def __getitem__(self, topic: str) -> Topic:
        return self._known[topic]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    @property
    def current(self) -> Tree:
        return self._current

    async def edit(self, who: Operator, version: int, topics: Sequence[Topic]) -> Tree:
        """The next version. Raises RefusedError where `version` is not the newest, or the topics form no tree.

        Topics of superior centres are as they are.
        """
        async with self._changing:
            tree = await self._edited(who, version, topics)
        self.on_edit(tree)
        return tree

    async def _edited(self, who: Operator, version: int, topics: Sequence[Topic]) -> Tree:
        if version != self._current.version:
            raise RefusedError("outdated", "Дерево тем уже изменили: посмотрите новую версию.")
        given = given_here(topics, self._current.topics)
        check(given, self._current.ids())
        tree = Tree(version + 1, self._now(), who.login, given)
        try:
            await self._store.exchange((), (), AuditEntry(tree.at, who.login, "topics", str(tree.version)), new=(tree,))
        except ConflictError:
            raise RefusedError("outdated", "Дерево тем уже изменили: посмотрите новую версию.") from None
        self._show(tree)
        return tree

    async def take_in(self, sent: SentTopics) -> None:
        """The next version, with the newest topics of a superior centre; none where these or newer ones are known."""
        async with self._changing:
            known = self._sent.get(sent.centre)
            if known is not None and known.at >= sent.at:
                return
            after = {**self._sent, sent.centre: sent}
            topics = joined(self._current.topics, after.values(), sent)
            try:
                check(topics, self._current.ids())
            except RefusedError as error:
                log.warning("topics of a superior centre form no tree here: ignored", extra={"centre": sent.centre, "why": error.text})
                return
            tree = Tree(self._current.version + 1, self._now(), "", topics)
            await self._store.exchange((sent,), (), AuditEntry(tree.at, "", "topics_received", sent.centre, str(sent.version)), new=(tree,))
            self._sent = after
            self._show(tree)

    def _show(self, tree: Tree) -> None:
        self._current = tree
        self.trees[tree.version] = tree
        self._known = {topic.id: topic for topic in tree.topics}
