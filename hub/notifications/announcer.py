"""The auto-informer: keeps announcements in memory and in the store, and selects the current ones (CH-11).

Refusals are those of announcement.py, and: unknown announcement or queue, a newer version exists.
"""

import asyncio
from collections.abc import Callable, Container
from datetime import datetime

from hub.access.operator import Operator
from hub.conversations.message import BOT, Message
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.notifications.announcement import Announcement, Occasion, Wording, approve, heard, withdraw, write

ABOVE = RefusedError("from_above", "Это объявление ведёт другой центр, изменить его можно только там.")


class AnnouncementService:
    """The announcements of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], robot: str, lines: Container[str]) -> None:
        self._store, self._now, self._robot, self._lines = store, now, robot, lines
        self._known: dict[str, Announcement] = {}
        self._changing = asyncio.Lock()
        self.on_change = Signal[[Announcement]]()

    async def start(self) -> None:
        self._known = {each.id: each for each in await self._store.all(Announcement)}

    def all(self) -> list[Announcement]:
        return list(self._known.values())

    def says(self, occasion: Occasion, queue: str, now: datetime) -> tuple[Message, ...]:
        """Texts before or in a line; they never delay the connection to an operator."""
        if not self._known:
            return ()
        return tuple(Message(BOT, f"Объявление. {each.wording.text}", now, name=self._robot)
                     for each in heard(self._known.values(), occasion, queue, now))

    async def write(self, who: Operator, id_: str, version: int, wording: Wording) -> Announcement:
        """A new announcement (`version` 0) or a new version, which ends the approval. Idempotent."""
        if unknown := {each for each in wording.queues if each not in self._lines}:
            raise RefusedError("no_such_queue", f"Нет таких очередей: {', '.join(sorted(unknown))}.")
        async with self._changing:
            before = self._known.get(id_)
            if before and (before.version, before.wording, before.written_by) == (version + 1, wording, who.login):
                return before
            _expect(before, version)
            return await self._put(who.login, "announcement", write(before, id_, wording, who.login, self._now()), _audited(wording))

    async def approve(self, who: Operator, id_: str, version: int) -> Announcement:
        """Approve the version that the approver has read."""
        async with self._changing:
            before = self._find(id_)
            _expect(before, version)
            after = approve(before, who.login, self._now())
            return before if after == before else await self._put(who.login, "announcement_approved", after)

    async def withdraw(self, who: Operator, id_: str) -> Announcement:
        """End it in any version."""
        async with self._changing:
            before = self._find(id_)
            after = withdraw(before, self._now())
            return before if after == before else await self._put(who.login, "announcement_withdrawn", after)

    async def take_in(self, sent: Announcement) -> None:
        """Store one of a superior centre, unless it is older than what is known. Raises StoreError."""
        async with self._changing:
            before = self._known.get(sent.id)
            if before is None or before.changed < sent.changed:
                await self._put("", "announcement_withdrawn" if sent.withdrawn else "announcement_approved", sent, _audited(sent.wording))

    async def _put(self, by: str, what: str, after: Announcement, detail: str = "") -> Announcement:
        audit_entry = AuditEntry(self._now(), by, what, after.id, f"{after.version}. {detail}" if detail else str(after.version))
        await self._store.put(after, audit_entry)
        self._known[after.id] = after
        self.on_change(after)
        return after

    def _find(self, id_: str) -> Announcement:
        if (found := self._known.get(id_)) is None:
            raise RefusedError("no_such_announcement", "Такого объявления нет.")
        if found.centre:
            raise ABOVE
        return found


def _expect(known: Announcement | None, version: int) -> None:
    if version != (known.version if known else 0):
        raise RefusedError("other_version", "Объявление только что изменилось: посмотрите его ещё раз.")


def _audited(wording: Wording) -> str:
    dates = f"{wording.valid_from:%Y-%m-%dT%H:%MZ} – {wording.valid_until:%Y-%m-%dT%H:%MZ}"
    return f"{wording.occasion}; {', '.join(wording.queues) or '*'}; {dates}: {wording.text}"
