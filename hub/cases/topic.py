"""The topic tree in its versions, for closing conversations and classifying cases (RQ-02). Pure.

A version is immutable. The next version names for each topic the topics of the previous one that it replaces, so that cases
classified by an old version can be counted by a new one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from hub.cases.case import Classification
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.organisation.queue import Topic

UNFILED = ""
"""Bucket for cases whose topic has no successor."""


class Tree(Document, frozen=True, tag="topic_tree"):
    """One version. `by` is a login, or "" for the configuration, the source of the first one."""

    version: int
    at: datetime
    by: str
    topics: tuple[Topic, ...]

    def ids(self) -> frozenset[str]:
        return frozenset(topic.id for topic in self.topics)


def check(topics: Sequence[Topic], before: frozenset[str] = frozenset()) -> None:
    """Raises RefusedError("bad_tree") for topics that form no tree, or replace topics that were not there `before`."""
    parents = {topic.id: topic.parent for topic in topics}
    if not topics or len(parents) != len(topics):
        raise RefusedError("bad_tree", "В дереве нужна хотя бы одна тема, и у каждой свой ключ.")
    for topic in topics:
        if topic.parent and topic.parent not in parents:
            raise RefusedError("bad_tree", f"Тема «{topic.id}»: вышестоящей темы «{topic.parent}» нет.")
        if len(list(_up(topic.id, parents))) > len(topics):
            raise RefusedError("bad_tree", f"Тема «{topic.id}» подчинена самой себе.")
        if missing := set(topic.was) - before:
            raise RefusedError("bad_tree", f"Тема «{topic.id}»: в прежней версии нет темы «{min(missing)}».")
    claimed = [old for topic in topics for old in topic.was]
    if len(claimed) != len(set(claimed)):
        raise RefusedError("bad_tree", "Прежнюю тему может заменить только одна новая.")


def _up(topic: str, parents: Mapping[str, str]) -> Iterator[str]:
    """A topic and those above it; a chain longer than the number of topics is a circle."""
    for _ in range(len(parents) + 1):
        yield topic
        topic = parents[topic]
        if not topic:
            return


def counted_as(filings: Sequence[Classification], version: int, trees: Mapping[int, Tree]) -> str:
    """The topic of a version under which a case counts, or UNFILED.

    It is the classification made in the version or earlier, followed through its successors. A case classified later counts by its
    first topic, if that existed already.
    """
    in_time = [each for each in filings if each.version <= version]
    filing = in_time[-1] if in_time else filings[0]
    topic = filing.topic
    for number in range(filing.version + 1, version + 1):
        topic = _successor(topic, trees[number])
    return topic if topic in trees[version].ids() else UNFILED


def _successor(topic: str, tree: Tree) -> str:
    """The successor in the next version: the topic that replaces it, or itself."""
    return next((each.id for each in tree.topics if topic in each.was), topic if topic in tree.ids() else UNFILED)


def newest(trees: Iterable[Tree]) -> Tree | None:
    return max(trees, key=lambda tree: tree.version, default=None)
