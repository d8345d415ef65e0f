"""Replication of announcements for the subordinate centres, over the link between deployments (KB-09, 0131).

What an author has meant for them, and another person has approved, is said there with its edition. A later version is silent there, as
here, until it is approved; a withdrawal goes down, too.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.federation.envelope import Envelope
from hub.federation.ports import Link
from hub.federation.replication import Replication, accepted, centres_below
from hub.kernel.approval import Approval
from hub.notifications.announcement import FROM, Announcement, Wording
from hub.notifications.announcer import AnnouncementService

KIND = "announcement.version"


class SharedAnnouncement(Struct, frozen=True, omit_defaults=True):
    """As it stands at its centre: without names of persons. `silent`: it is withdrawn, or its new version is not approved yet."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")]
    version: int
    changed: datetime
    wording: Wording
    silent: bool = False


class AnnouncementReplication:
    """Both ends: sending to subordinate centres, and receiving from superior ones."""

    def __init__(self, announcements: AnnouncementService, code: str, link: Link | None, now: Callable[[], datetime], *,
                 over: Callable[[str, str], bool]) -> None:
        """`code` identifies this deployment; `over` tells whether a centre is superior to another."""
        self._announcements, self._code, self._now, self._over = announcements, code, now, over
        self._sender = Replication("announcements", code, link, centres_below(code, over), now, self._tell_all)
        self.start, self.close = self._sender.start, self._sender.close
        self.kinds: Mapping[str, Callable[[Envelope], Awaitable[None]]] = {KIND: self._hear}

    def changed(self, announcement: Announcement) -> None:
        """Listener of the announcements."""
        self._sender.changed(lambda: self._tell((announcement,)))

    async def _tell_all(self) -> None:
        await self._tell([each for each in self._announcements.all() if each.wording.valid_until > self._now()])

    async def _tell(self, announcements: Sequence[Announcement]) -> None:
        for each in announcements:
            if each.shared and not each.centre:
                silent = each.approval is None or each.withdrawn is not None or not each.wording.below
                told = SharedAnnouncement(each.id, each.version, each.changed, each.wording, silent)
                await self._sender.send(KIND, f"announcement/{each.id}/{each.changed.isoformat()}", told)

    async def _hear(self, parcel: Envelope) -> None:
        """Store an announcement of a superior centre. Raises StoreError."""
        told = accepted(parcel, SharedAnnouncement, lambda _: self._over(parcel.source, self._code))
        if told is None:
            return
        await self._announcements.take_in(Announcement(
            f"{parcel.source}{FROM}{told.id}", told.version, replace(told.wording, queues=(), below=False), "", told.changed,
            Approval("", told.changed), told.changed if told.silent else None, centre=parcel.source))
