"""Finds the conversation of an address, or opens one: the only place where conversations begin."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import HandedOver, Placed, StoredEvent
from hub.conversations.message import Message
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.errors import StoreError
from hub.kernel.ids import TicketNumbers
from hub.organisation.territory import Place

Opened = tuple[LiveConversation, "asyncio.Future[StoreError | None] | None"]
"""A conversation, and what will be said of its opening where that is not stored yet."""
Greeting = Callable[[datetime, Address], Sequence[Message]]


def silence(_now: datetime, _address: Address) -> tuple[Message, ...]:
    """Nothing is said in it."""
    return ()


class Opener:
    def __init__(self, sequencer: ConversationSequencer, numbers: TicketNumbers, kept: Callable[[Citizen], Citizen]) -> None:
        """`kept` gives what is kept of what a citizen tells about themselves."""
        self._sequencer, self._numbers, self._kept = sequencer, numbers, kept
        self._opening: dict[Address, asyncio.Task[Opened]] = {}
        self._opened: dict[int, asyncio.Future[StoreError | None]] = {}
        """What is said of new conversations as soon as their opening is stored."""

    async def reach(self, address: Address) -> LiveConversation:
        """The conversation with somebody who is told something unasked: as it stands, or opened in silence. Raises StoreError."""
        return await self.find_or_open(address, Citizen())

    async def met(self, address: Address) -> LiveConversation:
        """The conversation with somebody whom an operator calls, or another centre hands over: as it stands, or opened now in silence."""
        return await self.find_or_open(address, Citizen(), began=self._sequencer.now())

    async def find_or_open(self, address: Address, citizen: Citizen, place: Place | None = None, began: datetime | None = None,
                           greeting: Greeting = silence) -> LiveConversation:
        """The same, stored. Raises StoreError."""
        live, opened = await self.begin(address, citizen, place, began, greeting)
        if opened is not None and (error := await asyncio.shield(opened)) is not None:
            raise error
        return live

    async def begin(self, address: Address, citizen: Citizen, place: Place | None = None, began: datetime | None = None,
                    greeting: Greeting = silence) -> Opened:
        """Found, or begun to be opened; two messages at once do not open two.

        Where it `began` before now nothing is said in it: nobody was there to hear.
        """
        task = self._opening.get(address)
        if task is None:
            opening = self._find_or_open(address, citizen, place, began, greeting)
            task = self._opening[address] = asyncio.get_running_loop().create_task(opening)
            task.add_done_callback(lambda _: self._opening.pop(address, None))
        return await asyncio.shield(task)

    async def _find_or_open(self, address: Address, citizen: Citizen, place: Place | None, began: datetime | None,
                            greeting: Greeting) -> Opened:
        live = await self._sequencer.at(address)
        if live is None:
            return self._open(address, citizen, place, began, greeting)
        return (await self._sequencer.load(live.head.id) if live.broken else live), self._opened.get(live.head.id)

    def _open(self, address: Address, citizen: Citizen, place: Place | None, began: datetime | None, greeting: Greeting) -> Opened:
        now = began or self._sequencer.now()
        holder = WithBot(greets=self._sequencer.carried(address))
        head = Conversation(
            self._sequencer.new_id(), self._numbers.next(now), address, now, holder, citizen=self._kept(citizen), place=place)
        live = self._sequencer.add(LiveConversation(head, {}))
        opened: asyncio.Future[StoreError | None] = asyncio.get_running_loop().create_future()
        self._opened[head.id] = opened

        def told(error: StoreError | None, _: Sequence[StoredEvent]) -> None:
            del self._opened[head.id]
            if error is not None:
                self._sequencer.forget(live)
            opened.set_result(error)

        placed = (Placed(now, place, ""),) if place else ()
        greeted = () if holder.greets or began else greeting(now, address)
        self._sequencer.step(live, (HandedOver(now, holder, "opened"), *placed, *greeted), told, head=head)
        return live, opened
