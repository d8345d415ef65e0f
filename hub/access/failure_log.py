"""Failed sign-ins in the audit: the first ones one by one, the others as one count an hour (SE-01).

The audit is never erased, so outsiders must not be able to fill it: from any number of addresses an hour adds at most 161 entries of
a kind (ENTRIES, then ADDRESSES and one for the rest). The logins tried, the addresses, the number of attempts and the first time
stay recorded.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct

from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from hub.kernel.ports import AuditLog

log = logging.getLogger(__name__)

WINDOW = timedelta(hours=1)
ENTRIES, NAMES, ADDRESSES = 60, 3, 100
"""In a window: single entries, single entries of one address with different logins, and addresses with a count of their own."""
NAMED = 5
"""Logins listed in a count."""
MORE = "ещё {times} с {since:%H:%M} UTC"


class Tally(Struct):
    """Failures of one address in this window."""

    what: str
    since: datetime
    place: str
    """The address as it may be recorded; "" where it may not."""
    entered: set[str]
    """Logins that have a single entry."""
    more: int = 0
    names: dict[str, int] = {}


class FailureLog:
    def __init__(self, store: AuditLog, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._entries: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = BackgroundTasks()

    async def note(self, audit_entry: AuditEntry, origin: str, *, told: bool = True) -> None:
        """Record a failure from a network or address; `told` is its recorded form.

        The entry is about its object, or about the login that was claimed.
        """
        name, tally = audit_entry.about or audit_entry.by, self._tally(audit_entry.what, origin, told=told)
        entries = self._entries.get(audit_entry.what, 0)
        if name not in tally.entered and len(tally.entered) < NAMES and entries < ENTRIES:
            tally.entered.add(name)
            self._entries[audit_entry.what] = entries + 1
            await self._store.note(audit_entry)
            return
        tally.more += 1
        if name in tally.names or len(tally.names) < NAMED:
            tally.names[name] = tally.names.get(name, 0) + 1

    async def settle(self, what: str, origin: str) -> None:
        """A sign-in from there has succeeded: record the number of failures before it."""
        tally = self._tallies.get((what, origin))
        if tally is not None and tally.more:
            await self._write(tally)

    async def flush(self) -> None:
        """End of the window: write the counts and start a new one."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        tallies, self._tallies, self._entries = list(self._tallies.values()), {}, {}
        for tally in tallies:
            if tally.more:
                await self._write(tally)

    async def close(self) -> None:
        await self._tasks.cancel()
        await self._flush_if_stored()

    def _tally(self, what: str, origin: str, *, told: bool) -> Tally:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WINDOW.total_seconds(), self._end)
        if (what, origin) not in self._tallies and len(self._tallies) >= ADDRESSES:
            origin = ""
        place = (origin or "других адресов") if told else ""
        return self._tallies.setdefault((what, origin), Tally(what, self._now(), place, set()))

    async def _write(self, tally: Tally) -> None:
        names = sorted(tally.names, key=lambda name: -tally.names[name])
        several = ", ".join(filter(None, names)) + (" и другие" if len(names) == NAMED else "")
        detail = MORE.format(times=f"{tally.more} раз", since=tally.since) + (f" с {tally.place}" if tally.place else "")
        tally.more, tally.names, tally.since = 0, {}, self._now()
        await self._store.note(AuditEntry(self._now(), "", tally.what, detail=f"{detail}: {several}" if several.strip() else detail))

    def _end(self) -> None:
        self._timer = None
        self._tasks.spawn(self._flush_if_stored())

    async def _flush_if_stored(self) -> None:
        try:
            await self.flush()
        except StoreError as error:
            log.warning("store unavailable: counts of failed sign-ins are missing from the audit", extra={"why": str(error)})
