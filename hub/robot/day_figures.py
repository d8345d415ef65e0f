"""The robot's daily figures, computed from the journal on request: its records by index, and the hand-overs of conversations.

A dialogue counts on the day on which it began, so a day is read from an hour before it until the last of its dialogues ended.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from msgspec import Struct

from hub.conversations.journal import StoredEvent, Thought
from hub.conversations.ports import Store
from hub.conversations.turn_result import TurnResult
from hub.kernel.ids import first_id
from hub.reporting.days import AHEAD as IDS_AHEAD
from hub.reporting.days import SLICE, Days
from hub.robot.dialogue_history import QUIET, Talks, WrongAnswer, wrong_answer
from hub.robot.figures import DaySums, sum_up
from hub.robot.phrase import Doubted, Utterance

AHEAD = timedelta(days=1)
"""Longest time after the end of a day for which its dialogues are followed."""
MOST = 1000
"""Most uncertain phrases of a day: the newest."""
BEFORE = 50
"""Records before a «нет» in which its question is looked for."""
READING, KEPT = 2, 100
"""Days in memory: unfinished or recently read ones, and totals of finished ones."""


class RobotDay(Struct, frozen=True):
    """`doubted` are the uncertain phrases of the day, oldest first."""

    sums: DaySums
    doubted: tuple[Doubted, ...]


@dataclass(slots=True)
class _Reading:
    begins: datetime
    ends: datetime
    upto: datetime
    """Everything before it is final."""
    talks: Talks = field(repr=False)

    def count(self, now: datetime) -> RobotDay:
        inside = [talk for talk in self.talks.talks if self.begins <= talk.began < self.ends]
        at_once = sum(self.begins <= at < self.ends for at in self.talks.at_once)
        doubted = sorted((one for one in self.talks.doubted if self.begins <= one.at < self.ends), key=lambda one: one.record)
        return RobotDay(sum_up(inside, at_once, now), tuple(doubted[-MOST:]))


class RobotDays:
    """Days are the centre's own, as in all figures."""

    def __init__(self, store: Store, days: Days, said: Callable[[Thought], Utterance | None]) -> None:
        self._store, self.days, self._said = store, days, said
        self._reading: OrderedDict[date, _Reading] = OrderedDict()
        self._over: OrderedDict[date, RobotDay] = OrderedDict()
        self._lock = asyncio.Lock()

    async def day(self, day: date) -> RobotDay:
        """The current totals of a day. Raises StoreError."""
        async with self._lock:
            if (known := self._over.get(day)) is not None:
                self._over.move_to_end(day)
                return known
            reading = self._begun(day)
            over = await self._read_on(reading)
            counted = await asyncio.to_thread(reading.count, self.days.now())
            if over:
                self._over[day] = counted
                del self._reading[day]
                if len(self._over) > KEPT:
                    self._over.popitem(last=False)
            return counted

    def _begun(self, day: date) -> _Reading:
        begins, ends = self.days.span(day)
        reading = self._reading.setdefault(day, _Reading(begins, ends, begins - QUIET, Talks(self._said)))
        self._reading.move_to_end(day)
        if len(self._reading) > READING:
            self._reading.popitem(last=False)
        return reading

    async def _read_on(self, day: _Reading) -> bool:
        """Read slice by slice; whether the day is final. Records that may still change are read again next time."""
        now = self.days.now()
        while self._lasts(day):
            upto = day.upto + SLICE
            if upto > now - SLICE:
                await self._read(day, now + IDS_AHEAD)
                return False
            await self._read(day, upto)
            day.upto = upto
        return True

    @staticmethod
    def _lasts(day: _Reading) -> bool:
        return day.upto < day.ends or (day.upto < day.ends + AHEAD and day.talks.go_on(day.upto, day.ends))

    async def _read(self, day: _Reading, upto: datetime) -> None:
        first, last = first_id(day.upto), first_id(upto)
        thoughts, moves = await self._store.thoughts(first, last), await self._store.moves(first, last)
        wrong = await self._wrong_answers(thoughts)
        await asyncio.to_thread(lambda: day.talks.read(sorted([*thoughts, *moves], key=lambda record: record.id), wrong))

    async def _wrong_answers(self, thoughts: Iterable[StoredEvent]) -> dict[int, WrongAnswer]:
        """Questions whose answers did not help, with these, by the records that say so: read where they were said, and not copied."""
        found: dict[int, WrongAnswer] = {}
        for each in thoughts:
            if isinstance(each.entry, Thought) and each.entry.result is TurnResult.UNHELPED:
                said = wrong_answer(await self._store.records(each.conversation, before=each.id, limit=BEFORE))
                if said is not None:
                    found[each.id] = said
        return found
