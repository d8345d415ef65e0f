"""Marks what is begun, so that what has ended a process twice is not begun a third time (docs/decisions/0096-stalls.md).

What is owed is marked only after a stall, or a signal, has ended a process, or while marks of another are left (backlog.py). What a
channel brings is taken in without a pause, so a cell of memory that outlives the process tells what it was at; nothing is stored for it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256

from hub.conversations.ports import Incoming, Store
from hub.conversations.redelivery import Redelivery
from hub.kernel.errors import PoisonError, StoreError
from hub.kernel.health import Health

log = logging.getLogger(__name__)

KEPT = timedelta(days=3)
"""So long a mark is believed: a sender that has not come again by then does not."""
SHOWN = timedelta(hours=1)
"""So long it is an alarm that a process was ended, or that something was set aside."""
OWED = "owed/"
"""How the keys of what is owed begin."""
Does = Callable[[bytes], None]
"""Is told what the loop is at, b"" for nothing: whoever watches over the process remembers it."""


def unwatched(_: bytes) -> None:
    """Where nobody watches over the process."""


class Redeliveries:
    """Those of one hub. hub.conversations.ports.HasHealth: down for an hour after a stall, so that the floor has its alarm."""

    def __init__(self, store: Store, now: Callable[[], datetime], *, crashed: bool = False, did: bytes = b"",
                 does: Does = unwatched) -> None:
        """`crashed` tells that a stall or a signal has ended the process before, and `did` what it was at; `does` remembers that of us."""
        self._store, self._now, self._did, self._does = store, now, did, does
        self._crashed_at = now() if crashed else None
        self._left: dict[str, Redelivery] = {}
        """Marks of processes before this one."""
        self._open: dict[str, Redelivery] = {}
        self.set_aside = 0
        """How much was set aside since the start."""
        self._set_aside_at: datetime | None = None

    async def start(self) -> None:
        """Read what was left. Raises StoreError."""
        now, marks = self._now(), await self._store.all(Redelivery)
        if old := [mark for mark in marks if now - mark.at >= KEPT]:
            await self._store.exchange([], old)
        self._left = {mark.key: mark for mark in marks if mark not in old}
        if self._did:
            mark = Redelivery(key := digest_of(self._did), now, alone=key in self._left)
            await self._store.exchange([mark], [])
            self._left[key] = mark

    @property
    def wary(self) -> bool:
        """Whether what is owed at the start is marked before it is begun."""
        return self._crashed_at is not None or any(key.startswith(OWED) for key in self._left)

    def poisonous(self, key: str) -> bool:
        """Whether it was begun alone by a process that did not survive it."""
        return (mark := self._left.get(key)) is not None and mark.alone

    def suspect(self, key: str) -> bool:
        return key in self._left

    async def begin(self, keys: Sequence[str]) -> None:
        """Mark what is begun together, durably. Raises StoreError."""
        marks = [Redelivery(key, self._now(), alone=len(keys) == 1) for key in keys]
        await self._store.exchange(marks, [])
        self._open.update((mark.key, mark) for mark in marks)

    async def end(self, keys: Sequence[str]) -> None:
        """It has ended, or was set aside: it is no suspect any more."""
        marks = [mark for key in keys if (mark := self._open.pop(key, None) or self._left.get(key)) is not None]
        try:
            if marks:
                await self._store.exchange([], marks)
        except StoreError as error:
            log.warning("a mark of what was begun stays", extra={"why": str(error)})
            self._open.update((mark.key, mark) for mark in marks)
        else:
            for mark in marks:
                self._left.pop(mark.key, None)

    @contextmanager
    def attempt(self, content: bytes) -> Iterator[None]:
        """Something that a channel has brought, or its key, is looked at without a pause. Raises PoisonError."""
        if self._left and self.poisonous(key := digest_of(content)):
            self.aside()
            log.critical("what has ended the hub twice is not looked into", extra={"key": key})
            raise PoisonError
        self._does(content)
        try:
            yield
        finally:
            self._does(b"")

    async def close(self) -> None:
        """Whoever stops in order has been ended by nothing of what is under way."""
        await self.end(tuple(self._open))

    def aside(self) -> None:
        """Something was set aside to a person."""
        self.set_aside += 1
        self._set_aside_at = self._now()

    def health(self) -> Health:
        now, why = self._now(), []
        if self._crashed_at is not None and now - self._crashed_at < SHOWN:
            why.append(f"узел стоял и перезапущен в {self._crashed_at.astimezone():%H:%M}, стек в журнале")
        if self._set_aside_at is not None and now - self._set_aside_at < SHOWN:
            why.append(f"сообщений, на которых узел останавливался, передано сотрудникам: {self.set_aside}")
        return Health(not why, "; ".join(why) or "узел не останавливался")


def key_of(incoming: Incoming) -> bytes:
    """What a channel brings again is known by its address and its own key."""
    address = incoming.address
    return f"{address.channel}\0{address.value}\0{address.thread}\0{incoming.key}".encode(errors="surrogatepass")


def digest_of(content: bytes) -> str:
    """The key of what a channel has brought, which may hold a number or an address."""
    return f"in/{sha256(content).hexdigest()[:32]}"
