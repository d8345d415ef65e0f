"""Overflow: moves conversations that another centre must answer, or would answer sooner, to its line (RT-02, RT-04, RT-06).

A listener of the sequencer. It reports events of lines to the ladder, and asks it about each conversation without an operator: when
it begins to wait, and again within the 20 seconds.
"""

import logging
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.access.operator import CAPACITY, Presence
from hub.conversations import danger
from hub.conversations.channel_traits import Cost
from hub.conversations.conversation import (
    Closed,
    Conversation,
    InQueue,
    Promised,
    WithOperator,
    hand_over,
    hand_to_remote,
    transfer_to_centre,
)
from hub.conversations.journal import ConversationEvent, HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, PromiseAnswer
from hub.conversations.promise_creation import promise_message
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.talk_clocks import ANSWER, WaitAlarm
from hub.conversations.transfer_route import RELIEF, OfferCallback, PromiseCallback, ToLine, ToRemoteCentre, TransferHop
from hub.dispatch.dispatcher import Dispatch, OfferNews
from hub.dispatch.ports import Ladder, Opening
from hub.federation.remote_centres import RemoteCentres
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import OknoError
from hub.kernel.signal import Signal
from hub.notifications.announcement import Occasion
from hub.notifications.announcer import AnnouncementService
from hub.organisation.level import TopicClass
from hub.organisation.opening_words import said
from hub.organisation.queue import Topic, kind_of

log = logging.getLogger(__name__)

CHAT = Cost.CHAT
"""Cost units of one place: lines are forecast in places, of which an operator has four."""
AGAIN = timedelta(seconds=5)
"""Pause before the ladder is asked again, while an answer within 20 s is still possible (SL-03)."""
BREATH = timedelta(seconds=1.5)
"""Pause before a citizen is told that nobody is there: who writes of danger to life in the next message is told nothing of 24 hours."""
CALM_S = 10.0
"""A predicted wait of at most so many seconds ends an alarm."""
ANSWER_LATER = "Ответьте мне позже"
KEPT = "Обещание ответить остаётся в силе, вы снова в очереди."
NOBODY, LONGER = "Сейчас на линии нет операторов.", "Сейчас ожидание дольше обычного."
OFFERED = "Вы сохраните место, если подождёте. Или оператор ответит вам в течение 24 часов."


