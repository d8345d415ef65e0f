"""Actions on a promise: giving it, attempts, keeping it. It ends with the answer, or when the citizen withdraws the question.

Refusals are those of conversation_actions.py, and: no promise here, or no current talk with the citizen.
"""

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.conversations.address import Address, e164
from hub.conversations.callback_promise import Attempt, CallbackPromise, Outcome, promise, tried
from hub.conversations.citizen_left import LEFT
from hub.conversations.conversation import Conversation, InQueue, Promised, WithBot, WithOperator, hand_over, held_by, waiting_since
from hub.conversations.journal import Attempted, ConversationEvent, HandedOver, PromiseEnd, PromiseEnded, PromiseGiven, StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.promise_creation import is_term, open_promise, promise_message, unproven
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError


class PromiseActions:
    """Every change a person makes to a promise."""

    def __init__(self, sequencer: ConversationSequencer, actions: Actions) -> None:
        self._sequencer, self._actions = sequencer, actions

    async def promise(self, who: Operator, conversation: int, why: str, *, number: str = "") -> None:
        """Promise the answer within a day, at the conversation's address or by a call to a number.

        An existing promise keeps its old deadline, and so does the term of a letter.
        """
        live, holder = await self._actions.mine(who, conversation)
        head, now = live.head, self._sequencer.now()
        entries: list[ConversationEvent] = []
        if (before := head.promise) is None or is_term(before):
            owed = promise(now, self._reached(_address(head, number)), why, who.login, waiting_since(holder))
            if before is not None:
                entries.append(PromiseEnded(now, before.due, PromiseEnd.MOVED, who.login))
                owed = replace(owed, given=before.given, due=before.due, alarmed=before.alarmed)
            head = replace(head, promise=owed)
            entries += [*unproven(head, owed, now), promise_message(head, owed, self._sequencer.traits),
                        PromiseGiven(now, owed.due, why, who.login)]
        after = Promised(holder.queue, now, holder.operator if isinstance(holder, WithOperator) else "")
        entries.append(HandedOver(now, after, "promised", who.login))
        await self._sequencer.committed_step(
            live, entries, head=hand_over(head, after), audit_entries=(self._actions.audit_entry(who, "promise", live),))

    async def offer_callback(self, conversation: int, queue: str, why: str, *, gone: bool = False) -> None:
        """A promise of the hub to a reachable citizen without an operator (CH-14). Idempotent.

        A citizen who is `gone` has disconnected, and gets no message.
        """
        live = await self._actions.live(conversation)
        head, now = live.head, self._sequencer.now()
        if head.promise is not None:
            return
        if not isinstance(head.holder, WithBot | InQueue):
            raise RefusedError("not_waiting", "Разговор больше не ждёт в очереди.")
        owed = promise(now, self._reached(head.address), why, "", head.holder.since if isinstance(head.holder, InQueue) else None)
        entries, after = open_promise(head, owed, queue, now, LEFT if gone else "promised")
        said = () if gone else (promise_message(head, owed, self._sequencer.traits),)
        await self._sequencer.committed_step(live, (*said, *entries), head=after)

    async def attempt(self, who: Operator, conversation: int, outcome: Outcome) -> None:
        """A failed attempt: it returns to the promises, with its operator."""
        live, owed, holder = await self._owed(who, conversation)
        now = self._sequencer.now()
        after = Promised(holder.queue, now, who.login)
        head = replace(live.head, promise=tried(owed, Attempt(now, who.login, outcome)))
        await self._sequencer.committed_step(
            live, (Attempted(now, who.login, outcome), HandedOver(now, after, "attempted", who.login)),
            head=hand_over(head, after), audit_entries=(self._actions.audit_entry(who, "attempt", live, outcome),))

    async def called(self, who: Operator, conversation: int, outcome: Outcome) -> None:
        """A call of the hub did not bring the answer; without a promise it is only recorded, and the operator continues."""
        live = await self._actions.live(conversation)
        if live.head.promise is not None and held_by(live.head, who.login):
            await self.attempt(who, conversation, outcome)
        else:
            await self._sequencer.committed_step(live, (Attempted(self._sequencer.now(), who.login, outcome),))

    async def keep(self, who: Operator, conversation: int, key: str, answer: str) -> StoredEvent:
        """Give the answer. A repeated key gives the same record; the talk goes on until it is closed."""
        live = await self._actions.live(conversation)
        if (who.login, key) in live.keys:
            return await self._actions.say(who, conversation, key, answer, internal=False)
        live, owed, _ = await self._owed(who, conversation)
        now = self._sequencer.now()
        said = Message(Author.OPERATOR, answer, now, key=key, by=who.login, name=who.name)
        ended = PromiseEnded(now, owed.due, PromiseEnd.KEPT, who.login)
        return (await self._end(live, (said, ended), self._actions.audit_entry(who, "keep", live)))[0]

    async def withdraw(self, who: Operator, conversation: int, note: str) -> None:
        """The citizen withdrew the question personally: the note says how."""
        live, owed, _ = await self._owed(who, conversation)
        now = self._sequencer.now()
        words = Message(Author.OPERATOR, note, now, by=who.login, name=who.name, internal=True)
        ended = PromiseEnded(now, owed.due, PromiseEnd.WITHDRAWN, who.login)
        await self._end(live, (words, ended), self._actions.audit_entry(who, "withdraw", live))

    def _reached(self, address: Address) -> Address:
        """Nobody is promised a call that nobody can make: RefusedError("no_number") for a caller and a visitor without a number.

        Whom another deployment has handed over it knows how to reach.
        """
        if not (address.is_remote or self._sequencer.traits.answerable(address)):
            raise RefusedError("no_number", "Номер телефона неизвестен: спросите, куда перезвонить.")
        return address

    async def _end(self, live: LiveConversation, entries: tuple[ConversationEvent, ...],
                   audit_entry: AuditEntry) -> tuple[StoredEvent, ...]:
        return await self._sequencer.committed_step(live, entries, head=replace(live.head, promise=None), audit_entries=(audit_entry,))

    async def _owed(self, who: Operator, conversation: int) -> tuple[LiveConversation, CallbackPromise, WithOperator]:
        """A promise that the operator is keeping now."""
        live = await self._actions.live(conversation)
        holder, owed = live.head.holder, live.head.promise
        if not (isinstance(holder, WithOperator) and held_by(live.head, who.login)):
            raise RefusedError("not_yours", "Сначала возьмите разговор.")
        if owed is None:
            raise RefusedError("not_promised", "В этом разговоре ответ не обещан.")
        return live, owed, holder


def _address(head: Conversation, spelled: str) -> Address:
    if not spelled.strip():
        return head.address
    if number := e164(spelled):
        return Address("voice", number)
    raise RefusedError("bad_address", "Это не похоже на номер телефона: нужны десять цифр, например 916 123-45-67.")
