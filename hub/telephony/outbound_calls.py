"""Outbound calls of operators: the operator's telephone rings first, then the citizen's (SL-05).

A call is in the journal before dialling, and a bookmark stays until its outcome is known. After a crash in between nothing is
dialled again: the next start records that the call was cut, and the operator dials again.
"""

import logging
from collections.abc import Mapping
from functools import cached_property

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.actions.promise_actions import PromiseActions
from hub.conversations.address import E164, Address
from hub.conversations.callback_promise import Outcome
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithOperator, hand_over, held_by
from hub.conversations.delivery_status import Bookmark
from hub.conversations.journal import DIALLED, INSIDE, HandedOver
from hub.conversations.live_signals import Moved
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation, Reach
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, RefusedError, UnavailableError
from hub.kernel.signal import Signal
from hub.notifications.notice import Hours, earliest
from hub.notifications.notifier import Zones
from hub.telephony.ports import CallOutcome, DiallingChannel, OutboundCall

log = logging.getLogger(__name__)

BEGUN, ANSWERED, OVER = "Звоним заявителю.", "Заявитель ответил на звонок.", "Разговор по телефону окончен."
MACHINE = "Ответил автоответчик: попытка не засчитана как разговор."
CUT = "Звонок прерван: хаб перезапускался. Если разговора не было, позвоните ещё раз."
AWAY = "Позвонить не удалось: телефонная станция недоступна."
TOLD = {
    CallOutcome.NOT_PICKED_UP: "Телефон оператора не ответил: заявителю не звонили.",
    CallOutcome.GIVEN_UP: "Оператор положил трубку до ответа заявителя.",
}
OUTCOMES = {
    CallOutcome.BUSY: Outcome.BUSY, CallOutcome.NO_ANSWER: Outcome.NO_ANSWER, CallOutcome.UNREACHABLE: Outcome.UNREACHABLE,
    CallOutcome.MACHINE: Outcome.NO_ANSWER,
}
_MARK = "call/"


