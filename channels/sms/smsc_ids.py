"""Maps the SMSC's ids to our messages, and its receipts to delivery states."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from channels.carrier_ids import UnderWay, drop_old
from channels.sms.receipts import SmscReceipt, other_writings, plain_id
from hub.conversations.delivery_status import Delivery, Receipt, Ticket
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Store
from hub.intake.ports import Intake

log = logging.getLogger(__name__)


class SmscIds:
    def __init__(self, channel: str, smscs: Sequence[str], intake: Intake, store: Store) -> None:
        self._channel, self._smscs, self._intake, self._store = channel, smscs, intake, store
        self._under_way = UnderWay()
        self.sending = self._under_way.sending
        self._look_at = datetime.min.replace(tzinfo=UTC)

    async def put(self, smsc: str, ids: Sequence[str], records: Sequence[StoredEvent]) -> None:
        """Store the ids of the parts of some records."""
        if not any(ids):
            return
        now, keys = datetime.now(UTC), [self._key(smsc, plain_id(each)) for each in ids if each]
        first = records[0]
        tickets = [Ticket(key, first.conversation, first.id, now, tuple(k for k in keys if k != key)) for key in dict.fromkeys(keys)]
        besides = [Ticket(self._beside(first.id, n), record.conversation, record.id, now) for n, record in enumerate(records[1:], 1)]
        await self._store.exchange((*tickets, *besides), ())

    async def told(self, smsc: str, receipt: SmscReceipt, number: str) -> None:
        """Give a receipt to the hub. One of a message that nobody here knows is passed over."""
        if receipt.state is None:
            return
        ticket = await self._find(smsc, receipt, number)
        if ticket is None and await self._under_way.arrived():
            ticket = await self._find(smsc, receipt, number)
        if ticket is None:
            log.info("delivery receipt of an unknown message: ignored", extra={"smsc": smsc, "id": receipt.id})
            return
        await self._settle(ticket, receipt.state, receipt.why)

    async def drop_old(self) -> None:
        """Those whose receipts have never come; looked for once a day."""
        now = datetime.now(UTC)
        if now < self._look_at:
            return
        self._look_at = now + timedelta(days=1)
        await drop_old(self._store, self._channel)

    async def _settle(self, ticket: Ticket, state: Delivery, why: str) -> None:
        """A message is delivered when all of its parts are, and has failed when one has."""
        others = [other for key in ticket.others if (other := await self._store.get(Ticket, key)) is not None]
        if others and state is not Delivery.FAILED:
            await self._store.exchange((), (ticket,))
            return
        besides = await self._besides(ticket.record)
        for each in (ticket, *besides):
            await self._intake.delivered(Receipt(each.conversation, each.record, state, why))
        # Only now: after a crash in between the SMSC tells it again.
        await self._store.exchange((), (ticket, *others, *besides))

    async def _find(self, smsc: str, receipt: SmscReceipt, number: str) -> Ticket | None:
        plain = plain_id(receipt.id)
        if receipt.vouched and (exact := await self._store.get(Ticket, self._key(smsc, plain))) is not None:
            return exact
        for name in (smsc, *(each for each in self._smscs if each != smsc)):
            for writing in (plain, *other_writings(receipt.id)):
                ticket = await self._store.get(Ticket, self._key(name, writing))
                # Another writing, or another SMSC's id, may be that of somebody else's message.
                if ticket is not None and await self._went_to(ticket, number):
                    return ticket
        return None

    async def _went_to(self, ticket: Ticket, number: str) -> bool:
        conversation = await self._store.conversation(ticket.conversation)
        return conversation is not None and conversation.address.value == number

    async def _besides(self, first: int) -> list[Ticket]:
        found: list[Ticket] = []
        while (ticket := await self._store.get(Ticket, self._beside(first, len(found) + 1))) is not None:
            found.append(ticket)
        return found

    def _key(self, smsc: str, number: str) -> str:
        return f"{self._channel}:{smsc}/{number}"

    def _beside(self, first: int, n: int) -> str:
        """The ticket of what was said together with the record `first`."""
        return f"{self._channel}:beside/{first}/{n}"
