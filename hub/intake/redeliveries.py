"""Marks work before it begins, so that work which crashed the process twice is not begun a third time (docs/decisions/0096-stalls.md).

Owed reactions are marked only after a stall or a signal has ended a process, or while marks of an earlier one are left
(backlog.py). A channel's message is processed without an await, so a memory cell that outlives the process names it; nothing is
stored for it.
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
"""Lifetime of a mark: a sender who has not redelivered by then does not redeliver."""
SHOWN = timedelta(hours=1)
"""How long a crash, or a message set aside, stays an alarm."""
OWED = "owed/"
"""Key prefix of owed reactions."""
Does = Callable[[bytes], None]
"""Receives what the loop works on, b"" for nothing; the supervisor of the process remembers it."""


def unwatched(_: bytes) -> None:
    """Without a supervisor."""


class Redeliveries:
    """The marks of one hub. hub.conversations.ports.HasHealth: down for an hour after a stall, which raises the floor's alarm."""

    def __init__(self, store: Store, now: Callable[[], datetime], *, crashed: bool = False, did: bytes = b"",
                 does: Does = unwatched) -> None:
        """`crashed`: a stall or a signal ended the last process, which was working on `did`; `does` remembers the same of this process."""
        self._store, self._now, self._did, self._does = store, now, did, does
        self._crashed_at = now() if crashed else None
        self._left: dict[str, Redelivery] = {}
        """Marks of earlier processes."""
        self._open: dict[str, Redelivery] = {}
        self.set_aside = 0
        """Messages set aside since the start."""
        self._set_aside_at: datetime | None = None

    async def start(self) -> None:
        """Read the marks of earlier processes. Raises StoreError."""
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
        """Whether reactions owed at the start are marked before they begin."""
        return self._crashed_at is not None or any(key.startswith(OWED) for key in self._left)

    def poisonous(self, key: str) -> bool:
        """Whether an earlier process began it alone and crashed."""
        return (mark := self._left.get(key)) is not None and mark.alone

    def suspect(self, key: str) -> bool:
        return key in self._left

    async def begin(self, keys: Sequence[str]) -> None:
        """Durably mark work that begins together. Raises StoreError."""
        marks = [Redelivery(key, self._now(), alone=len(keys) == 1) for key in keys]
        await self._store.exchange(marks, [])
        self._open.update((mark.key, mark) for mark in marks)

    async def end(self, keys: Sequence[str]) -> None:
        """The work has ended, or was set aside: remove its marks."""
        marks = [mark for key in keys if (mark := self._open.pop(key, None) or self._left.get(key)) is not None]
        try:
            if marks:
                await self._store.exchange([], marks)
        except StoreError as error:
            log.warning("store unavailable: crash markers of handled messages are deleted later", extra={"why": str(error)})
            self._open.update((mark.key, mark) for mark in marks)
        else:
            for mark in marks:
                self._left.pop(mark.key, None)

    @contextmanager
    def attempt(self, content: bytes) -> Iterator[None]:
        """Process a channel's message, or its key, without an await. Raises PoisonError."""
        if self._left and self.poisonous(key := digest_of(content)):
            self.aside()
            log.critical("poison message: not processed after it stopped the hub twice", extra={"key": key})
            raise PoisonError
        self._does(content)
        try:
            yield
        finally:
            self._does(b"")

    async def close(self) -> None:
        """An orderly stop clears the marks: none of the work under way caused it."""
        await self.end(tuple(self._open))

    def aside(self) -> None:
        """A message was set aside for an operator."""
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
    """A redelivery is recognised by its address and the channel's own key."""
    address = incoming.address
    return f"{address.channel}\0{address.value}\0{address.thread}\0{incoming.key}".encode(errors="surrogatepass")


def digest_of(content: bytes) -> str:
    """Digest of a channel's message, which may contain a number or an address."""
    return f"in/{sha256(content).hexdigest()[:32]}"