class OutboundCalls:
    """The calls placed by operators."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, dispatch: Dispatch, actions: Actions,
                 promise_actions: PromiseActions,
                 channels: Mapping[str, Channel], *, zones: Zones, hours: Hours, met: Reach) -> None:
        """`met` returns the conversation of a number that an operator dials."""
        self._sequencer, self._store, self._dispatch = sequencer, store, dispatch
        self._actions, self._promise_actions = actions, promise_actions
        self._channels, self._zones, self._hours, self._met = channels, zones, hours, met
        self._under_way: set[int] = set()
        self._due: set[int] = set()
        """Promises that returned to their lines because time runs out: accepting one starts the call."""
        self.on_talked = Signal[[str]]()
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """Record the calls that the last run did not finish."""
        for mark in await self._store.all(Bookmark):
            if mark.key.startswith(_MARK):
                await self._cut(mark)

    def possible(self, head: Conversation) -> bool:
        """Whether there is a number, and a telephone to call it from."""
        return bool(number_to_call(head, self._sequencer.traits)) and self._telephone is not None

    async def phoned(self, operator: str, number: str, leg: str) -> None:
        """An operator dialled at their telephone, `leg`: call in a conversation that they then hold (CH-01). Refusals: as `call`.

        `number` is in E.164 form, or the login of a colleague: an internal talk is a conversation of the caller.
        """
        who, telephone = self._dispatch.operator(operator), self._telephone
        if who is None or telephone is None:
            raise RefusedError("no_telephone", "С этого телефона звонить нельзя.")
        if self._dispatch.operator(number) is not None and number != who.login:
            await self._inside(who, telephone, number, leg)
            return
        if not E164.fullmatch(number):
            raise RefusedError("no_number", "Такого номера нет.")
        if (refusal := self._actions.authorization.why_not(who, Permission.PROMISE)) is not None:
            raise RefusedError(refusal.code, refusal.text)
        live = await self._met(Address(telephone.name, number))
        await self._given(who, live, DIALLED)
        await self.call(who, live.head.id, leg, leg=leg)

    async def call(self, who: Operator, conversation: int, key: str, *, urgent: bool = False, leg: str = "") -> None:
        """Call the citizen of an own conversation. Idempotent by key; `leg` is as in OutboundCall.

        Refusals: not an own conversation, no known number, no outbound calls, a call under way, and, unless `urgent`, quiet hours.
        """
        live = await self._actions.live(conversation)
        if (begun := live.keys.get((who.login, key))) is not None:
            await self._sequencer.stored(live, begun)
            return
        number, telephone = self._allowed(who, live.head, urgent=urgent)
        self._under_way.add(conversation)
        try:
            begin = Message(Author.SYSTEM, BEGUN, self._sequencer.now(), key=key, by=who.login, internal=True)
            audit_entry = self._actions.audit_entry(who, "call", live, "urgent" if urgent else "")
            record = (await self._sequencer.committed_step(live, (begin,), audit_entries=(audit_entry,)))[0].id
            await self._store.put(Bookmark(f"{_MARK}{conversation}", str(record)))
        except BaseException:
            self._under_way.discard(conversation)
            raise
        self._tasks.spawn(self._carry(who, telephone, OutboundCall(live.head, number, who.login, record, leg)))

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: a call follows its conversation, and a due promise is called when it is accepted."""
        del live
        if change.head is None:
            return
        telephone = self._telephone
        if telephone is not None and change.head.address.driver != telephone.name:
            telephone.signal(change.conversation, Moved(change.head, 0))
        for record in change.records:
            if isinstance(record.entry, HandedOver):
                self._moved(change.head, record.id, record.entry)

    async def close(self) -> None:
        await self._tasks.cancel()

    def _moved(self, head: Conversation, record: int, entry: HandedOver) -> None:
        due = head.id in self._due
        self._due.discard(head.id)
        if isinstance(entry.holder, InQueue) and entry.why in {"due", "hurry"}:
            self._due.add(head.id)
        who = self._dispatch.operator(entry.by)
        if due and entry.why == "accepted" and who is not None and self.possible(head):
            self._tasks.spawn(self._call_due(who, head.id, f"due/{record}"))

    async def _call_due(self, who: Operator, conversation: int, key: str) -> None:
        try:
            await self.call(who, conversation, key)
        except OknoError as error:
            # The operator sees it, and may call or wait for the morning.
            log.info("automatic callback not started: left to the operator", extra={"conversation": conversation, "why": str(error)})

    def _allowed(self, who: Operator, head: Conversation, *, urgent: bool) -> tuple[str, DiallingChannel]:
        if not (isinstance(head.holder, WithOperator) and held_by(head, who.login)):
            raise RefusedError("not_yours", "Сначала возьмите разговор.")
        number, telephone = number_to_call(head, self._sequencer.traits), self._telephone
        if not number:
            raise RefusedError("no_number", "Номер телефона заявителя неизвестен.")
        if telephone is None:
            raise RefusedError("no_telephone", "Звонить отсюда нельзя: телефония не настроена.")
        if head.id in self._under_way or telephone.talks(head.id):
            raise RefusedError("calling", "Звонок уже идёт.")
        now = self._sequencer.now()
        if not urgent and earliest(now, self._zones(Address(telephone.name, number)), self._hours) > now:
            until = f"{self._hours.ends:%H:%M}"
            raise RefusedError("quiet_hours", f"У заявителя сейчас тихие часы: до {until} по его времени звонят только по срочному делу.")
        return number, telephone

    async def _inside(self, who: Operator, telephone: DiallingChannel, colleague: str, leg: str) -> None:
        live = await self._met(Address(telephone.name, f"inside:{who.login}"))
        await self._given(who, live, INSIDE)
        begin = Message(Author.SYSTEM, f"Внутренний звонок: {colleague}.", self._sequencer.now(), by=who.login, internal=True)
        live = await self._sequencer.load(live.head.id)
        audit_entry = self._actions.audit_entry(who, "call", live, colleague)
        record = (await self._sequencer.committed_step(live, (begin,), audit_entries=(audit_entry,)))[0].id
        self._tasks.spawn(self._talk_inside(who, telephone, OutboundCall(live.head, colleague, who.login, record, leg, inside=True)))

    async def _talk_inside(self, who: Operator, telephone: DiallingChannel, dial: OutboundCall) -> None:
        """Until its end; no report is needed."""
        try:
            await telephone.dial(dial, lambda: None)
        except UnavailableError as error:
            log.warning("call to a colleague failed", extra={"operator": who.login, "why": str(error)})
        try:
            live = await self._sequencer.load(dial.conversation.id)
            if held_by(live.head, who.login):
                over = Closed(self._sequencer.now(), "", who.login)
                await self._sequencer.committed_step(live, (HandedOver(over.at, over, INSIDE, who.login),), head=hand_over(live.head, over))
        except OknoError as error:
            log.warning("outcome of an outbound call not stored: recorded at the next start",
                        extra={"conversation": dial.conversation.id, "why": str(error)})

    async def _given(self, who: Operator, live: LiveConversation, why: str) -> None:
        """The operator's own call counts for their first line, as if it had waited there."""
        live = await self._sequencer.load(live.head.id)
        holder, now = live.head.holder, self._sequencer.now()
        if isinstance(holder, InQueue | Promised):
            await self._actions.take(who, live.head.id)
        elif not isinstance(holder, WithOperator):
            line = InQueue(next(iter(who.queues), ""), now)
            talk = WithOperator(who.login, now, line.queue, now)
            await self._sequencer.committed_step(
                live, (HandedOver(now, line, why, who.login), HandedOver(now, talk, why, who.login)),
                head=hand_over(hand_over(live.head, line), talk), audit_entries=(self._actions.audit_entry(who, "dial", live),))

    @cached_property
    def _telephone(self) -> DiallingChannel | None:
        # Cached: finding the capabilities of channels is slow, and needed at every step of every conversation.
        return next((channel for channel in self._channels.values() if isinstance(channel, DiallingChannel)), None)

    async def _carry(self, who: Operator, telephone: DiallingChannel, dial: OutboundCall) -> None:
        number = dial.conversation.id
        try:
            try:
                how = await telephone.dial(dial, lambda: self._tasks.spawn(self._answered(number)))
            except UnavailableError as error:
                log.warning("outbound call failed: telephony unavailable", extra={"conversation": number, "why": str(error)})
                await self._note(number, AWAY)
            else:
                if how is CallOutcome.CUT:
                    return  # the next start records it
                await self._over(who, telephone, dial, how)
            await self._forget(number)
        except OknoError as error:
            log.warning("outcome of an outbound call not stored: recorded at the next start",
                        extra={"conversation": number, "why": str(error)})
        finally:
            self._under_way.discard(number)

    async def _answered(self, conversation: int) -> None:
        try:
            await self._note(conversation, ANSWERED)
            # From here on the call itself is found after a restart.
            await self._forget(conversation)
        except OknoError as error:
            log.warning("outcome of an outbound call not stored: recorded at the next start",
                        extra={"conversation": conversation, "why": str(error)})

    async def _over(self, who: Operator, telephone: DiallingChannel, dial: OutboundCall, how: CallOutcome) -> None:
        number = dial.conversation.id
        if how is CallOutcome.MACHINE:
            await self._note(number, MACHINE)
        if (outcome := OUTCOMES.get(how)) is not None:
            await self._promise_actions.called(who, number, outcome)
        elif how in TOLD:
            await self._note(number, TOLD[how])
        elif dial.conversation.address.driver != telephone.name:
            await self._note(number, OVER)
            self.on_talked(who.login)

    async def _note(self, conversation: int, text: str, key: str = "") -> None:
        """For operators only."""
        live = await self._sequencer.load(conversation)
        if key and ("", key) in live.keys:
            return
        await self._sequencer.committed_step(live, (Message(Author.SYSTEM, text, self._sequencer.now(), key=key, internal=True),))

    async def _cut(self, mark: Bookmark) -> None:
        await self._note(int(mark.key.removeprefix(_MARK)), CUT, f"cut/{mark.value}")
        await self._store.drop(Bookmark, mark.key)

    async def _forget(self, conversation: int) -> None:
        await self._store.drop(Bookmark, f"{_MARK}{conversation}")


def number_to_call(head: Conversation, traits: TraitRegistry) -> str:
    """The number of the promise, or the citizen's own; "" when none is known."""
    return (traits.number_of(head.promise.address) if head.promise else "") or traits.number_of(head.address)
