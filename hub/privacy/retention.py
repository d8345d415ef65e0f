"""What is kept of people ends when its term is over (152-ФЗ ст. 5 ч. 7; SE-03, SE-04): once a day, one kind after the other.

How each kind ends is in retention_kinds.py: told in the journal where a conversation lives on, in the audit always, and nothing of a
conversation while somebody holds it back. What fails is done by the next round.
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
        """Look now, and once a day from now on."""
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
                    log.warning("what is over is not deleted yet", extra={"kind": kind.name, "why": str(error)})
                else:
                    if ended:
                        log.info("what was over was deleted", extra={"kind": kind.name, "number": ended})
            await asyncio.sleep(self._every_s)


async def end_all(kind: RetentionPolicy, told: Callable[[Sequence[Expired]], None] = lambda _: None) -> int:
    """End what is over of a kind, in batches, so that whatever citizens wait for comes between; `told` hears of each. How many."""
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
