"""Replication of the own topics of a centre to its subordinate centres, over the link between deployments (KB-09, 0131).

All versions go, the oldest first: each names what it replaces of the one before.
"""

import logging
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from hub.cases.topic import SentTopics, Tree
from hub.cases.topic_tree import TopicTree
from hub.federation.envelope import Envelope
from hub.federation.ports import Link
from hub.federation.replication import Replication, accepted, centres_below
from hub.organisation.level import Level
from hub.organisation.queue import Topic

log = logging.getLogger(__name__)

KIND = "topics.version"
LARGEST = 8 << 20
"""Bytes of unpacked topics: 5000 with long titles."""


class SharedTopics(Struct, frozen=True):
    """The own topics of one version; JSON by zlib (RFC 1950), so that the largest tree fits an envelope."""

    version: int
    at: datetime
    packed: bytes


class TopicReplication:
    """Both ends: sending to subordinate centres, and receiving from superior ones."""

    def __init__(self, tree: TopicTree, code: str, link: Link | None, now: Callable[[], datetime], *,
                 over: Callable[[str, str], bool], level: Callable[[str], Level]) -> None:
        """`code` identifies this deployment; `over` tells whether a centre is superior to another."""
        self._tree, self._code, self._over, self._level = tree, code, over, level
        self._sender = Replication("topics", code, link, centres_below(code, over), now, self._tell_all)
        self.start, self.close = self._sender.start, self._sender.close
        self.kinds: Mapping[str, Callable[[Envelope], Awaitable[None]]] = {KIND: self._hear}

    def edited(self, tree: Tree) -> None:
        """Listener of the tree."""
        self._sender.changed(lambda: self._tell((tree,)))

    async def _tell_all(self) -> None:
        await self._tell([tree for _, tree in sorted(self._tree.trees.items())])

    async def _tell(self, trees: Sequence[Tree]) -> None:
        for tree in trees:
            if tree.by:  # what the configuration says, or a centre above has sent, is not this centre's word
                own = [topic for topic in tree.topics if not topic.centre]
                told = SharedTopics(tree.version, tree.at, zlib.compress(msgspec.json.encode(own), 9))
                await self._sender.send(KIND, f"topics/{tree.version}/{tree.at.isoformat()}", told)

    async def _hear(self, parcel: Envelope) -> None:
        """Store the topics of a superior centre. Raises StoreError."""
        if (told := accepted(parcel, SharedTopics, lambda _: self._over(parcel.source, self._code))) is None:
            return
        try:
            topics = msgspec.json.decode(zlib.decompressobj().decompress(told.packed, LARGEST), type=tuple[Topic, ...])
        except (zlib.error, msgspec.DecodeError, msgspec.ValidationError) as error:
            log.warning("unreadable topics of a superior centre: ignored", extra={"parcel": parcel.id, "why": str(error)})
            return
        await self._tree.take_in(SentTopics(parcel.source, told.version, told.at, self._level(parcel.source), topics))
