"""The topic tree in its versions: reading and editing (RQ-02)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.cases.topic import Tree
from hub.desk.cases.parts import Cases
from hub.desk.http.endpoint import Call, endpoint
from hub.federation.handover_sender import HandoverSender
from hub.kernel.errors import RefusedError
from hub.organisation.level import TopicClass
from hub.organisation.queue import Topic


class TopicNodeOut(Struct, frozen=True):
    id: str
    title: str
    title_en: str
    parent: str
    kind: TopicClass
    was: list[str]
    centre: str = ""
    """Name of the superior centre that sent it, "" for own topics."""


class TopicsOut(Struct, frozen=True):
    version: int
    at: datetime
    by: str
    topics: list[TopicNodeOut]


class TopicNodeIn(Struct, frozen=True):
    """`was`: topics of the previous version that it replaces."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    title_en: Annotated[str, Meta(max_length=200)] = ""
    parent: Annotated[str, Meta(max_length=100)] = ""
    kind: TopicClass = TopicClass.UNKNOWN
    was: Annotated[tuple[str, ...], Meta(max_length=1000)] = ()


class TopicsIn(Struct, frozen=True):
    """`version` is the one that was changed."""

    version: int
    topics: Annotated[list[TopicNodeIn], Meta(min_length=1, max_length=5000)]


class VersionQuery(Struct, frozen=True):
    version: Annotated[int, Meta(ge=0)] = 0


@endpoint("GET", "/api/topics", Permission.READ_KNOWLEDGE)
async def topics(cases: Cases, handover_sender: HandoverSender, call: Call, query: VersionQuery) -> TopicsOut:
    """The topic tree, the newest version or a given one."""
    del call
    topic_tree = cases.topic_tree
    tree = topic_tree.trees.get(query.version) if query.version else topic_tree.current
    if tree is None:
        raise RefusedError("bad_tree", "Такой версии дерева тем нет.")
    return _topics_out(handover_sender, tree)


def _topics_out(handover_sender: HandoverSender, tree: Tree) -> TopicsOut:
    return TopicsOut(tree.version, tree.at, tree.by,
                     [TopicNodeOut(each.id, each.title, each.title_en, each.parent, each.kind, list(each.was),
                                   handover_sender.remote.title(each.centre) if each.centre else "") for each in tree.topics])


@endpoint("PUT", "/api/topics", Permission.EDIT_KNOWLEDGE)
async def put_topics(cases: Cases, handover_sender: HandoverSender, call: Call, body: TopicsIn) -> TopicsOut:
    """Create the next version of the tree; classified cases stay, and can be counted by either version."""
    given = [Topic(each.id, each.title, each.kind, each.title_en, each.parent, each.was) for each in body.topics]
    return _topics_out(handover_sender, await cases.topic_tree.edit(call.who, body.version, given))


ENDPOINTS = (topics, put_topics)
