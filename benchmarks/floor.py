"""What the floor costs: 1,000 operators on thirty lines, 500 messages a second, and twenty desks that look.

The hub's own lanes and router on a clock of the benchmark's; of each of its seconds only what the wallboard adds is measured: following
what is committed, putting the rows together, judging the alarms of each line, and writing the frames of all who look.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from time import thread_time
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from benchmarks.report import report, rounded
from bots.russian import Russian
from hub.access.authorization import Authorization, Line
from hub.access.operator import Operator, Presence, Role
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, Holder, InQueue, WithBot, WithOperator, hand_over, waiting_since
from hub.conversations.journal import HandedOver
from hub.conversations.message import Author, Message
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.desk.monitoring.frames import FloorChanged
from hub.dispatch.dispatcher import Dispatch
from hub.dispatch.priority import Patience
from hub.kernel.ids import RecordIds
from hub.monitoring.alarm_service import AlarmMonitor
from hub.monitoring.first_replies import FirstReplies
from hub.monitoring.wallboard import FloorNews, Group, GroupKind, Wallboard
from hub.organisation.level import Level
from hub.organisation.queue import Lines, Queue
from hub.reporting.days import Days
from okno.drivers import channel_traits
from routing.assignment import Floor
from routing.journey import Station
from routing.ladder import Ladder
from routing.line_hours import LineHours
from routing.reasons import Party
from storage.memory import MemoryStore

OPERATORS, LINES, DESKS, WARM_S, SECONDS = 1_000, 30, 20, 240, 60
MESSAGES, CONTACTS, TALK_S = 500, 12, 90
"""A second: what is written, and how many wish for a person; and how long a talk takes."""
ANSWERED = 0.1
"""Of those who wait, in each second: they wait for ten seconds on average, and one in eight too long."""
GOALS = ["share_of_a_core <= 0.02"]
QUEUES = tuple(Queue(f"line{number}", f"Линия {number}") for number in range(LINES))

P = ParamSpec("P")
T = TypeVar("T")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Watch:
    """Adds up what calls take of a core: what others take of it meanwhile is not theirs."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    def over(self, call: Callable[P, T]) -> Callable[P, T]:
        def timed(*arguments: P.args, **named: P.kwargs) -> T:
            begun = thread_time()
            try:
                return call(*arguments, **named)
            finally:
                self.spent_s += thread_time() - begun
        return timed


