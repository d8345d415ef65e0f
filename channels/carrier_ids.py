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
"""A receipt may overtake the answer that tells the id. For so long it waits for messages that are under way."""


class UnderWay:
    """Messages being sent: their id is not known yet."""

    def __init__(self) -> None:
        self._messages: set[asyncio.Future[None]] = set()

    @contextmanager
    def sending(self) -> Iterator[None]:
        """While it lasts a receipt may come whose ticket is not there yet."""
        message: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._messages.add(message)
        try:
            yield
        finally:
            self._messages.discard(message)
            message.set_result(None)

    async def arrived(self) -> bool:
        """Wait until those that are under way now have tickets; whether there were any."""
        if not self._messages:
            return False
        await asyncio.wait(list(self._messages), timeout=PATIENCE_S)
        return True


async def drop_old(store: Store, channel: str, kept: timedelta = KEPT) -> None:
    """Drop a channel's tickets that nothing more will be told of."""
    oldest = datetime.now(UTC) - kept
    if old := [ticket for ticket in await store.all(Ticket) if ticket.key.startswith(f"{channel}:") and ticket.at < oldest]:
        await store.exchange((), old)


class CarrierIds:
    def __init__(self, channel: str, intake: Intake, store: Store, kept: timedelta = KEPT) -> None:
        """`kept` is for how long a ticket leads back."""
        self._channel, self._intake, self._store, self._kept = channel, intake, store, kept
        self._under_way = UnderWay()
        self.sending = self._under_way.sending

    async def put(self, number: str, records: Sequence[StoredEvent]) -> None:
        """Remember under which id some records went out; the ticket of the first leads to those of the others."""
        now, first = datetime.now(UTC), records[0]
        others = [Ticket(self._key(f"{number}/{n}"), record.conversation, record.id, now) for n, record in enumerate(records[1:], 1)]
        leading = Ticket(self._key(number), first.conversation, first.id, now, tuple(each.key for each in others))
        await self._store.exchange((leading, *others), ())

    async def find(self, number: str) -> Ticket | None:
        """The first of what went out under an id."""
        return await self._store.get(Ticket, self._key(number))

    async def told(self, number: str, state: Delivery, why: str) -> bool:
        """Give a receipt to the hub; False for one of a message that nobody here knows."""
        ticket = await self.find(number)
        if ticket is None and await self._under_way.arrived():
            ticket = await self.find(number)
        if ticket is None:
            return False
        others = [other for key in ticket.others if (other := await self._store.get(Ticket, key)) is not None]
        for each in (ticket, *others):
            await self._intake.delivered(Receipt(each.conversation, each.record, state, why))
        # Only now: after a crash in between the carrier tells it again. A failure may turn out to be none, and what is delivered be read.
        if state is Delivery.READ:
            await self._store.exchange((), (ticket, *others))
        return True

    async def drop_old(self) -> None:
        await drop_old(self._store, self._channel, self._kept)

    def _key(self, number: str) -> str:
        return f"{self._channel}:{number}"
