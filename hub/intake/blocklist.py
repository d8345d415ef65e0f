"""The blocklist, in memory and in the store: a new block takes effect at once, on all channels, without a restart.

Another process (`okno blocks`) writes into the same store and cannot notify this one, so the store is read again every
`REREAD_S`. Refusals are those of block.py, and an unknown block id.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from hub.conversations.address import Address
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.ports import Store
from hub.intake.block import KEPT, Block, Effect, Index, block, holds, lift, restore
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import RefusedError, StoreError

REREAD_S = 5.0
log = logging.getLogger(__name__)


class Blocklist:
    """The blocks of one hub."""

    def __init__(self, store: Store, now: Callable[[], datetime], traits: TraitRegistry, *, reread_s: float = REREAD_S) -> None:
        self._store, self._now, self.traits, self._reread_s = store, now, traits, reread_s
        self._known: dict[str, Block] = {}
        self._index = Index((), traits)
        self._changing, self._tasks = asyncio.Lock(), BackgroundTasks()

    async def start(self) -> None:
        """Read the blocks, erase those that expired long ago, and start the periodic reading."""
        await self.read()
        now = self._now()
        if gone := [each for each in self._known.values() if now >= (each.lifted or each.until) + KEPT]:
            await self._store.exchange((), gone, AuditEntry(now, "", "blocks_forgotten", detail=str(len(gone))))
            await self.read()
        self._tasks.spawn(self._go_on())

    async def read(self) -> None:
        async with self._changing:
            self._learn({each.id: each for each in await self._store.all(Block)})

    def all(self) -> list[Block]:
        """The newest first."""
        return sorted(self._known.values(), key=lambda each: each.since, reverse=True)

    def find(self, id_: str) -> Block:
        """Raises RefusedError."""
        if (found := self._known.get(id_)) is None:
            raise RefusedError("no_such_block", "Такой блокировки нет.")
        return found

    def about(self, address: Address, centre: str = "") -> Block | None:
        return self._index.about(address, self._now(), centre) if self._known else None

    def from_(self, source: str, centre: str = "") -> Block | None:
        return self._index.from_(source, self._now(), centre) if self._known else None

    async def add(self, by: str, family: str, pattern: str, effect: Effect, reason: str, days: int, centre: str = "") -> Block:
        """Block a pattern for one centre, or for the whole hub, from now on.

        A second block of the same pattern replaces the reason and the term.
        """
        now = self._now()
        made = block(secrets.token_hex(4), family, pattern, effect, reason, by, now, now + timedelta(days=days), self.traits, centre)
        async with self._changing:
            before = [each for each in self._known.values()
                      if (each.family, each.pattern, each.centre) == (made.family, made.pattern, centre) and holds(each, now)]
            await self._keep("block_added", by, made, *(lift(each, by, now) for each in before))
        return made

    async def lift(self, by: str, id_: str) -> Block:
        """Idempotent."""
        async with self._changing:
            known = self.find(id_)
            after = lift(known, by, self._now())
            if after != known:
                await self._keep("block_lifted", by, after)
        return after

    async def restore(self, by: str, id_: str) -> Block:
        """Undo the lifting."""
        async with self._changing:
            known = self.find(id_)
            after = restore(known, self._now())
            if after != known:
                await self._keep("block_restored", by, after)
        return after

    async def close(self) -> None:
        await self._tasks.cancel()

    async def _keep(self, what: str, by: str, after: Block, *others: Block) -> None:
        # The audit log is neither sealed nor erased: it names the block; the address and the reason are only in the block.
        detail = f"{after.family}: {after.effect}, до {after.until:%Y-%m-%d}"
        await self._store.exchange((after, *others), (), AuditEntry(self._now(), by, what, after.id, detail))
        self._learn(self._known | {each.id: each for each in (after, *others)})

    def _learn(self, known: dict[str, Block]) -> None:
        if known != self._known:
            self._known, self._index = known, Index(known.values(), self.traits)

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(self._reread_s)
            try:
                await self.read()
            except StoreError as error:
                log.warning("blocklist not reloaded: the previous one stays in force", extra={"why": str(error)})
