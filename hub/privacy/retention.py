"""Deletes personal data at the end of its retention (152-ФЗ ст. 5 ч. 7; SE-03, SE-04): once a day, kind by kind.

The kinds are in retention_kinds.py: each deletion is in the audit, and in the journal where the conversation remains; a legal hold
stops it. Failures are retried in the next round.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from hub.kernel.errors import OknoError
from hub.kernel.retention_kind import Expired, RetentionPolicy

log = logging.getLogger(__name__)

EVERY_S = 24 * 3600.0
BATCH = 200


class Retention:
    def __init__(self, kinds: Sequence[RetentionPolicy], every_s: float = EVERY_S) -> None:
        self._kinds, self._every_s = kinds, every_s
        self._work: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run now, and then once a day."""
        self._work = asyncio.create_task(self._go_on())

    async def close(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    async def _go_on(self) -> None:
        while True:
            for kind in self._kinds:
                try:
                    ended = await end_all(kind)
                except (OknoError, OSError) as error:
                    log.warning("deletion of expired data failed: retried", extra={"kind": kind.name, "why": str(error)})
                else:
                    if ended:
                        log.info("expired data deleted", extra={"kind": kind.name, "number": ended})
            await asyncio.sleep(self._every_s)


async def end_all(kind: RetentionPolicy, told: Callable[[Sequence[Expired]], None] = lambda _: None) -> int:
    """Delete what has expired of one kind, in batches, so that citizens do not wait; `told` is called for each. Returns the number."""
    ended, batch = 0, list[Expired]()
    async for over in kind.over():
        batch.append(over)
        if len(batch) == BATCH:
            await _end(kind, batch, told)
            ended, batch = ended + len(batch), []
    await _end(kind, batch, told)
    return ended + len(batch)


async def _end(kind: RetentionPolicy, batch: Sequence[Expired], told: Callable[[Sequence[Expired]], None]) -> None:
    await kind.end(batch)
    told(batch)
