"""The tree of topics in its versions: what conversations are closed under, and cases filed and counted by (RQ-02). Pure.

A version is never changed. The next one says of each topic which topics of the one before it stands for, so that what was filed
under an old version is counted by a new one as well.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from hub.cases.case import Classification
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.organisation.queue import Topic

UNFILED = ""
"""Where a version counts what none of its topics stands for."""


class Tree(Document, frozen=True, tag="topic_tree"):
    """One version. `by` is a login, or "" for the configuration, which the first one comes from."""

    version: int
    at: datetime
    by: str
    topics: tuple[Topic, ...]

    def ids(self) -> frozenset[str]:
        return frozenset(topic.id for topic in self.topics)


def check(topics: Sequence[Topic], before: frozenset[str] = frozenset()) -> None:
    """Raises RefusedError("bad_tree") for topics that make no tree, or stand for what was not there `before`."""
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
    """A topic and those above it; one more than there are tells of a circle."""
    for _ in range(len(parents) + 1):
        yield topic
        topic = parents[topic]
        if not topic:
            return


def counted_as(filings: Sequence[Classification], version: int, trees: Mapping[int, Tree]) -> str:
    """The topic of a version that a case counts under, or UNFILED.

    That is what it was filed under while the version held, or before it, and what stands for that since. What was filed later only
    counts by where it was filed first, if that topic was there already.
    """
    in_time = [each for each in filings if each.version <= version]
    filing = in_time[-1] if in_time else filings[0]
    topic = filing.topic
    for number in range(filing.version + 1, version + 1):
        topic = _successor(topic, trees[number])
    return topic if topic in trees[version].ids() else UNFILED


def _successor(topic: str, tree: Tree) -> str:
    """What stands in a version for a topic of the one before: whoever claims it, or itself."""
    return next((each.id for each in tree.topics if topic in each.was), topic if topic in tree.ids() else UNFILED)


def newest(trees: Iterable[Tree]) -> Tree | None:
    return max(trees, key=lambda tree: tree.version, default=None)
