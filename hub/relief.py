"""Brings what would wait too long to another centre, before the 20 seconds are over, or offers an answer later (RT-04, RT-06).

A listener of the lanes. It tells the ladder what happens to the lines, and asks it about each conversation that finds nobody.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable

from msgspec.structs import replace

from hub.conversation import Closed, Conversation, InQueue, WithOperator, hand_over
from hub.dispatch import Dispatch, OfferNews
from hub.errors import OknoError
from hub.journal import Entry, HandedOver
from hub.lanes import Lane, Lanes
from hub.levels import TopicClass
from hub.message import Author, Message
from hub.operators import CAPACITY, COST, Presence
from hub.ports import Change, Ladder, Store
from hub.queues import Topic
from hub.stops import Elsewhere, Later
from hub.tasks import Tasks

log = logging.getLogger(__name__)

CHAT = COST["web"]
"""Cost units that a place at an operator takes: lines are forecast in places, of which he has four."""
ANSWER_LATER = "Ответьте мне позже"
OFFERED = "Сейчас ожидание дольше обычного. Вы сохраните место, если подождёте. Или оператор ответит вам в течение 24 часов."


Promising = Callable[[int, str, str], Coroutine[None, None, None]]
"""Promises an answer later: conversation, the queue that owes it, why."""


class Relief:
    def __init__(self, lanes: Lanes, store: Store, dispatch: Dispatch, ladder: Ladder, topics: Iterable[Topic], promise: Promising) -> None:
        self._lanes, self._store, self._dispatch, self._ladder, self._promise = lanes, store, dispatch, ladder, promise
        self._kinds = {topic.id: topic.kind for topic in topics}
        self._held: dict[int, WithOperator] = {}
        self._busy: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._ready: defaultdict[str, dict[str, int]] = defaultdict(dict)
        """Queue to operators with their taken and their free places; the sum of all is under ""."""
        self._served: dict[str, frozenset[str]] = {}
        """Login to the queues that he was counted in last."""
        self._tasks = Tasks()

    async def start(self) -> None:
        """Take over from the store what waits and what is held."""
        for head in await self._store.held(""):
            if isinstance(head.holder, WithOperator):
                self._held[head.id] = head.holder
        for head in await self._store.waiting((), limit=1_000_000):
            if isinstance(head.holder, InQueue):
                self._ladder.joined(head.id, head.holder.queue, head.holder.since.timestamp())

    def predicted_s(self, queue: str) -> float:
        """The wait of whoever joins a line now; infinite where nobody serves it."""
        return self._ladder.predicted_s(queue, self._now_s())

    def presence(self, login: str, presence: Presence) -> None:
        """Counts what an operator adds to his lines, now that he came, left or has other work."""
        del presence
        self._staff(login)

    def offer(self, news: OfferNews) -> None:
        """Whoever is offered to somebody waits no more; when that came to nothing, he does again."""
        conversation, login = news.offer.conversation, news.offer.operator
        lane = self._lanes.active(conversation)
        if not news.how:
            self._ladder.served(conversation, self._now_s())
        elif lane is not None and isinstance(lane.head.holder, InQueue):
            self._joined(lane.head, lane.head.holder)
        self._staff(login)

    def committed(self, lane: Lane, change: Change) -> None:
        holder = lane.head.holder
        if isinstance(holder, InQueue) and any(_asks_for_later(record.entry) for record in change.records):
            self._tasks.spawn(self._later(lane.head.id, holder.queue))
        elif change.head is not None and any(isinstance(record.entry, HandedOver) for record in change.records):
            self._handed_over(lane.head, self._held.pop(lane.head.id, None))

    def _handed_over(self, head: Conversation, before: WithOperator | None) -> None:
        number, holder, now_s = head.id, head.holder, self._now_s()
        if before:
            self._ladder.finished(before.queue, now_s - before.since.timestamp(), now_s)
            self._staff(before.operator)
        match holder:
            case InQueue():
                self._joined(head, holder)
            case WithOperator(operator=operator):
                self._held[number] = holder
                self._ladder.served(number, now_s)
                self._staff(operator)
            case _:
                self._ladder.left(number, now_s, gave_up=isinstance(holder, Closed))

    async def close(self) -> None:
        await self._tasks.cancel()

    def _staff(self, login: str) -> None:
        operator = self._dispatch.operator(login)
        if operator is None:
            return
        load, ready = self._dispatch.load(login), self._dispatch.presence(login) is Presence.READY
        places = -(-load // CHAT), max(CAPACITY - load, 0) // CHAT if ready else 0
        serves = frozenset(operator.queues)
        before, self._served[login] = self._served.get(login, serves), serves
        for queue in serves | before:
            here = places if queue in serves else (0, 0)
            for counted, now in zip((self._busy, self._ready), here, strict=True):
                counted[queue][""] = counted[queue].get("", 0) + now - counted[queue].get(login, 0)
                counted[queue][login] = now
            self._ladder.staffed(queue, self._busy[queue][""], self._ready[queue][""], self._now_s())

    def _joined(self, head: Conversation, holder: InQueue) -> None:
        """It waits, unless somebody is just asked to take it."""
        if self._dispatch.is_offered(head.id):
            return
        self._ladder.joined(head.id, holder.queue, self._now_s())
        if holder.wanted:
            return
        kind = self._kinds.get(head.topic, TopicClass.UNKNOWN)
        step = self._ladder.elsewhere(head.number, holder.queue, kind, holder.since, head.passed, self._lanes.now())
        if step is not None:
            self._tasks.spawn(self._go(head.id, holder, step))

    def _now_s(self) -> float:
        return self._lanes.now().timestamp()

    async def _later(self, conversation: int, queue: str) -> None:
        try:
            await self._promise(conversation, queue, "overload")
        except OknoError as error:
            log.warning("a promise was not given", extra={"conversation": conversation, "why": str(error)})

    async def _go(self, conversation: int, seen: InQueue, step: Elsewhere | Later) -> None:
        """Unless somebody has taken it meanwhile."""
        try:
            lane = await self._lanes.load(conversation)
            head, now = lane.head, self._lanes.now()
            if head.holder != seen:
                return
            if isinstance(step, Later):
                said = Message(Author.SYSTEM, OFFERED, now, choices=(ANSWER_LATER,))
                await self._lanes.committed_step(lane, (said,))
                return
            after = replace(seen, queue=step.queue)
            await self._lanes.committed_step(
                lane, (HandedOver(now, after, step.passed.reason),),
                head=replace(hand_over(head, after), passed=(*head.passed, step.passed)))
        except OknoError as error:
            log.warning("a conversation stays where it waits", extra={"conversation": conversation, "why": str(error)})


def _asks_for_later(entry: Entry) -> bool:
    return isinstance(entry, Message) and entry.author is Author.CITIZEN and entry.text.strip() == ANSWER_LATER
