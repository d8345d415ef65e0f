"""Actions of a person on a conversation: permission check, then one step including the audit entry.

Refusals are RefusedError with a code for machines (see docs/codes.md) and a text for the person.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import CAPACITY, Operator
from hub.access.permissions import Permission
from hub.access.read_log import AccessGround, AccessLog
from hub.conversations.address import masked
from hub.conversations.conversation import (
    Closed,
    Conversation,
    InQueue,
    Promised,
    WithOperator,
    WithRemoteCentre,
    connected,
    hand_over,
    held_by,
    waiting_since,
)
from hub.conversations.journal import ConversationEvent, HandedOver, StoredEvent
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Store
from hub.conversations.promise_creation import is_term
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.talk_clocks import ClockStage, stage
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Query
from hub.organisation.form_fields import FormField, checked, of_topic
from hub.organisation.queue import Lines

UNANSWERED = "Обращение ждёт ответа: ответьте на него или отметьте, что ответ не нужен."


class Planned(Struct, frozen=True):
    """Planned result of an action: entries to add, and the new head if it changes."""

    entries: tuple[ConversationEvent, ...]
    audit_entry: AuditEntry
    head: Conversation | None = None


class Macro(Struct, frozen=True):
    """Combined actions: a note, a reply, and a target line or a closing topic. `name` is for the audit."""

    key: str
    name: str
    text: str = ""
    note: str = ""
    queue: str = ""
    topic: str = ""


class Actions:
    """Every change a person makes to a conversation, from any interface (desk, command line, another hub)."""

    def __init__(self, sequencer: ConversationSequencer, dispatch: Dispatch, store: Store, lines: Lines, topics: Container[str],
                 authorization: Authorization, mask: Callable[[str], str] = masked) -> None:
        """`mask` removes personal data from a text."""
        self._sequencer, self._dispatch, self._store, self.authorization = sequencer, dispatch, store, authorization
        self.traits = sequencer.traits
        self.readings = AccessLog(store, sequencer.now, mask)
        self._queues, self._topics = lines, topics
        self.unset = Query[[int], Awaitable[Sequence[str]]](_nothing)
        """Texts of mandatory script steps still ahead in a conversation."""
        self.closing_fields = Query[[], Sequence[FormField]](tuple)
        """The form that is filled in at closing."""
        self._taking: defaultdict[str, dict[int, int]] = defaultdict(dict)
        """Login to conversations being taken, with their cost: the router counts them only when they are stored."""

    async def open(self, who: Operator, conversation: int) -> Conversation:
        """Open a conversation; audited with its ground. Raises RefusedError("no_ground") where a reason must be stated."""
        return (await self.read(who, conversation, "open")).head

    async def read(self, who: Operator, conversation: int, what: str, detail: str = "") -> LiveConversation:
        """Read data of a visible conversation, as `open` does."""
        live = await self.seen(who, conversation)
        await self.readings.note(who.login, what, str(conversation), detail, ground=self.ground(who, live.head))
        return live

    def ground(self, who: Operator, head: Conversation) -> str:
        """The ground for reading it; raises RefusedError("no_ground").

        A merged conversation is read with the ground of the remaining one.
        """
        head = self.kept(head)
        return self.readings.ground(who, head, offered=self._dispatch.offer(head.id, who.login) is not None)

    async def seen(self, who: Operator, conversation: int) -> LiveConversation:
        """A visible conversation; an attempt on another one is audited."""
        live = await self.live(conversation)
        if not self.sees(who, live.head):
            await self._store.note(AuditEntry(self._sequencer.now(), who.login, "open_refused", str(conversation)))
            raise RefusedError("forbidden", "Этот разговор ведёт другой оператор.")
        return live

    async def state(self, who: Operator, conversation: int, why: str) -> None:
        """State the reason for reading a conversation outside of the operator's own work."""
        await self.seen(who, conversation)
        await self.readings.state(who, conversation, why)

    def sees(self, who: Operator, head: Conversation) -> bool:  # noqa: PLR0911 - one screen shows every holder
        """Own, offered, closed by oneself, scored, and waiting in one's lines; with SEE_ALL all of one's centre. Default deny."""
        if self.authorization.may(who, Permission.SEE_ALL, head) or ((kept := self.kept(head)) is not head and self.sees(who, kept)):
            return True
        if not self.authorization.may(who, Permission.SERVE, head):
            return False
        match head.holder:
            case WithOperator(operator=operator):
                return operator == who.login
            case InQueue(queue=queue, wanted=wanted):
                return wanted == who.login or (not wanted and queue in who.queues) or self._dispatch.offer(head.id, who.login) is not None
            case Promised(queue=queue, owner=owner):
                return owner == who.login or queue in who.queues
            case WithRemoteCentre(queue=queue):
                return queue in who.queues
            case Closed() if head.served_by == who.login and head.erased is None:
                return True
            case _:
                return isinstance(head.holder, Closed) and self.readings.reviewed(who, head.id) is AccessGround.SCORED

    def kept(self, head: Conversation) -> Conversation:
        """The remaining conversation after a merge, or itself."""
        live = self._sequencer.active(head.merged.into) if head.merged else None
        return live.head if live else head

    async def accept(self, who: Operator, conversation: int) -> None:
        """Accept an offer. Idempotent."""
        live = await self.live(conversation)
        if held_by(live.head, who.login):
            return
        if self._dispatch.offer(conversation, who.login) is None:
            raise RefusedError("no_offer", "Предложение уже недействительно.")
        await self._give(who, live, "accepted")

    async def take(self, who: Operator, conversation: int) -> None:
        """Take a waiting conversation or a promise, if the operator serves its line and has capacity.

        Who steers the line also takes over what a colleague holds.
        """
        live = await self.live(conversation)
        if held_by(live.head, who.login):
            return
        holder = live.head.holder
        if isinstance(holder, WithOperator) and self.authorization.may(who, Permission.STEER, live.head):
            await self.do(live, self._taking_over(who, live, holder))
            return
        if not isinstance(holder, InQueue | Promised):
            raise RefusedError("not_waiting", "Разговор больше не ждёт в очереди.")
        # A colleague may keep a promise before its owner does.
        own = holder.queue in who.queues and (isinstance(holder, Promised) or holder.wanted in ("", who.login))
        own = own or live.head.danger is not None  # with danger to life every operator of its centre with capacity helps
        if not (self.authorization.may(who, Permission.SERVE, live.head)
                and (own or self.authorization.may(who, Permission.STEER, live.head))):
            raise RefusedError("forbidden", "Эта очередь вам не назначена.")
        if live.head.danger is None and (lacks := self.authorization.uncertified(who, holder.queue)) is not None:
            raise RefusedError(lacks.code, lacks.text)
        cost = 0 if self._dispatch.offer(conversation, who.login) else self.traits.of(live.head.address).cost
        taking = self._taking[who.login]
        under_way = sum(cost for number, cost in taking.items() if self._dispatch.holder(number) != who.login)
        if cost and live.head.danger is None and self._dispatch.load(who.login) + under_way + cost > CAPACITY:
            raise RefusedError("full", "У вас уже максимум разговоров: сначала завершите один из них.")
        taking[conversation] = cost
        try:
            await self._give(who, live, "taken")
        finally:
            taking.pop(conversation, None)

    def _taking_over(self, who: Operator, live: LiveConversation, holder: WithOperator) -> Planned:
        """A transfer that is accepted in the same step: the colleague loses it, the citizen's clock goes on."""
        if not self.authorization.may(who, Permission.SERVE, live.head):
            raise RefusedError("forbidden", "Эта очередь вам не назначена.")
        if self.traits.of(live.head.address).spoken:
            raise RefusedError("not_waiting", "Звонок ведёт коллега: к разговору можно подключиться.")
        now = self._sequencer.now()
        line = InQueue(holder.queue, waiting_since(holder), who.login, connected(holder))
        after = WithOperator(who.login, now, holder.queue, waiting_since(holder), connected(holder))
        return Planned((HandedOver(now, line, "transferred", who.login), HandedOver(now, after, "taken", who.login)),
                       self.audit_entry(who, "taken", live, holder.operator), hand_over(hand_over(live.head, line), after))

    async def _give(self, who: Operator, live: LiveConversation, why: str) -> None:
        holder = live.head.holder
        if not isinstance(holder, InQueue | Promised):
            raise RefusedError("not_waiting", "Разговор больше не ждёт в очереди.")
        now = self._sequencer.now()
        talked_since, left = (holder.talked_since, holder.left) if isinstance(holder, InQueue) else (None, None)
        after = WithOperator(who.login, now, holder.queue, holder.since, talked_since, left)
        await self._sequencer.committed_step(
            live, (HandedOver(now, after, why, who.login),), head=hand_over(live.head, after),
            audit_entries=(self.audit_entry(who, why, live),))

    async def reopen(self, who: Operator, conversation: int) -> None:
        """Take up again what is closed: what the operator closed, or with STEER any of the centre. Idempotent."""
        live = await self.live(conversation)
        head = live.head
        if held_by(head, who.login):
            return
        if not isinstance(head.holder, Closed) or head.merged is not None:
            raise RefusedError("not_closed", "Разговор не завершён: снова открыть можно только завершённый.")
        if not (self.authorization.may(who, Permission.SERVE, head)
                and (head.served_by == who.login or self.authorization.may(who, Permission.STEER, head))):
            raise RefusedError("forbidden", "Этот разговор завершил другой сотрудник.")
        if self._dispatch.load(who.login) + self.traits.of(head.address).cost > CAPACITY:
            raise RefusedError("full", "У вас уже максимум разговоров: сначала завершите один из них.")
        now = self._sequencer.now()
        after = WithOperator(who.login, now, head.line or next(iter(who.queues), ""), now)
        await self._sequencer.committed_step(live, (HandedOver(now, after, "resumed", who.login),), head=hand_over(head, after),
                                             audit_entries=(self.audit_entry(who, "resumed", live),))

    async def reject(self, who: Operator, conversation: int) -> None:
        if not self._dispatch.reject(conversation, who.login):
            raise RefusedError("no_offer", "Предложение уже недействительно.")

    async def say(self, who: Operator, conversation: int, key: str, text: str, *, internal: bool,
                  mentions: tuple[str, ...] = (), files: tuple[Attachment, ...] = (), apart: bool = False,
                  cc: tuple[str, ...] = ()) -> StoredEvent:
        """Send a reply to the citizen, or a note that may mention colleagues. Idempotent by key.

        With `apart` its files are a message of their own.
        """
        live = await self.live(conversation)
        before = live.keys.get((who.login, key))
        if before is not None:
            await self._sequencer.stored(live, before)
            return (await self._store.records(conversation, upto=before, limit=1))[0]
        return (await self.do(live, self._saying(
            who, live, key, text, internal=internal, mentions=mentions, files=files, apart=apart, cc=cc)))[0]

    def _saying(self, who: Operator, live: LiveConversation, key: str, text: str, *, internal: bool, mentions: tuple[str, ...] = (),
                files: tuple[Attachment, ...] = (), apart: bool = False, cc: tuple[str, ...] = ()) -> Planned:
        if internal:
            if not self.sees(who, live.head):
                raise RefusedError("forbidden", "Этот разговор ведёт другой оператор.")
        elif not held_by(self.kept(live.head), who.login):
            raise RefusedError("not_yours", "Отвечать может только тот, кто ведёт разговор.")
        message = Message(Author.OPERATOR, text, self._sequencer.now(), key=key, by=who.login, name=who.name, internal=internal,
                          mentions=mentions, attachments=files, cc=cc)
        said: tuple[Message, ...] = (message,)
        if apart and text and files:
            said = (replace(message, attachments=()), replace(message, text="", key=f"{key}.files", mentions=()))
        return Planned(said, self.audit_entry(who, "note" if internal else "reply", live, ", ".join(mentions)))

    async def run(self, who: Operator, conversation: int, macro: Macro) -> None:
        """Run a macro in one atomic step: each part has the checks of the single action. Idempotent by key."""
        unset = await self.unset(conversation) if macro.topic else ()
        live = await self.live(conversation)
        said = ((macro.note, f"{macro.key}.note", True), (macro.text, macro.key, False))
        for _, key, _ in said:
            if (before := live.keys.get((who.login, key))) is not None:
                await self._sequencer.stored(live, before)
                return
        plans = [self._saying(who, live, key, text, internal=internal) for text, key, internal in said if text]
        if macro.queue:
            if not self.authorization.may(who, Permission.HAND_OVER, live.head):
                raise RefusedError("forbidden", "Передавать этот разговор вам нельзя.")
            plans.append(self.transferring(who, live, self.steered(who, live), queue=macro.queue))
        elif macro.topic:
            plans.append(self._closing(who, live, self.steered(who, live), macro.topic, unset))
        await self.do(live, *plans, more=(self.audit_entry(who, "macro", live, macro.name),))

    async def do(self, live: LiveConversation, *plans: Planned, more: tuple[AuditEntry, ...] = ()) -> tuple[StoredEvent, ...]:
        """Several actions in one step; only the last one may hand over."""
        entries = tuple(entry for plan in plans for entry in plan.entries)
        return await self._sequencer.committed_step(live, entries, head=plans[-1].head,
                                                    audit_entries=(*(plan.audit_entry for plan in plans), *more))

    async def transfer(self, who: Operator, conversation: int, *, queue: str, operator: str, note: str) -> None:
        """Transfer to a queue or to a colleague; the citizen's clock is kept (CH-09, D3)."""
        # Awaited before the conversation is read: the decision must not be interrupted.
        colleague = await self._store.get(Operator, operator) if operator else None
        live, holder = await self.mine(who, conversation)
        if bool(queue) == bool(operator):
            raise RefusedError("bad_transfer", "Укажите очередь или коллегу.")
        await self.do(live, self.transferring(who, live, holder, queue=queue, operator=operator, colleague=colleague, note=note))

    def transferring(self, who: Operator, live: LiveConversation, holder: InQueue | WithOperator, *, queue: str, operator: str = "",
                      colleague: Operator | None = None, note: str = "") -> Planned:
        if queue and (queue not in self._queues or self._queues[queue].successor):
            raise RefusedError("no_such_queue", "Такой очереди нет, или она закрыта.")
        if queue and holder.queue in self._queues and self._queues[queue].home != self._queues[holder.queue].home:
            raise RefusedError("other_centre", "Это линия другого центра: кто её примет, решают место и вопрос.")
        now = self._sequencer.now()
        must_not_decide(who, live, now)
        if operator and (colleague is None or not self.authorization.may(colleague, Permission.SERVE) or operator == who.login
                         or not self.works_with(colleague, queue or holder.queue)):
            raise RefusedError("no_such_operator", "Этому коллеге передать нельзя.")
        talked_since = connected(holder) if isinstance(holder, WithOperator) else holder.talked_since
        left = holder.left if self.traits.of(live.head.address).spoken else None
        after = InQueue(queue or holder.queue, waiting_since(holder), operator, talked_since, left=left)
        notes = (Message(Author.OPERATOR, note, now, by=who.login, name=who.name, internal=True),) if note else ()
        return Planned((*notes, HandedOver(now, after, "transferred", who.login)),
                       self.audit_entry(who, "transfer", live, operator or queue),
                       hand_over(live.head, after))

    def works_with(self, colleague: Operator, queue: str) -> bool:
        """Whether the operator is of the line's centre and may work on the line."""
        return self.authorization.covers(colleague, queue) and self.authorization.works(colleague, queue)

    async def close(self, who: Operator, conversation: int, topic: str, why: str = "", answers: Mapping[str, str] | None = None) -> None:
        """Close with a topic, when all mandatory script steps are passed: a supervisor may waive them and says `why` (KB-01).

        `answers` fill in the form of the topic; they are kept as a note.
        """
        # Awaited before the conversation is read: the decision must not be interrupted.
        unset = await self.unset(conversation)
        live, holder = await self.mine(who, conversation)
        await self.do(live, self._closing(who, live, holder, topic, unset, why, answers or {}))

    def _closing(self, who: Operator, live: LiveConversation, holder: InQueue | WithOperator, topic: str, unset: Sequence[str],
                 why: str = "", answers: Mapping[str, str] | None = None) -> Planned:
        if live.head.promise is not None:
            raise RefusedError("promise_open", UNANSWERED if is_term(live.head.promise) else "Гражданину обещан ответ: сначала дайте его.")
        if topic not in self._topics:
            raise RefusedError("no_such_topic", "Такой темы нет.")
        now, notes, detail = self._sequencer.now(), tuple[Message, ...](), topic
        gone = isinstance(holder, WithOperator) and holder.left is not None
        form = of_topic(self.closing_fields(), topic)
        answered = {} if gone and not answers else checked(form, answers or {})
        if answered:
            said = "\n".join(f"{each.title}: {answered[each.id]}" for each in form if each.id in answered)
            notes = (Message(Author.OPERATOR, said, now, by=who.login, name=who.name, internal=True),)
        if unset:
            if not gone and not (why and self.authorization.may(who, Permission.STEER, live.head)):
                raise RefusedError("steps_ahead", f"Сначала пройдите обязательные шаги сценария. {' · '.join(unset)}")
            detail = f"{topic}; left out: {len(unset)}"
            said = f"Закрыто без обязательных шагов: {why or 'заявитель ушёл'}. {' · '.join(unset)}"
            notes = (*notes, Message(Author.OPERATOR, said, now, by=who.login, name=who.name, internal=True))
        after = Closed(now, topic, who.login)
        again = "позвоните" if self.traits.of(live.head.address).spoken else "напишите"
        farewell = Message(Author.SYSTEM, f"Обращение закрыто. Если остались вопросы, просто {again}.", now)
        return Planned((*notes, farewell, HandedOver(now, after, "closed", who.login)), self.audit_entry(who, "close", live, detail),
                       hand_over(live.head, after))

    async def mine(self, who: Operator, conversation: int) -> tuple[LiveConversation, InQueue | WithOperator]:
        """The conversation, if it is the operator's own or with STEER anybody's; and its human holder."""
        live = await self.live(conversation)
        return live, self.steered(who, live)

    def steered(self, who: Operator, live: LiveConversation) -> InQueue | WithOperator:
        if not (held_by(live.head, who.login) or self.authorization.may(who, Permission.STEER, live.head)):
            raise RefusedError("not_yours", "Этот разговор ведёт другой оператор.")
        holder = live.head.holder
        if not isinstance(holder, InQueue | WithOperator):
            raise RefusedError("not_held", "Разговор сейчас не у оператора.")
        return holder

    async def live(self, conversation: int) -> LiveConversation:
        """Load a conversation; after a merge the remaining one, too."""
        try:
            live = await self._sequencer.load(conversation)
        except KeyError:
            raise RefusedError("no_such_conversation", "Такого обращения нет.") from None
        if live.head.merged is not None:
            await self._sequencer.load(live.head.merged.into)
        return live

    async def note(self, who: Operator, live: LiveConversation, text: str) -> None:
        """A note for colleagues. Raises StoreError."""
        said = Message(Author.OPERATOR, text, self._sequencer.now(), by=who.login, name=who.name, internal=True)
        await self._sequencer.committed_step(live, (said,))

    def audit_entry(self, who: Operator, what: str, live: LiveConversation, detail: str = "") -> AuditEntry:
        return AuditEntry(self._sequencer.now(), who.login, what, str(live.head.id), detail)


def must_not_decide(who: Operator, live: LiveConversation, now: datetime) -> None:
    """After ten minutes the operator cannot transfer any more: RefusedError (D4)."""
    holder = live.head.holder
    if isinstance(holder, WithOperator) and held_by(live.head, who.login) and stage(connected(holder), now) is ClockStage.DECIDE:
        raise RefusedError("decide", "Прошло 10 минут: завершите разговор или пообещайте ответ.")


async def _nothing(conversation: int) -> Sequence[str]:
    """Default where there are no scripts."""
    del conversation
    return ()
