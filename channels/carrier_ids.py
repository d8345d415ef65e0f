"""Maps a carrier's id to our messages, for carriers with one id for a whole step."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from hub.conversations.delivery_status import Delivery, Receipt, Ticket
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Store
from hub.intake.ports import Intake

KEPT = timedelta(days=7)
PATIENCE_S = 5.0
"""Wait of a receipt for messages in progress: it may overtake the answer with their id."""


class UnderWay:
    """Messages being sent: their id is not known yet."""

    def __init__(self) -> None:
        self._messages: set[asyncio.Future[None]] = set()

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Marks a message in progress: a receipt may arrive before its ticket."""
        message: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._messages.add(message)
        try:
            yield
        finally:
            self._messages.discard(message)
            message.set_result(None)

    async def arrived(self) -> bool:
        """Wait until the messages in progress have tickets; returns whether there were any."""
        if not self._messages:
            return False
        await asyncio.wait(list(self._messages), timeout=PATIENCE_S)
        return True


async def drop_old(store: Store, channel: str, kept: timedelta = KEPT) -> None:
    """Drop a channel's expired tickets."""
    oldest = datetime.now(UTC) - kept
    if old := [ticket for ticket in await store.all(Ticket) if ticket.key.startswith(f"{channel}:") and ticket.at < oldest]:
        await store.exchange((), old)


class CarrierIds:
    def __init__(self, channel: str, intake: Intake, store: Store, kept: timedelta = KEPT) -> None:
        """`kept` is the lifetime of a ticket."""
        self._channel, self._intake, self._store, self._kept = channel, intake, store, kept
        self._under_way = UnderWay()
        self.sending = self._under_way.sending

    async def put(self, number: str, records: Sequence[StoredEvent]) -> None:
        """Store the carrier's id of some records; the ticket of the first leads to the others."""
        now, first = datetime.now(UTC), records[0]
        others = [Ticket(self._key(f"{number}/{n}"), record.conversation, record.id, now) for n, record in enumerate(records[1:], 1)]
        leading = Ticket(self._key(number), first.conversation, first.id, now, tuple(each.key for each in others))
        await self._store.exchange((leading, *others), ())

    async def find(self, number: str) -> Ticket | None:
        """The ticket of the first record sent under an id."""
        return await self._store.get(Ticket, self._key(number))

    async def told(self, number: str, state: Delivery, why: str) -> bool:
        """Pass a receipt to the hub; False for an unknown message."""
        ticket = await self.find(number)
        if ticket is None and await self._under_way.arrived():
            ticket = await self.find(number)
        if ticket is None:
            return False
        others = [other for key in ticket.others if (other := await self._store.get(Ticket, key)) is not None]
        for each in (ticket, *others):
            await self._intake.delivered(Receipt(each.conversation, each.record, state, why))
        # Dropped last: after a crash in between the carrier redelivers. "Failed" may be revised, and "delivered" become "read".
        if state is Delivery.READ:
            await self._store.exchange((), (ticket, *others))
        return True

    async def drop_old(self) -> None:
        await drop_old(self._store, self._channel, self._kept)

    def _key(self, number: str) -> str:
        return f"{self._channel}:{number}"
