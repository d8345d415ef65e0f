"""Watches the deadlines of promises and of talks, with one timer for the earliest.

Raised alarms of a promise and its return to the queue are stored. After a restart the store tells what is owed, and missed alarms
are raised at once.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from hub.access.operator import Presence
from hub.conversations.callback_promise import (
    ESCALATE_AT_PCT,
    CallbackPromise,
    alarms,
    at_risk,
    next_alarm,
    overdue,
    returns_at,
    stands_since,
)
from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator, connected, hand_over
from hub.conversations.journal import Alarmed, ConversationEvent, HandedOver, PromiseEnd, PromiseEnded
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.talk_clocks import ClockStage, next_stage_at, stage, talked_in_time
from hub.conversations.visible_counts import VisibleCounter
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import OknoError
from hub.kernel.signal import Signal

log = logging.getLogger(__name__)

AGAIN = timedelta(seconds=5)
"""Pause before an alarm that could not be stored is tried again."""
EVERYTHING = 1_000_000


class PromiseWatch:
    """The promises and the talks of one centre."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, dispatch: Dispatch) -> None:
        self._sequencer, self._store, self._dispatch = sequencer, store, dispatch
        self._agenda = DeadlineQueue(sequencer.now, lambda conversation: self._tasks.spawn(self._step(conversation)))
        self._open: dict[int, CallbackPromise] = {}
        self.owed, self.at_risk = VisibleCounter(), VisibleCounter()
        """Conversations with a promise, and those with little or no time left."""
        self._owners: dict[int, str] = {}
        """Promises with an owner."""
        self._talks: dict[int, tuple[datetime, ClockStage]] = {}
        """Talks with their beginning and the last reported stage."""
        self._tasks = BackgroundTasks()
        self.kept = self.kept_late = self.withdrawn = 0
        self.talks_in_time = self.talks_too_long = 0
        """Talks that ended within ten minutes, and longer ones (SL-04)."""
        self.on_stage = Signal[[Conversation, ClockStage]]()

    async def start(self, held: Iterable[Conversation]) -> None:
        """Load promises and talks."""
        for head in (*await self._store.promised(limit=EVERYTHING), *held):
            self._watch(head)
        self.look()

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer."""
        del live  # it may be ahead of what is committed
        if change.head is None:
            return
        for record in change.records:
            if isinstance(record.entry, PromiseEnded):
                self._count(record.entry)
        self._watch(change.head)

    def presence(self, operator: str, presence: Presence) -> None:
        """At the end of a shift an operator's promises go to all who serve the queue."""
        if presence is Presence.OFFLINE:
            for conversation in [number for number, owner in self._owners.items() if owner == operator]:
                self._tasks.spawn(self._step(conversation))

    @property
    def open(self) -> int:
        return len(self._open)

    @property
    def overdue(self) -> int:
        """Answers owed for longer than a day: 0 in a centre that meets the standard (GV-16)."""
        now = self._sequencer.now()
        return sum(overdue(owed, now) for owed in self._open.values())

    def look(self) -> None:
        """Do what is due; otherwise called by the timer."""
        self._agenda.look()

    async def close(self) -> None:
        self._agenda.close()
        await self._tasks.cancel()

    def _watch(self, head: Conversation) -> None:
        number, holder = head.id, head.holder
        talk, told = self._talks.pop(number, (None, ClockStage.TALK))
        if isinstance(holder, WithOperator):
            since = connected(holder)
            self._talks[number] = (since, told if talk == since else ClockStage.TALK)
        elif talk is not None and not isinstance(holder, InQueue):
            self._talk_ended(talk)
        self._open.pop(number, None)
        self.owed.drop(number)
        self.at_risk.drop(number)
        if head.promise is not None:
            self._open[number] = head.promise
            self.owed.put(head)
            if at_risk(head.promise):
                self.at_risk.put(head)
        self._owners.pop(number, None)
        if isinstance(holder, Promised) and holder.owner:
            self._owners[number] = holder.owner
        self._agenda.put(number, self._moment(head))

    def _moment(self, head: Conversation) -> datetime | None:
        """The next deadline of a conversation."""
        moments: list[datetime | None] = []
        if head.id in self._talks:
            moments.append(next_stage_at(*self._talks[head.id]))
        if head.promise is not None:
            moments.append(next_alarm(head.promise))
            if isinstance(head.holder, Promised):
                moments.append(returns_at(head.promise, head.holder.since))
        return min((each for each in moments if each is not None), default=None)

    async def _step(self, conversation: int) -> None:
        """One step with all effects of a deadline; the committed head sets the next one."""
        try:
            live = await self._sequencer.load(conversation)
            head, now = live.head, self._sequencer.now()
            self._tell(head, now)
            after, entries = self._due(head, now)
            if entries:
                await self._sequencer.committed_step(live, entries, head=after)
            else:
                self._agenda.put(conversation, self._moment(head))
        except OknoError as error:
            log.warning("store unavailable: the alarm of an overdue promise is retried",
                        extra={"conversation": conversation, "why": str(error)})
            self._agenda.put(conversation, self._sequencer.now() + AGAIN)

    def _tell(self, head: Conversation, now: datetime) -> None:
        """Remind the operator, once for each stage, of the end of the ten minutes."""
        if head.id in self._talks:
            since, told = self._talks[head.id]
            reached = stage(since, now)
            if reached is not told:
                self._talks[head.id] = (since, reached)
                self.on_stage(head, reached)

    def _due(self, head: Conversation, now: datetime) -> tuple[Conversation, tuple[ConversationEvent, ...]]:
        """The head after all due alarms of a promise and its return to the queue; and the notifications."""
        owed = head.promise
        if owed is None:
            return head, ()
        raised = alarms(owed, now)
        entries: list[ConversationEvent] = [Alarmed(now, percent) for percent in raised]
        if raised:
            owed = replace(owed, alarmed=raised[-1])
            head = replace(head, promise=owed)
        why, after = self._next_holder(head, owed, raised, now)
        if after is None:
            return head, tuple(entries)
        return hand_over(head, after), (*entries, HandedOver(now, after, why))

    def _next_holder(
        self, head: Conversation, owed: CallbackPromise, raised: tuple[int, ...], now: datetime,
    ) -> tuple[str, InQueue | Promised | None]:
        match head.holder:
            case Promised(queue=queue, since=since) if (due := returns_at(owed, since)) is not None and due <= now:
                return "due", InQueue(queue, stands_since(owed, now))
            case Promised(owner=owner) as holder if owner and self._dispatch.presence(owner) is Presence.OFFLINE:
                return "owner_left", replace(holder, owner="")
            case InQueue() as holder if ESCALATE_AT_PCT in raised:
                return "hurry", replace(holder, since=min(holder.since, stands_since(owed, now)), wanted="")
        return "", None

    def _count(self, ended: PromiseEnded) -> None:
        if ended.how is PromiseEnd.MOVED:
            return
        if ended.how is PromiseEnd.WITHDRAWN:
            self.withdrawn += 1
        elif ended.at > ended.due:
            self.kept_late += 1
        else:
            self.kept += 1

    def _talk_ended(self, since: datetime) -> None:
        if talked_in_time(since, self._sequencer.now()):
            self.talks_in_time += 1
        else:
            self.talks_too_long += 1
