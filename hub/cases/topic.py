"""The topic tree in its versions, for closing conversations and classifying cases (RQ-02). Pure.

A version is immutable. The next version names for each topic the topics of the previous one that it replaces, so that cases
classified by an old version can be counted by a new one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.cases.case import Classification
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.knowledge.precedence import height
from hub.organisation.level import Level
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


class SentTopics(Document, frozen=True, tag="sent_topics"):
    """The newest own topics of a superior centre; they are read-only parts of the tree here."""

    centre: str
    version: int
    at: datetime
    level: Level
    topics: tuple[Topic, ...]


def joined(before: Sequence[Topic], sent: Iterable[SentTopics], last: SentTopics) -> tuple[Topic, ...]:
    """The topics of superior centres, the highest first, then the own ones of the version `before`.

    One id is one topic: the highest centre's. A topic keeps its place in the tree as far as that is known; what `last` replaces is
    replaced here, too.
    """
    found: dict[str, Topic] = {}
    for each in sorted(sent, key=lambda one: height(one.level)):
        for topic in each.topics:
            found.setdefault(topic.id, replace(topic, was=topic.was if each is last else (), centre=each.centre))
    for topic in before:
        if not topic.centre:
            found.setdefault(topic.id, replace(topic, was=()))
    there, claimed = {topic.id for topic in before}, set[str]()
    for topic in found.values():
        was = tuple(old for old in topic.was if old in there and old not in claimed)
        claimed.update(was)
        found[topic.id] = replace(topic, was=was)
    heirs = {old: topic.id for topic in found.values() for old in topic.was}
    return tuple(replace(topic, parent=_above(topic, found, heirs)) for topic in found.values())


def given_here(topics: Iterable[Topic], before: Sequence[Topic]) -> tuple[Topic, ...]:
    """What an editor has made of the version `before`. Raises RefusedError where topics of a superior centre are not as they were."""
    above = {each.id: replace(each, was=()) for each in before if each.centre}
    given = tuple(above.get(each.id, replace(each, centre="")) for each in topics)
    same = {each.id for each in topics if each.id in above and replace(each, was=(), centre=above[each.id].centre) == above[each.id]}
    if same != set(above):
        raise RefusedError("from_above", "Тему, которую прислал вышестоящий центр, можно изменить только там.")
    return given


def _above(topic: Topic, found: Mapping[str, Topic], heirs: Mapping[str, str]) -> str:
    """The topic above it, or what has replaced that; "" for neither."""
    parent = topic.parent if topic.parent in found else heirs.get(topic.parent, "")
    return "" if parent == topic.id else parent


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