class Hall:
    """A centre at work, as far as the floor follows it."""

    def __init__(self) -> None:
        self.clock, self.random = Clock(), Random(1)
        self.following, self.putting = Watch(), Watch()
        self.told: list[int] = []
        """Bytes of each frame."""
        self.store = MemoryStore(Russian())
        self.sequencer = ConversationSequencer(self.store, RecordIds(), self.clock, {}, channel_traits())
        self.dispatch = Dispatch(self.sequencer, self.store, Floor(), Lines(QUEUES), Patience())
        ladder = Ladder({queue.id: Station("001", Party(Level.REGIONAL.value)) for queue in QUEUES})
        self.dispatch.expects = lambda queue: ladder.predicted_s(queue, self.clock().timestamp())
        for queue in QUEUES:
            ladder.staffed(queue.id, 60, 40, self.clock().timestamp())
        groups = [Group("centre:001", GroupKind.CENTRE, "Центр", tuple(q.id for q in QUEUES), frozenset({"001"})),
                  *(Group(f"line:{q.id}", GroupKind.LINE, q.title, (q.id,), frozenset({"001"})) for q in QUEUES)]
        days = Days(self.store, Lines(QUEUES), "001", ZoneInfo("Europe/Moscow"), self.clock)
        self.board = Wallboard(self.dispatch, days, groups, self.clock)
        self.board.looked_at.answer_by(lambda: True)
        self.board.on_change.subscribe(self._tell)
        own = Line("Центр", ("001", "", ""), "001", Level.REGIONAL)
        authorization = Authorization({}, own, lambda *_: frozenset(), lambda code: frozenset({code}))
        self.alarm_monitor = AlarmMonitor(self.store, self.clock, authorization, self.board, Lines(QUEUES),
                                          LineHours((), {q.id: "001" for q in QUEUES}), FirstReplies(self.sequencer, self.store))
        self.judging = Watch()
        self.board.on_tick.subscribe(self.judging.over(self.alarm_monitor.look))
        self.sequencer.on_commit.react.subscribe(self.dispatch.committed)
        self.sequencer.on_commit.show.subscribe(self.following.over(self.board.committed))
        self.people = [Operator(f"operator{n}", "", Role.OPERATOR, tuple(q.id for q in self.random.sample(QUEUES, 3)))
                       for n in range(OPERATORS)]
        self.waiting: list[LiveConversation] = []
        self.talking: list[LiveConversation] = []

    async def open(self) -> None:
        for each in self.people:
            await self.store.put(each)
        await self.dispatch.start((), ())
        self.board.start(())
        await self.board.caught_up()
        for each in self.people:
            self.dispatch.set_presence(each, Presence.READY)
            self.board.presence(each.login, Presence.READY)

    async def second(self) -> None:
        """What happens in one: some begin to wait, some are answered, some have been helped, and all others write."""
        for _ in range(CONTACTS):
            number = self.sequencer.new_id()
            lane = self.sequencer.add(LiveConversation(Conversation(number, str(number), Address("web.chat", str(number)), self.clock(),
                                                                    WithBot()), {}))
            await self._moves(lane, InQueue(self.random.choice(QUEUES).id, self.clock()))
            self.waiting.append(lane)
        for lane in [each for each in self.waiting if self.random.random() < ANSWERED]:
            self.waiting.remove(lane)
            holder = lane.head.holder
            assert isinstance(holder, InQueue)
            await self._moves(lane, WithOperator(self.random.choice(self.people).login, self.clock(), holder.queue, waiting_since(holder)))
            self.talking.append(lane)
        for lane in [each for each in self.talking if self.random.random() < 1 / TALK_S]:
            self.talking.remove(lane)
            await self._moves(lane, Closed(self.clock(), "other", "operator"))
        for lane in self.random.choices(self.talking, k=MESSAGES if self.talking else 0):
            await self.sequencer.committed_step(lane, (Message(Author.CITIZEN, "Да, понимаю", self.clock()),))
        self.clock.now += timedelta(seconds=1)
        self.putting.over(self.board.tick)()

    async def _moves(self, lane: LiveConversation, holder: Holder) -> None:
        await self.sequencer.committed_step(lane, (HandedOver(self.clock(), holder, "benchmark"),), head=hand_over(lane.head, holder))

    def _tell(self, news: FloorNews) -> None:
        frame = FloorChanged(self.clock(), whole=False, groups=list(news.groups), late=list(news.late), channels=None, linked=None)
        self.told += [len(msgspec.json.encode(frame)) for _ in range(DESKS)]


async def main() -> None:
    hall = Hall()
    await hall.open()
    for _ in range(WARM_S):
        await hall.second()
    hall.following.spent_s = hall.putting.spent_s = hall.judging.spent_s = 0.0
    hall.told.clear()
    for _ in range(SECONDS):
        await hall.second()
    await hall.board.close()
    await hall.alarm_monitor.close()
    hall.dispatch.close()
    following_s, putting_s = hall.following.spent_s / SECONDS, hall.putting.spent_s / SECONDS
    report("floor", {
        "share_of_a_core": rounded(following_s + putting_s), "following_ms_per_s": rounded(following_s * 1e3),
        "putting_together_ms_per_s": rounded(putting_s * 1e3), "of_these_alarms_ms_per_s": rounded(hall.judging.spent_s / SECONDS * 1e3),
        "kb_per_s_and_desk": rounded(sum(hall.told) / SECONDS / DESKS / 1e3),
        "talking": float(len(hall.talking)), "waiting": float(len(hall.waiting)),
        "breaches": float(hall.board.whole().groups[0].breaches)}, GOALS)


if __name__ == "__main__":
    asyncio.run(main())
