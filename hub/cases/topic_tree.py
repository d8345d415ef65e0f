"""The current topic tree: filled from the configuration once, then edited at the desk (RQ-02)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from hub.access.operator import Operator
from hub.cases.topic import Tree, check, newest
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.organisation.queue import Topic


class TopicTree(Mapping[str, Topic]):
    """Topics of the newest version by key."""

    def __init__(self, store: Store, now: Callable[[], datetime], first: Sequence[Topic]) -> None:
        """`first` are the initial topics."""
        self._store, self._now = store, now
        self._first = Tree(1, now(), "", tuple(first))
        self.trees: dict[int, Tree] = {}
        """All versions."""
        self._show(self._first)

    async def start(self) -> None:
        trees = await self._store.all(Tree)
        if not trees:
            await self._store.put(self._first)
        self.trees = {tree.version: tree for tree in trees or [self._first]}
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
        """The next version. Raises RefusedError where `version` is not the newest, or the topics form no tree."""
        if version != self._current.version:
            raise RefusedError("outdated", "Дерево тем уже изменили: посмотрите новую версию.")
        check(topics, self._current.ids())
        tree = Tree(version + 1, self._now(), who.login, tuple(topics))
        try:
            await self._store.exchange((), (), AuditEntry(tree.at, who.login, "topics", str(tree.version)), new=(tree,))
        except ConflictError:
            raise RefusedError("outdated", "Дерево тем уже изменили: посмотрите новую версию.") from None
        self._show(tree)
        return tree

    def _show(self, tree: Tree) -> None:
        self._current = tree
        self.trees[tree.version] = tree
        self._known = {topic.id: topic for topic in tree.topics}
