"""Consult transfer: an operator asks a colleague, another line, or an external specialist while the citizen waits (CH-09).

The consultation is in the journal before the call, and its course follows there. A colleague gets the conversation with its clocks;
after a transfer to an external number it stays with the operator, who closes it. A centre with its own telephones is called where
the ladder allows a transfer to it; once they talk, the conversation ends here, with its clocks in the record (RT-08).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from hub.access.operator import Operator, Presence
from hub.access.permissions import Permission
from hub.actions.centre_transfer import CentreTransfer
from hub.actions.conversation_actions import Actions, must_not_decide
from hub.conversations.conversation import Closed, Conversation, WithOperator, bridge_by_phone, connected, hand_over, held_by
from hub.conversations.journal import ConversationEvent, HandedOver, PutOnHold
from hub.conversations.message import Author, Message
from hub.conversations.ports import Channel, Store
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.transfer_route import TransferHop
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import OknoError, RefusedError
from hub.kernel.signal import Signal
from hub.organisation.phone_directory import Listed
from hub.organisation.registry import Listing
from hub.telephony.ports import CallTopology, Consultation, ConsultationNews, ConsultingChannel, DiallingChannel

BEGUN = "Консультация: звоним, заявитель ждёт. {whom}"
AT_ONCE = "Передача: звоним, заявитель ждёт и будет соединён, как только ответят. {whom}"
PASSED_ON = "Заявитель соединён с другим центром и передан ему: {whom}"
NOT_PASSED = "С телефона не передано «{to}»: {why} Телефон звонит снова, передайте обращение на экране."
TOLD = {
    CallTopology.ASIDE: "Консультация: оператор говорит с собеседником, заявитель ждёт. {whom}",
    CallTopology.TOGETHER: "Консультация: все говорят вместе. {whom}",
    CallTopology.PASSED: "Консультация: разговор с заявителем передан собеседнику. {whom}",
}
BACK = {
    "": "Консультация окончена: оператор снова говорит с заявителем.",
    "busy": "Консультация не состоялась: у собеседника занято. Оператор снова говорит с заявителем.",
    "no_answer": "Консультация не состоялась: собеседник не ответил. Оператор снова говорит с заявителем.",
    "unreachable": "Консультация не состоялась: до собеседника не дозвониться. Оператор снова говорит с заявителем.",
    "gone": "Консультация окончена: собеседник положил трубку. Оператор снова говорит с заявителем.",
    "lost": "Консультация окончена: оператор положил трубку.",
    "left": "Консультация окончена вместе с разговором.",
    "cut": "Консультация прервана: хаб перезапускался. Оператор снова говорит с заявителем.",
}


class ConsultTransfer:
    """All consultations of this hub; the channel knows the current ones."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, dispatch: Dispatch, actions: Actions,
                 channels: Mapping[str, Channel],
                 directory: Sequence[Listed], passing: CentreTransfer, centres: Callable[[], Sequence[Listing]]) -> None:
        """`centres` gives the numbers of today's centres without a line in this hub."""
        self._sequencer, self._store, self._dispatch, self._actions, self._channels = sequencer, store, dispatch, actions, channels
        self.directory = {each.number: each.title for each in directory}
        self._passing, self._centres = passing, centres
        self._waits: set[int] = set()
        """Conversations with a waiting citizen during a consultation; after a restart the hold is recorded again, which is harmless."""
        self.on_change = Signal[[int]]()

    def going_on(self, conversation: int) -> ConsultationNews | None:
        return self._telephone.consulted(conversation) if self._telephone is not None else None

    def possible(self, head: Conversation) -> bool:
        """Whether there is a talk in which the operator may consult."""
        return isinstance(head.holder, WithOperator) and self._talking is not None and self._talking.talks(head.id)

    def whom(self, ask: Consultation) -> str:
        """Name of the consulted party."""
        names = {each.number: each.name for each in self._centres()} | self.directory
        return self._dispatch.name(ask.colleague) if ask.colleague else names.get(ask.number, ask.number)

    def centres(self) -> list[Listing]:
        """Centres to which the citizen may be transferred by telephone, if the ladder agrees; the directory's number has priority."""
        return [each for each in self._centres() if each.number not in self.directory]

    async def consult(self, who: Operator, conversation: int, key: str, *, operator: str = "", queue: str = "", number: str = "",
                      topic: str = "", at_once: bool = False) -> None:
        """Consult a colleague, a free operator of a line, an entry of the directory, or a centre. Idempotent by key.

        `topic` is the actual subject, for a centre. The `number` gets the citizen `at_once`. Refusals: not an own conversation, no
        talk, a consultation is under way, unknown name, number or line, no way to the centre.
        """
        colleague = await self._colleague(who, operator, queue)
        live = await self._actions.live(conversation)
        if (begun := live.keys.get((who.login, key))) is not None:
            await self._sequencer.stored(live, begun)
            return
        telephone = self._own(who, live.head)
        if sum(map(bool, (operator, queue, number))) != 1 or (at_once and not number):
            raise RefusedError("bad_consultation", "Укажите коллегу, линию или номер.")
        passed = self._passed(live.head, number, topic)
        holder = live.head.holder
        if colleague is not None and isinstance(holder, WithOperator) and not self._actions.works_with(colleague, queue or holder.queue):
            raise RefusedError("no_such_operator", "С этим коллегой посоветоваться нельзя.")
        if telephone.consulted(conversation) is not None:
            raise RefusedError("consulting", "Консультация уже идёт.")
        login, now = colleague.login if colleague else "", self._sequencer.now()
        if passed and at_once:
            must_not_decide(who, live, now)
        text = (AT_ONCE if at_once else BEGUN).format(whom=self.whom(Consultation(conversation, 0, who.login, login, number)))
        begin = Message(Author.SYSTEM, text, now, key=key, by=who.login, internal=True)
        audit_entry = self._actions.audit_entry(who, "consult", live, login or number)
        record = (await self._sequencer.committed_step(live, (begin, PutOnHold(now, who.login, on=True)),
                                                       audit_entries=(audit_entry,)))[0].id
        ask = Consultation(conversation, record, who.login, login, number, passed, topic, at_once)
        self._waits.add(conversation)
        try:
            await telephone.consult(ask)
        except OknoError:
            await self.consulted(ConsultationNews(ask, CallTopology.BACK, "unreachable"))
            raise
        self.on_change(conversation)

    async def arrange(self, who: Operator, conversation: int, company: CallTopology) -> None:
        """Return to the citizen, transfer, or start a conference; raises RefusedError."""
        live = await self._actions.live(conversation)
        telephone = self._own(who, live.head)
        going_on, holder = telephone.consulted(conversation), live.head.holder
        if going_on is None or not isinstance(holder, WithOperator):
            raise RefusedError("not_consulting", "Консультация уже окончена.")
        colleague = going_on.ask.colleague
        if company is CallTopology.RINGS or (going_on.company is CallTopology.RINGS and company is not CallTopology.BACK):
            raise RefusedError("not_answered", "Собеседник ещё не ответил.")
        if company is CallTopology.PASSED and going_on.ask.passed:
            must_not_decide(who, live, self._sequencer.now())
        if company is not CallTopology.PASSED or not colleague:
            await telephone.arrange(conversation, company)
            await self._store.note(self._actions.audit_entry(who, f"consult_{company}", live, colleague or going_on.ask.number))
            return
        # The conversation is handed over first, then the call is connected.
        now = self._sequencer.now()
        must_not_decide(who, live, now)
        after = WithOperator(colleague, now, holder.queue, holder.waiting_since, connected(holder))
        await self._sequencer.committed_step(
            live, (HandedOver(now, after, "transferred", who.login),), head=hand_over(live.head, after),
            audit_entries=(self._actions.audit_entry(who, "transfer", live, colleague),))

    async def consulted(self, news: ConsultationNews) -> None:
        """hub.intake.ports.Intake: the course of a consultation, for the journal."""
        ask = news.ask
        if news.company is CallTopology.BACK:
            await self._note(ask, BACK.get(news.why, BACK[""]), waits=False)
        elif news.company is CallTopology.PASSED and ask.passed is not None:
            await self._pass_on(ask, ask.passed)
        else:
            await self._note(ask, TOLD[news.company].format(whom=self.whom(ask)), waits=news.company is CallTopology.ASIDE)
        self.on_change(ask.conversation)

    async def held(self, conversation: int, by: str, *, on: bool) -> None:
        """hub.intake.ports.Intake: during a consultation the citizen waits anyway, whatever the operator's telephone does."""
        going_on = self.going_on(conversation)
        if going_on is None or going_on.company is CallTopology.TOGETHER:
            await self._sequencer.committed_step(await self._sequencer.load(conversation), (PutOnHold(self._sequencer.now(), by, on=on),))

    async def passed_on(self, conversation: int, to: str) -> None:
        """hub.intake.ports.Intake: the transfer key of a telephone is the desk's transfer; a refusal is a note for the operator."""
        live = await self._sequencer.load(conversation)
        holder = live.head.holder
        who = self._dispatch.operator(holder.operator) if isinstance(holder, WithOperator) else None
        if who is None:
            return
        operator, queue = (to, "") if self._dispatch.operator(to) is not None else ("", to)
        refusal = self._actions.authorization.why_not(who, Permission.HAND_OVER)
        why = refusal.text if refusal is not None else ""
        try:
            if not why:
                await self._actions.transfer(who, conversation, queue=queue, operator=operator, note="")
        except RefusedError as error:
            why = str(error)
        if why:
            note = Message(Author.SYSTEM, NOT_PASSED.format(to=to, why=why), self._sequencer.now(), internal=True)
            await self._sequencer.committed_step(await self._sequencer.load(conversation), (note,))

    async def _note(self, ask: Consultation, text: str, *, waits: bool) -> None:
        now = self._sequencer.now()
        entries: list[ConversationEvent] = [Message(Author.SYSTEM, text, now, internal=True)]
        if not (waits and ask.conversation in self._waits):
            entries.append(PutOnHold(now, ask.operator, on=waits))
        (self._waits.add if waits else self._waits.discard)(ask.conversation)
        await self._sequencer.committed_step(await self._sequencer.load(ask.conversation), entries)

    async def _pass_on(self, ask: Consultation, passed: TransferHop) -> None:
        """The citizen talks to the other centre. Promises stay with the operator. Idempotent."""
        live, now = await self._sequencer.load(ask.conversation), self._sequencer.now()
        self._waits.discard(ask.conversation)
        if isinstance(live.head.holder, Closed) and live.head.holder.passed:
            return
        told = (Message(Author.SYSTEM, PASSED_ON.format(whom=self.whom(ask)), now, internal=True), PutOnHold(now, ask.operator, on=False))
        if not held_by(live.head, ask.operator) or live.head.promise is not None:
            await self._sequencer.committed_step(live, told)
            return
        after = bridge_by_phone(replace(live.head, topic=ask.topic or live.head.topic), passed, now)
        audit_entry = AuditEntry(now, ask.operator, "pass", str(ask.conversation), f"{passed.receiver}: {passed.reason}")
        await self._sequencer.committed_step(
            live, (*told, HandedOver(now, after.holder, passed.reason, ask.operator)), head=after, audit_entries=(audit_entry,))

    def _passed(self, head: Conversation, number: str, topic: str) -> TransferHop | None:
        """How the citizen is transferred if the number is a centre's; RefusedError where it may not be called."""
        if not number or number in self.directory:
            return None
        centre = next((each.centre for each in self._centres() if each.number == number), None)
        if centre is None:
            raise RefusedError("no_such_number", "Этого номера нет в справочнике.")
        return self._passing.by_telephone(head, centre, topic)

    @cached_property
    def _telephone(self) -> ConsultingChannel | None:
        # Cached, as in outbound_calls.py.
        return next((channel for channel in self._channels.values() if isinstance(channel, ConsultingChannel)), None)

    @cached_property
    def _talking(self) -> DiallingChannel | None:
        return next((channel for channel in self._channels.values() if isinstance(channel, DiallingChannel)), None)

    def _own(self, who: Operator, head: Conversation) -> ConsultingChannel:
        if not held_by(head, who.login):
            raise RefusedError("not_yours", "Советоваться может только тот, кто ведёт разговор.")
        if self._telephone is None:
            raise RefusedError("no_telephone", "Звонить отсюда нельзя: телефония не настроена.")
        return self._telephone

    async def _colleague(self, who: Operator, operator: str, queue: str) -> Operator | None:
        """The named colleague, or the least busy free operator of a line."""
        if operator:
            colleague = await self._store.get(Operator, operator)
            if colleague is None or not colleague.active or operator == who.login:
                raise RefusedError("no_such_operator", "С этим коллегой посоветоваться нельзя.")
            return colleague
        if not queue:
            return None
        free = [each for each in await self._store.all(Operator) if queue in each.queues and each.active and each.login != who.login
                and self._dispatch.presence(each.login) is Presence.READY]
        if not free:
            raise RefusedError("nobody_free", "На этой линии сейчас никто не свободен.")
        return min(free, key=lambda each: (self._dispatch.load(each.login), each.login))

