"""Leads from a mail of ours back to what was said in it: for reports on it, and for answers to it.

A report is not the end of a ticket, since an answer may still come; after two weeks the signed address alone leads back.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hub.carriage import Ticket
from hub.journal import Record
from hub.ports import Store

KEPT = timedelta(days=14)
SWEEP_S = 24 * 3600.0


class Tickets:
    def __init__(self, name: str, store: Store, now: Callable[[], datetime]) -> None:
        self._prefix, self._store, self._now = f"{name}:", store, now

    async def issue(self, message_id: str, records: Sequence[Record]) -> None:
        """For a mail that is about to go out."""
        key, now = self._prefix + message_id, self._now()
        others = tuple(f"{key}/{record.id}" for record in records[1:])
        first = Ticket(key, records[0].conversation, records[0].id, now, others)
        rest = [Ticket(other, record.conversation, record.id, now) for other, record in zip(others, records[1:], strict=True)]
        await self._store.exchange([first, *rest], [])

    async def of(self, message_id: str) -> Ticket | None:
        return await self._store.get(Ticket, self._prefix + message_id.strip().strip("<>"))

    async def records(self, ticket: Ticket) -> list[int]:
        """Everything that went out in one mail."""
        others = [await self._store.get(Ticket, key) for key in ticket.others]
        return [ticket.record, *(other.record for other in others if other)]

    async def sweep(self) -> None:
        """Drop what is too old, once a day for ever."""
        while True:
            oldest = self._now() - KEPT
            for ticket in await self._store.all(Ticket):
                if ticket.key.startswith(self._prefix) and ticket.at < oldest:
                    await self._store.drop(Ticket, ticket.key)
            await asyncio.sleep(SWEEP_S)