class OverflowRouter:
    def __init__(self, sequencer: ConversationSequencer, dispatch: Dispatch, ladder: Ladder, topics: Mapping[str, Topic],
                 promise: PromiseAnswer, *,
                 opening: Opening, announcement_service: AnnouncementService, remote: RemoteCentres | None = None,
                 breath: timedelta = BREATH) -> None:
        """`remote` hands conversations to other deployments, where there are links; `breath` is the pause before an offer."""
        self._breath = breath
        self._sequencer, self._dispatch, self._ladder, self._promise = sequencer, dispatch, ladder, promise
        self._opening, self._announcement_service, self._remote = opening, announcement_service, remote
        self._topics = topics
        self._held: dict[int, WithOperator] = {}
        self._busy: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._ready: defaultdict[str, dict[str, int]] = defaultdict(dict)
        """Queue to operators with their taken and free places; the total is under ""."""
        self._served: dict[str, frozenset[str]] = {}
        """Login to the queues in which the operator was last counted."""
        self.passed: Counter[str] = Counter()
        """Hand-overs from centre to centre, by reason (RT-01)."""
        self.on_wait = Signal[[str, WaitAlarm]]()
        """Called when the predicted wait in a queue becomes too long, and again only after it was short."""
        self._alarmed: set[str] = set()
        self._offered_later: set[int] = set()
        """Waiting conversations that were offered a callback: nobody is asked twice."""
        self._agenda = DeadlineQueue(sequencer.now, self._ask_about)
        """When to ask again about waiting conversations."""
        self._tasks = BackgroundTasks()

    def start(self, held: Iterable[Conversation], waiting: Iterable[Conversation]) -> None:
        """Load held and waiting conversations."""
        self._held = {head.id: head.holder for head in held if isinstance(head.holder, WithOperator)}
        for head in waiting:
            if isinstance(head.holder, InQueue):
                self._ladder.joined(head.id, head.holder.queue, head.holder.since.timestamp())
                self._watch(head.holder.queue)

    def predicted_s(self, queue: str, joining: Iterable[str] = (), leaving: Iterable[str] = ()) -> float:
        """The wait of a new citizen in a line, or the wait if these operators served it in addition, and those no more.

        Infinite where nobody serves it.
        """
        more, fewer = [*map(self._places, joining)], [*map(self._places, leaving)]
        busy, ready = (sum(each[kind] for each in more) - sum(each[kind] for each in fewer) for kind in (0, 1))
        return self._ladder.predicted_s(queue, self._now_s(), busy, ready)

    def refuses(self, queue: str, passed: TransferHop) -> str:
        """Why a line takes nothing from another deployment now, in a word; "" where it does.

        An overloaded line takes no load of others (RT-09).
        """
        if self._opening.shut(queue, self._sequencer.now()):
            return "shut"
        return "overloaded" if passed.reason in RELIEF and self.predicted_s(queue) > ANSWER.total_seconds() else ""

    def forbids(self, queue: str, source: str, head: Conversation) -> str:
        """Why a line may not take a conversation of another deployment, in a word of the matrix; "" where it may."""
        return self._ladder.forbids(queue, source, head, self._kind(head), self._sequencer.now())

    def led(self, head: Conversation) -> tuple[Conversation, tuple[HandedOver, ...]]:
        """A conversation that begins to wait, in its proper line, and the reason (RT-02)."""
        now = self._sequencer.now()
        step = None if self._is_helped(head) else self._elsewhere(head)
        if not isinstance(step, ToLine | ToRemoteCentre):
            return head, ()
        after = self._gone(head, step, now)
        return after, (HandedOver(now, after.holder, step.passed.reason),)

    def presence(self, login: str, presence: Presence) -> None:
        """Update the places of an operator's lines after a change of presence or work."""
        del presence
        self._staff(login)
        self._help(login)

    def offer(self, news: OfferNews) -> None:
        """An offered conversation does not wait; when the offer fails, it does again."""
        conversation, login = news.offer.conversation, news.offer.operator
        live = self._sequencer.active(conversation)
        if not news.how:
            self._ladder.served(conversation, self._now_s())
        elif live is not None and isinstance(live.head.holder, InQueue):
            self._joined(live.head, live.head.holder)
        self._staff(login)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        holder = live.head.holder
        if isinstance(holder, InQueue) and live.head.danger is None and any(_asks_for_later(record.entry) for record in change.records):
            self._tasks.spawn(self._owe(live.head.id, PromiseCallback(holder.queue, "overload")) if live.head.promise is None
                              else self._goes_back(live.head.id))
            return
        if change.head is None:
            return
        handed = [record.entry for record in change.records if isinstance(record.entry, HandedOver)]
        if handed:
            passed = live.head.passed
            if passed and (passed[-1].at, passed[-1].reason) == (handed[-1].at, handed[-1].why):
                self.passed[passed[-1].reason] += 1
            self._handed_over(live.head, self._held.pop(live.head.id, None))

    def look(self) -> None:
        """Ask again about waiting conversations; otherwise called by the timer."""
        self._agenda.look()

    def _ask_about(self, conversation: int) -> None:
        live = self._sequencer.active(conversation)
        if live is None or self._dispatch.is_offered(conversation):
            return
        if isinstance(live.head.holder, InQueue):
            self._ask(live.head, live.head.holder)

    def _handed_over(self, head: Conversation, before: WithOperator | None) -> None:
        number, holder, now_s = head.id, head.holder, self._now_s()
        if before:
            self._ladder.finished(before.queue, now_s - before.since.timestamp(), now_s)
            self._staff(before.operator)
            self._help(before.operator)
        match holder:
            case InQueue():
                self._joined(head, holder)
                return
            case WithOperator(operator=operator):
                self._held[number] = holder
                self._ladder.served(number, now_s)
                self._staff(operator)
            case _:
                self._ladder.left(number, now_s, gave_up=isinstance(holder, Closed))
        self._offered_later.discard(number)
        self._agenda.put(number, None)

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    def _staff(self, login: str) -> None:
        operator = self._dispatch.operator(login)
        if operator is None:
            return
        places = self._places(login)
        serves = frozenset(operator.queues)
        before, self._served[login] = self._served.get(login, serves), serves
        for queue in serves | before:
            here = places if queue in serves else (0, 0)
            for counted, now in zip((self._busy, self._ready), here, strict=True):
                counted[queue][""] = counted[queue].get("", 0) + now - counted[queue].get(login, 0)
                counted[queue][login] = now
            self._ladder.staffed(queue, self._busy[queue][""], self._ready[queue][""], self._now_s())
            self._watch(queue)

    def _help(self, login: str) -> None:
        """An operator is free and their lines are empty: a conversation that waits too long elsewhere may come here."""
        operator = self._dispatch.operator(login)
        room = self._room(login) if operator and self._alarmed else 0
        if operator is None or not room:
            return
        for queue in self._alarmed.difference(operator.queues):
            for conversation in self._dispatch.line(queue)[:room]:
                self._tasks.spawn(self._ask_for(conversation))

    def _places(self, login: str) -> tuple[int, int]:
        """Taken and free places of an operator."""
        return -(-self._dispatch.load(login) // CHAT), self._room(login)

    def _room(self, login: str) -> int:
        """Free places of an operator; none unless ready."""
        ready = self._dispatch.presence(login) is Presence.READY
        return max(CAPACITY - self._dispatch.load(login), 0) // CHAT if ready else 0

    def _watch(self, queue: str) -> None:
        """Raise the alarm before a wait becomes too long (SL-03); empty lines are ignored."""
        alarm = self._ladder.alarm(queue, self._now_s())
        if alarm and alarm.waiting and queue not in self._alarmed:
            self._alarmed.add(queue)
            self.on_wait(queue, alarm)
        elif queue in self._alarmed and self.predicted_s(queue) <= CALM_S:
            self._alarmed.discard(queue)

    def _joined(self, head: Conversation, holder: InQueue) -> None:
        """It waits, unless it is being offered."""
        if self._dispatch.is_offered(head.id):
            return
        self._ladder.joined(head.id, holder.queue, self._now_s())
        self._watch(holder.queue)
        if not holder.wanted:
            self._ask(head, holder)

    def _ask(self, head: Conversation, holder: InQueue) -> None:
        """The better line, if any; and when to ask again if it stays."""
        now = self._sequencer.now()
        self._agenda.put(head.id, None)
        if head.danger is not None:
            self._ask_urgently(head, holder, now)
            return
        step = self._elsewhere(head)
        if step is None and math.isinf(self.predicted_s(holder.queue)):
            step = OfferCallback(math.inf)  # nobody is there, which the citizen is told
        match step:
            case PromiseCallback() as owed:
                self._tasks.spawn(self._owe(head.id, owed))
            case OfferCallback() if head.id in self._offered_later or self._sequencer.traits.of(head.address).letters:
                self._ask_again(head.id, holder, now)
            case OfferCallback() if now < (said_at := holder.since + self._breath):
                self._agenda.put(head.id, said_at)
            case ToLine() | ToRemoteCentre() | OfferCallback():
                self._tasks.spawn(self._go(head.id, holder, step))
            case None:
                self._ask_again(head.id, holder, now)

    def _ask_urgently(self, head: Conversation, holder: InQueue, now: datetime) -> None:
        """Danger to life: it is offered to all operators here already.

        Where there is none, another centre may help, and the citizen is told once.
        """
        step = None if self._is_helped(head) else self._elsewhere(head)
        if isinstance(step, ToLine | ToRemoteCentre):
            self._tasks.spawn(self._go(head.id, holder, step))
            return
        self._agenda.put(head.id, now + AGAIN)
        if not self._is_helped(head) and head.id not in self._offered_later and not self._sequencer.traits.of(head.address).letters:
            self._tasks.spawn(self._go(head.id, holder, OfferCallback(math.inf)))

    def _is_helped(self, head: Conversation) -> bool:
        """Whether life is in danger, and an operator of the centre is present."""
        return head.danger is not None and self._dispatch.anyone_helps(head.queue)

    async def _ask_for(self, conversation: int) -> None:
        try:
            head = (await self._sequencer.load(conversation)).head
        except OknoError as error:
            log.warning("overflow of a conversation failed: it stays in its queue", extra={"conversation": conversation, "why": str(error)})
            return
        if isinstance(head.holder, InQueue) and not head.holder.wanted and not self._dispatch.is_offered(conversation):
            self._ask(head, head.holder)

    def _ask_again(self, conversation: int, holder: InQueue, now: datetime) -> None:
        if (at := now + AGAIN) < holder.since + ANSWER:
            self._agenda.put(conversation, at)

    def _kind(self, head: Conversation) -> TopicClass:
        return kind_of(head.topic, self._topics)

    def _now_s(self) -> float:
        return self._sequencer.now().timestamp()

    async def _owe(self, conversation: int, owed: PromiseCallback) -> None:
        try:
            await self._promise(conversation, owed.queue, owed.why)
        except OknoError as error:
            log.warning("callback promise not stored: the conversation stays in its queue",
                        extra={"conversation": conversation, "why": str(error)})

    async def _goes_back(self, conversation: int) -> None:
        """The answer is owed already, and the citizen does not wait in the line any more."""
        try:
            live = await self._sequencer.load(conversation)
            head, now = live.head, self._sequencer.now()
            if isinstance(head.holder, InQueue) and head.promise is not None:
                after = Promised(head.holder.queue, now)
                said = replace(promise_message(head, head.promise, self._sequencer.traits), at=now)
                await self._sequencer.committed_step(live, (said, HandedOver(now, after, "promised")), head=hand_over(head, after))
        except OknoError as error:
            log.warning("callback promise not stored: the conversation stays in its queue",
                        extra={"conversation": conversation, "why": str(error)})

    def _elsewhere(self, head: Conversation) -> ToLine | ToRemoteCentre | OfferCallback | PromiseCallback | None:
        beyond = self._remote.beyond(head.address) if self._remote else {}
        return self._ladder.elsewhere(head, self._kind(head), self._sequencer.now(), beyond)

    def _gone(self, head: Conversation, step: ToLine | ToRemoteCentre, now: datetime) -> Conversation:
        """In another line here, or at a centre on another deployment."""
        if isinstance(step, ToLine):
            return transfer_to_centre(head, step, now)
        assert self._remote is not None  # noqa: S101 - the ladder was told of nobody else
        return hand_to_remote(head, step.passed, self._remote.key(head.id), now)

    async def _go(self, conversation: int, seen: InQueue, step: ToLine | ToRemoteCentre | OfferCallback) -> None:
        """Move it, unless it was taken meanwhile."""
        try:
            live = await self._sequencer.load(conversation)
            head, now = live.head, self._sequencer.now()
            if head.holder != seen:
                return
            if isinstance(step, OfferCallback):
                if conversation in self._offered_later:  # told meanwhile: it was asked for twice at once
                    return
                self._offered_later.add(conversation)
                await self._sequencer.committed_step(live, self._why_later(head, seen.queue, step, now))
                return
            after = self._gone(head, step, now)
            await self._sequencer.committed_step(live, (HandedOver(now, after.holder, step.passed.reason),), head=after)
        except OknoError as error:
            log.warning("overflow of a conversation failed: it stays in its queue", extra={"conversation": conversation, "why": str(error)})

    def _why_later(self, head: Conversation, queue: str, later: OfferCallback, now: datetime) -> tuple[Message, ...]:
        """The reason of the wait, and the alternatives. In danger to life no hours and no day are named."""
        if head.danger is not None:
            return (Message(Author.SYSTEM, danger.NOBODY, now),)
        shut = self._opening.shut(queue, now)
        why = said(shut, now) if shut else NOBODY if math.isinf(later.predicted_s) else LONGER
        announced = self._announcement_service.says(Occasion.CLOSED, queue, now) if shut else ()
        if head.promise is not None:
            return *announced, Message(Author.SYSTEM, f"{why} {KEPT}", now, choices=(ANSWER_LATER,))
        return *announced, Message(Author.SYSTEM, f"{why} {OFFERED}", now, choices=(ANSWER_LATER,))


def _asks_for_later(entry: ConversationEvent) -> bool:
    return isinstance(entry, Message) and entry.author is Author.CITIZEN and entry.text.strip() == ANSWER_LATER
