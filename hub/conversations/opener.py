"""Finds the conversation of an address, or opens one: the only place that opens conversations."""

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
"""A conversation, and the future result of its opening where that is not stored yet."""
Greeting = Callable[[datetime, Address], Sequence[Message]]


def silence(_now: datetime, _address: Address) -> tuple[Message, ...]:
    """Opening without a message."""
    return ()


class Opener:
    def __init__(self, sequencer: ConversationSequencer, numbers: TicketNumbers, kept: Callable[[Citizen], Citizen]) -> None:
        """`kept` returns the stored part of what a citizen tells about themselves."""
        self._sequencer, self._numbers, self._kept = sequencer, numbers, kept
        self._opening: dict[Address, asyncio.Task[Opened]] = {}
        self._opened: dict[int, asyncio.Future[StoreError | None]] = {}
        """Results of openings under way."""

    async def reach(self, address: Address) -> LiveConversation:
        """The conversation for an unsolicited message: the existing one, or a new one without a message. Raises StoreError."""
        return await self.find_or_open(address, Citizen())

    async def met(self, address: Address) -> LiveConversation:
        """The conversation for an operator's call or a hand-over: the existing one, or a new one without a message."""
        return await self.find_or_open(address, Citizen(), began=self._sequencer.now())

    async def find_or_open(self, address: Address, citizen: Citizen, place: Place | None = None, began: datetime | None = None,
                           greeting: Greeting = silence) -> LiveConversation:
        """`begin`, and wait until it is stored. Raises StoreError."""
        live, opened = await self.begin(address, citizen, place, began, greeting)
        if opened is not None and (error := await asyncio.shield(opened)) is not None:
            raise error
        return live

    async def begin(self, address: Address, citizen: Citizen, place: Place | None = None, began: datetime | None = None,
                    greeting: Greeting = silence) -> Opened:
        """The existing conversation, or a new one; two concurrent messages open one.

        A conversation that `began` in the past starts without a greeting.
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
