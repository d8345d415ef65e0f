"""Callers whom the exchange did not answer, and the calls that are owed to them (CH-19)."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.conversations.address import Address, Citizen
from hub.conversations.callback_promise import promise
from hub.conversations.conversation import Closed, Conversation, Promised, WithBot
from hub.conversations.journal import CallStage, PromiseEnd, PromiseEnded, Telephoned
from hub.conversations.message import Author, Message
from hub.conversations.opener import Opener
from hub.conversations.ports import Channel, Store
from hub.conversations.promise_creation import open_call_promise, open_promise
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.errors import RefusedError
from hub.monitoring.trunk import RefusedCall
from hub.telephony.ports import DiallingChannel

BUSY = "Звонок не принят: все линии были заняты"
MOST = 200
"""Only the newest are listed."""


class CallbackState(StrEnum):
    """What became of a caller who was not answered."""

    OPEN = "open"
    OWED = "owed"
    """The citizen will be called."""
    DONE = "done"
    REACHED = "reached"
    """They have talked with the centre since, without being called back."""
    HIDDEN = "hidden"
    """The number was withheld."""


class RefusedCaller(Struct, frozen=True):
    """`conversation` is theirs, 0 where there is none; `done_by` has kept or withdrawn the promise."""

    call: RefusedCall
    state: CallbackState
    conversation: int = 0
    done_by: str = ""
    done: datetime | None = None


class RefusedCalls:
    def __init__(self, sequencer: ConversationSequencer, store: Store, opener: Opener, actions: Actions, channels: Mapping[str, Channel], *,
                 queue: str) -> None:
        """`queue` is the line of callers not yet heard by the robot: they are of its centre."""
        self._sequencer, self._store, self._opener, self._actions = sequencer, store, opener, actions
        self._channels, self._queue = channels, queue
        self._owing = asyncio.Lock()

    async def listed(self, who: Operator, since: datetime) -> list[RefusedCaller]:
        """Since a moment, the newest first; the read is audited."""
        if not self._sees(who):
            return []
        calls = await self._store.marked(RefusedCall, "at", since=since, newest=True, limit=MOST)
        if calls:
            await self._actions.readings.note(who.login, "listed", detail="refused calls")
        return await self._with_outcomes(calls)

    async def owe(self, who: Operator, key: str) -> int:
        """The centre owes the citizen a call within a day; returns the conversation. Idempotent.

        Refusals: no such call, no number, or the citizen is on the line now.
        """
        async with self._owing:
            call = await self._store.get(RefusedCall, key)
            if call is None or not self._sees(who):
                raise RefusedError("no_such_call", "Такого звонка нет.")
            if not call.number:
                raise RefusedError("no_number", "Номер этого звонка скрыт: перезвонить некуда.")
            if not self._telephone:
                raise RefusedError("no_telephone", "Звонить отсюда нельзя: телефония не настроена.")
            if call.decided is not None:
                return call.conversation
            conversation = await self._promised(who, call)
            now = self._sequencer.now()
            same = await self._store.marked(RefusedCall, "number", call.number, until=now, limit=MOST)
            await self._store.exchange([replace(each, by=who.login, decided=now, conversation=conversation)
                                        for each in same if each.decided is None], [])
            return conversation

    async def _promised(self, who: Operator, call: RefusedCall) -> int:
        live = await self._opener.find_or_open(self._address(call.number), Citizen(), began=call.at)
        live = await self._sequencer.load(live.head.id)
        head, now = live.head, self._sequencer.now()
        if self._is_here(head):
            raise RefusedError("calling", "Этот человек сейчас на линии или в очереди.")
        if head.promise is None:
            owed = promise(now, head.address, BUSY, who.login, call.at)
            entries, after = (open_promise(head, owed, self._queue, now) if isinstance(head.holder, WithBot)
                              else open_call_promise(head, owed, self._queue, now, "promised"))
            note = Message(Author.SYSTEM, f"{BUSY}. Перезвонить просит {who.name}.", now, by=who.login, internal=True)
            await self._sequencer.committed_step(live, (note, *entries), head=after,
                                                 audit_entries=(self._actions.audit_entry(who, "promise", live),))
        return head.id

    async def _with_outcomes(self, calls: Sequence[RefusedCall]) -> list[RefusedCaller]:
        addresses = [self._address(number) for number in {call.number for call in calls if call.number}]
        heads = {head.address.value: head for head in reversed(await self._store.with_addresses(addresses, limit=2 * MOST))} \
            if addresses else {}
        moves = await self._store.moves_of([head.id for head in heads.values()]) if heads else []
        ended = {record.conversation: record.entry for record in moves
                 if isinstance(record.entry, PromiseEnded) and record.entry.how is not PromiseEnd.MOVED}
        talked = {record.conversation: record.entry.at for record in moves
                  if isinstance(record.entry, Telephoned) and record.entry.stage is CallStage.BEGAN}
        return [_outcome(call, heads.get(call.number), ended, talked) for call in calls]

    def _sees(self, who: Operator) -> bool:
        return self._actions.authorization.covers(who, self._queue)

    def _address(self, number: str) -> Address:
        return Address(self._telephone, number)

    @property
    def _telephone(self) -> str:
        return next((name for name, each in self._channels.items() if isinstance(each, DiallingChannel)), "")

    def _is_here(self, head: Conversation) -> bool:
        telephone = self._channels.get(head.address.driver)
        return not isinstance(head.holder, WithBot | Closed | Promised) or (
            isinstance(telephone, DiallingChannel) and telephone.talks(head.id))


def _outcome(call: RefusedCall, head: Conversation | None, ended: Mapping[int, PromiseEnded],
             talked: Mapping[int, datetime]) -> RefusedCaller:
    if not call.number:
        return RefusedCaller(call, CallbackState.HIDDEN)
    if head is None:
        return RefusedCaller(call, CallbackState.OPEN)
    end = ended.get(head.id)
    if call.decided is not None and end is not None and end.at >= call.decided:
        return RefusedCaller(call, CallbackState.DONE, head.id, end.by, end.at)
    if head.promise is not None or call.decided is not None:
        return RefusedCaller(call, CallbackState.OWED, head.id)
    reached = talked.get(head.id, call.at) > call.at
    return RefusedCaller(call, CallbackState.REACHED if reached else CallbackState.OPEN, head.id)
