"""Watches how long citizens wait for a word of a person, where a rule asks for it.

In memory: after a start, and when the first such rule is switched on, it is found in the entries of the open conversations.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from hub.automation.rule import RuleEvent
from hub.automation.situation import Trigger, after, waits_since
from hub.conversations.conversation import Conversation, InQueue
from hub.conversations.ports import Commit, Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import DeadlineQueue
from hub.kernel.errors import OknoError

log = logging.getLogger(__name__)

TAIL = 100
"""Entries from which a silence is found after a start."""
ALL = 1_000_000


class SilenceWatch:
    def __init__(self, sequencer: ConversationSequencer, store: Store, silent: Callable[[Trigger], None]) -> None:
        """`silent` is called once for each silence and each number of minutes."""
        self._sequencer, self._store, self._silent = sequencer, store, silent
        self._minutes: tuple[int, ...] = ()
        self._since: dict[int, datetime] = {}
        self._told: dict[int, int] = {}
        """Minutes of a silence that were told last."""
        self._clock = DeadlineQueue(sequencer.now, self._ring)
        self._tasks = BackgroundTasks()
        self._reading: set[int] = set()
        """Conversations whose entries are being read: what is committed meanwhile counts."""
        self.look = self._clock.look

    async def close(self) -> None:
        self._clock.close()
        await self._tasks.cancel()

    def renew(self, minutes: frozenset[int]) -> None:
        """Other silences are asked for; none forgets all."""
        watched, self._minutes = bool(self._minutes), tuple(sorted(minutes))
        if not self._minutes:
            for number in [*self._since]:
                self._put(number, None)
        elif not watched:
            self._tasks.spawn(self._find())
        else:
            for number in self._since:
                self._clock.put(number, self._next(number))

    def committed(self, head: Conversation, change: Commit) -> None:
        """With the head after the change."""
        if not self._minutes:
            return
        number = change.conversation
        self._reading.discard(number)
        since, spoken = self._since.get(number), self._sequencer.traits.of(head.address).spoken
        for record in change.records:
            since = waits_since(since, record.entry, head, spoken=spoken)
        self._put(number, since)

    def _put(self, number: int, since: datetime | None) -> None:
        if self._since.get(number) == since:
            return
        self._told.pop(number, None)
        if since is None:
            del self._since[number]
        else:
            self._since[number] = since
        self._clock.put(number, self._next(number))

    def _next(self, number: int) -> datetime | None:
        since, told = self._since.get(number), self._told.get(number, 0)
        following = next((each for each in self._minutes if each > told), None)
        return since + timedelta(minutes=following) if since is not None and following is not None else None

    def _ring(self, number: int) -> None:
        live, since = self._sequencer.active(number), self._since[number]
        now, told = self._sequencer.now(), self._told.get(number, 0)
        reached = [each for each in self._minutes if told < each and since + timedelta(minutes=each) <= now]
        self._told[number] = max(reached, default=told)
        if live is not None:
            for each in reached:
                self._silent(Trigger(RuleEvent.UNANSWERED, now, live.head, minutes=each, since=since))
        else:
            self._tasks.spawn(self._load(number, since, reached, now))
        self._clock.put(number, self._next(number))

    async def _load(self, number: int, since: datetime, reached: list[int], now: datetime) -> None:
        try:
            head = (await self._sequencer.load(number)).head
        except (OknoError, KeyError) as error:
            log.warning("a silent conversation cannot be read", extra={"conversation": number, "why": str(error)})
            return
        for each in reached:
            self._silent(Trigger(RuleEvent.UNANSWERED, now, head, minutes=each, since=since))

    async def _find(self) -> None:
        """Of all open conversations."""
        try:
            heads = [*await self._store.held(""), *await self._store.waiting((), limit=ALL)]
            self._reading = {head.id for head in heads} - self._since.keys()
            for head in heads:
                if head.id not in self._reading:
                    continue
                since = await self._silence_of(head)
                if head.id in self._reading:
                    self._put(head.id, since)
        except OknoError as error:
            log.warning("silences cannot be read: they count from the next message", extra={"why": str(error)})
        finally:
            self._reading = set()

    async def _silence_of(self, head: Conversation) -> datetime | None:
        """From its last entries; where these do not reach back to the hand-over, a waiting one waits since its line says."""
        spoken = self._sequencer.traits.of(head.address).spoken
        then, since = head, None
        records = await self._store.records(head.id, limit=TAIL)
        if isinstance(head.holder, InQueue) and len(records) == TAIL:
            since = head.holder.since
        for record in records:
            then = after(then, record.entry)
            since = waits_since(since, record.entry, then, spoken=spoken)
        return since
