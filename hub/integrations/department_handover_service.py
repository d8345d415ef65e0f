"""Hands a matter to a department's own call centre, and brings back its answer (IN-03, IN-04).

Our centre promises the answer in the same step, so that nothing is lost if the other centre refuses, is silent or unavailable: the
matter returns to its line with a note for the operator, and the promised deadline stays. The request is sent after the step is
stored, and repeated with the same key after an interruption.
"""

import logging
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.actions.centre_transfer import CentreTransfer
from hub.actions.conversation_actions import Actions, must_not_decide
from hub.conversations.callback_promise import promise, stands_since
from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator, hand_over, waiting_since
from hub.conversations.journal import ConversationEvent, HandedOver, PromiseGiven
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.promise_creation import promise_message
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.transfer_route import TransferHop
from hub.integrations.department_client import DepartmentClients
from hub.integrations.department_handover import SOON, DepartmentRelay, Entrusted, RelayState, Reply, ReplyState, heard, taken_back, unheard
from hub.kernel.due_documents import DueDocuments
from hub.kernel.errors import RefusedError
from hub.organisation.queue import Topic

log = logging.getLogger(__name__)

HANDED = "Передано в «{title}» с согласия заявителя: {summary} Связаться: {callback}."
HERE = "там, где идёт это обращение"
PASSED_ON = "Ваш вопрос передан: {title}."
NOTHING = Reply(ReplyState.WITHDRAWN)
"""Nothing was received."""
WORDS = {
    RelayState.ACCEPTED: "«{title}» принял вопрос{number}.",
    RelayState.ANSWERED: "«{title}» ответил{number}: {text}",
    RelayState.REFUSED: "«{title}» не примет вопрос{number}. {text} Ответ за нами.",
    RelayState.SILENT: "«{title}» не ответил вовремя: вопрос снова наш, ответ обещан заявителю.",
}
HEARD_IT = " Заявителю ответ уже сообщён."


class Draft(Struct, frozen=True):
    """An operator's hand-over. `key` is unique to it: a repeated one hands nothing over."""

    key: str
    department: str
    summary: str
    topic: str = ""
    callback: str = ""
    """Address of the citizen; "" is the current one."""


