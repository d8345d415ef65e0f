"""Opens the break-glass envelope: once, before its expiry, with an alert (SE-01)."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from hmac import compare_digest

from msgspec.structs import replace

from hub.access.break_glass import LOGIN, BreakGlassCredential, account, digest_of
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)


class Emergency:
    def __init__(self, store: Store, now: Callable[[], datetime], queues: Iterable[str] = ()) -> None:
        """`queues` are all of the hub."""
        self._store, self._now, self._queues = store, now, queues
        self._opening = asyncio.Lock()
        self.opened: BreakGlassCredential | None = None
        """The last opened one, while its access is open."""
        self.uses = 0
        """Since the start."""
        self.on_use = Signal[[BreakGlassCredential]]()
        """Called before the sign-in is answered."""

    async def start(self) -> None:
        """An access opened before a restart is still shown."""
        self.opened = await self._store.get(BreakGlassCredential, LOGIN)

    def open_until(self) -> datetime | None:
        return self.opened.open_until(self._now()) if self.opened else None

    async def open(self, password: str, source: str) -> Operator:
        """Raises RefusedError for a wrong, used or expired password."""
        now = self._now()
        async with self._opening:
            envelope = await self._store.get(BreakGlassCredential, LOGIN)
            good = envelope is not None and envelope.used is None and envelope.until > now
            if envelope is None or not (good and compare_digest(envelope.digest, digest_of(password))):
                raise RefusedError("bad_credentials", "Логин или пароль неверны.")
            self.opened = replace(envelope, used=now, source=source)
            who = account(tuple(self._queues))
            # Both or nothing: a password that opened the access is used.
            await self._store.exchange([self.opened, who], [], AuditEntry(now, LOGIN, "break_glass_used", LOGIN, source))
        self.uses += 1
        log.critical("break-glass account opened from %s; its envelope was sealed on %s", source, envelope.at.date())
        self.on_use(self.opened)
        return who
