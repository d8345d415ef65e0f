"""Seals the audit log at the end of each day, and at the start for days that ended while the hub was down."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta, tzinfo

from hub.audit.day_seal import DaySeal
from hub.audit.ports import SealStore
from hub.kernel.errors import SealedError, StoreError
from hub.kernel.ports import AuditLog

log = logging.getLogger(__name__)

LOOKS_S, AGAIN_S = 3600.0, 600.0
"""Seconds between checks (clocks are set and machines sleep), and before a retry."""


class DaySealer:
    def __init__(self, store: AuditLog, seals: SealStore, centre: str, zone: tzinfo, now: Callable[[], datetime]) -> None:
        """`zone` is the centre's; its midnight ends a day."""
        self._store, self._seals, self._centre, self._zone, self._now = store, seals, centre, zone, now
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Seal what earlier runs left, before anything is added, and then each day."""
        await self._round()
        self._work = asyncio.create_task(self._go_on())

    async def close(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    async def seal(self) -> DaySeal | None:
        """Seal the last complete day; None where nothing was added or it is sealed already. Raises StoreError, SealedError, OSError."""
        day = self._now().astimezone(self._zone).date() - timedelta(days=1)
        before = await asyncio.to_thread(self._seals.last)
        known = before.last if before else 0
        if before is not None and before.day >= day:
            return None
        number, hashed = await self._store.chain()
        if number < known:
            message = f"the audit ends at {number}, but was sealed up to {known} on {before.day if before else ''}: run okno audit verify"
            raise SealedError(message)
        if number == known:
            return None
        seal = DaySeal(self._centre, day, self._now(), known, number, hashed.hex(), before.day if before else None)
        await asyncio.to_thread(self._seals.add, seal)
        return seal

    async def _round(self) -> bool:
        try:
            seal = await self.seal()
            await asyncio.to_thread(self._seals.copy)
        except (StoreError, SealedError, OSError) as error:
            log.warning("audit not sealed: retried", extra={"why": str(error)})
            return False
        if seal:
            log.info("audit sealed", extra={"day": str(seal.day), "upto": seal.last})
        return True

    async def _go_on(self) -> None:
        done = True
        while True:
            await asyncio.sleep(min(self._midnight_s(), LOOKS_S) if done else AGAIN_S)
            done = await self._round()

    def _midnight_s(self) -> float:
        now = self._now().astimezone(self._zone)
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), self._zone)
        return max((midnight - now).total_seconds(), 0) + 1