class DepartmentHandover:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, passing: CentreTransfer,
                 systems: DepartmentClients,
                 topics: Mapping[str, Topic]) -> None:
        self._sequencer, self._store, self._actions, self._passing, self._systems = sequencer, store, actions, passing, systems
        self._topics = topics
        clock = DueDocuments(store, sequencer.now, DepartmentRelay, "due", self._work)
        self.look, self.start, self.close = clock.look, clock.start, clock.close

    def way(self, head: Conversation, department: str, topic: str) -> TransferHop | None:
        """Whether it may be handed to this department's call centre from its line; None where it has none. RefusedError("no_way")."""
        return self._passing.to_department(head, department, topic) if department in self._systems.call_centres() else None

    def title(self, department: str) -> str:
        """Title of a department's call centre; "" where it has none."""
        system = self._systems.call_centres().get(department)
        return self._systems.agreed[system].title if system else ""

    async def relay(self, who: Operator, conversation: int, draft: Draft) -> None:
        """Hand it over, and promise the answer. Refusals are those of CentreTransfer.pass_on, and no_such_department."""
        live = await self._actions.live(conversation)
        if (before := live.keys.get((who.login, draft.key))) is not None:
            await self._sequencer.stored(live, before)
            return
        live, holder = await self._actions.mine(who, conversation)
        head, now = live.head, self._sequencer.now()
        must_not_decide(who, live, now)
        passed = self.way(head, draft.department, draft.topic)
        if passed is None:
            raise RefusedError("no_such_department", "У этого ведомства нет своего контакт-центра, с которым есть связь.")
        made = self._made(who, head, draft, waiting_since(holder))
        head = replace(head, topic=draft.topic or head.topic)
        note = HANDED.format(title=made.title, summary=_ended(draft.summary), callback=draft.callback or HERE)
        entries: list[ConversationEvent] = [Message(Author.OPERATOR, note, now, key=draft.key, by=who.login, name=who.name, internal=True),
                                Message(Author.SYSTEM, PASSED_ON.format(title=made.title), now)]
        if head.promise is None:
            owed = promise(now, head.address, passed.reason, who.login, waiting_since(holder))
            head = replace(head, promise=owed)
            entries += [promise_message(head, owed, self._sequencer.traits), PromiseGiven(now, owed.due, owed.why, who.login)]
        after = Promised(holder.queue, now, holder.operator if isinstance(holder, WithOperator) else "")
        entries.append(HandedOver(now, after, passed.reason, who.login))
        await self._store.put(replace(made, next=now + SOON))  # the timer continues if this is the last thing done
        await self._sequencer.committed_step(live, entries, head=hand_over(head, after), audit_entries=(
            self._actions.audit_entry(who, "relay", live, f"{passed.receiver}: {passed.reason}"),))
        await self._store.put(made)
        self.look()

    def _made(self, who: Operator, head: Conversation, draft: Draft, since: datetime) -> DepartmentRelay:
        system, now = self._systems.call_centres()[draft.department], self._sequencer.now()
        key, topic = f"{head.number}.{draft.key}", self._topics.get(draft.topic or head.topic)
        contact = draft.callback or self._sequencer.traits.readable(head.address)
        matter = Entrusted(key, head.number, head.address.family, topic.title if topic else "", draft.summary,
                           contact, since, now + self._systems.agreed[system].answers)
        return DepartmentRelay(key, head.id, draft.key, system, self._systems.agreed[system].title, who.login, now, matter, next=now)

    async def _work(self, relay: DepartmentRelay) -> None:
        live, now = await self._handed(relay), self._sequencer.now()
        if live is None:
            await self._store.drop(DepartmentRelay, relay.key)
            return
        if live.head.promise is None and relay.state is not RelayState.SILENT:
            await self._store.put(taken_back(relay, now))  # answered here meanwhile
            return
        after, reply = await self._asked(relay)
        if after.state is not relay.state and after.state in WORDS:
            await self._tell(relay, after.state, reply)
        if after.next is None:
            await self._store.drop(DepartmentRelay, relay.key)
        else:
            await self._store.put(after)

    async def _handed(self, relay: DepartmentRelay) -> LiveConversation | None:
        """Its conversation; None where that is erased, or the hand-over was not stored. Raises StoreError."""
        try:
            live = await self._sequencer.load(relay.conversation)
        except KeyError:
            return None
        note = live.keys.get((relay.by, relay.draft))
        if live.head.erased is not None or note is None:
            return None
        await self._sequencer.stored(live, note)
        return live

    async def _asked(self, relay: DepartmentRelay) -> tuple[DepartmentRelay, Reply]:
        """The relay after another exchange with its centre, and its report."""
        try:
            reply = await self._exchange(relay)
        except RefusedError as error:
            if error.code != "system_refused" or relay.state is not RelayState.SENDING:
                return unheard(relay, self._sequencer.now()), NOTHING
            reply = Reply(ReplyState.REFUSED, text=error.text)
        return heard(relay, reply, self._sequencer.now()), reply or NOTHING

    async def _exchange(self, relay: DepartmentRelay) -> Reply | None:
        match relay.state:
            case RelayState.SENDING:
                return await self._systems.entrust(relay.system, relay.matter)
            case RelayState.SILENT:
                return await self._systems.take_back(relay.system, relay.key)
            case _:
                return await self._systems.reply(relay.system, relay.key)

    async def _tell(self, relay: DepartmentRelay, state: RelayState, reply: Reply) -> None:
        """Report to its conversation, once; a returned matter goes back to its line."""
        live, now = await self._sequencer.load(relay.conversation), self._sequencer.now()
        key, head, after = f"relay/{relay.key}/{state}", live.head, None
        if ("", key) in live.keys:
            return
        number = f" (№ {reply.number})" if reply.number else ""
        words = WORDS[state].format(title=relay.title, number=number, text=_ended(reply.text))
        entries: list[ConversationEvent] = [Message(Author.SYSTEM, words + (HEARD_IT if reply.told else ""), now, key=key, internal=True)]
        if state is not RelayState.ACCEPTED and isinstance(head.holder, Promised) and head.promise is not None:
            line = InQueue(head.holder.queue, stands_since(head.promise, now))
            entries.append(HandedOver(now, line, f"relay_{state}"))
            after = hand_over(head, line)
        await self._sequencer.committed_step(live, entries, head=after)


def _ended(text: str) -> str:
    """With a full stop at the end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."
