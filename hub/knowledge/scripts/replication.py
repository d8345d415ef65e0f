"""Replication of published scripts to subordinate centres, over the link between deployments (KB-09, 0131)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from hub.federation.envelope import Envelope
from hub.federation.ports import Link
from hub.federation.replication import Replication, accepted, centres_below
from hub.kernel.approval import Approval
from hub.knowledge.scripts.library import ScriptLibrary
from hub.knowledge.scripts.script import Script
from hub.knowledge.scripts.versions import ScriptVersion, received_id
from hub.organisation.level import Level

KIND = "knowledge.script"


class SharedScript(Struct, frozen=True, omit_defaults=True):
    """The last published version of a script as it is sent: without names of persons."""

    version: int
    published: datetime
    script: Script
    withdrawn: datetime | None = None


class ScriptReplication:
    """Both ends: sending to subordinate centres, and receiving from superior ones."""

    def __init__(self, library: ScriptLibrary, code: str, link: Link | None, now: Callable[[], datetime], *,
                 over: Callable[[str, str], bool], level: Callable[[str], Level]) -> None:
        """`code` identifies this deployment; `over` tells whether a centre is superior to another."""
        self._library, self._code, self._over, self._level = library, code, over, level
        self._sender = Replication("scripts", code, link, centres_below(code, over), now, self._tell_all)
        self.start, self.close = self._sender.start, self._sender.close
        self.kinds: Mapping[str, Callable[[Envelope], Awaitable[None]]] = {KIND: self._hear}

    def published(self, version: ScriptVersion) -> None:
        """Listener of the library."""
        self._sender.changed(lambda: self._tell((version,)))

    async def _tell_all(self) -> None:
        await self._tell(self._library.last_published())

    async def _tell(self, versions: Sequence[ScriptVersion]) -> None:
        for each in versions:
            if (approval := each.approval) and not each.centre and (approval.by or each.withdrawn):
                told = SharedScript(each.version, approval.at, each.script, each.withdrawn)
                await self._sender.send(KIND, f"script/{each.id}/{approval.at.isoformat()}/{each.withdrawn}", told)

    async def _hear(self, parcel: Envelope) -> None:
        """Store a script of a superior centre. Raises StoreError."""
        if (told := accepted(parcel, SharedScript, lambda _: self._over(parcel.source, self._code))) is not None:
            await self._library.take_in(ScriptVersion(
                received_id(parcel.source, told.script.key, told.version), told.version, told.script, "", told.published,
                Approval("", told.published), told.withdrawn, parcel.source, self._level(parcel.source)))
