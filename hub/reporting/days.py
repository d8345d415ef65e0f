"""Figures of days, computed from the current journal (CH-13).

A day is the centre's own, from midnight to midnight of its clock. A contact counts on the day on which it began: a wait from 23:59
answered at 00:01 was answered yesterday. So a finished day is revised while one of its contacts goes on.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

from msgspec import Struct

from hub.conversations.ports import Store
from hub.kernel.ids import first_id
from hub.organisation.queue import Lines
from hub.reporting.contact_history import ContactProjection, PromiseOutcome, ServiceContact
from hub.reporting.interval_figures import Interval, intervals, starts, with_whole

T = TypeVar("T")
Count = Callable[[list[ServiceContact], list[PromiseOutcome], datetime], T]

SLICE = timedelta(minutes=15)
"""Slice of one read, so that other readers do not wait for a whole day."""
STORIES = 200
"""Conversations of one read."""
AHEAD = timedelta(hours=1)
"""Ids run ahead of a clock that was set back: records of a day are searched until this long after its end."""
KEPT = 2
"""Days kept in memory for incremental reading: today, and one that is being viewed."""


class DayFigures(Struct, frozen=True):
    """`intervals` are those that have begun."""

    now: datetime
    intervals: list[Interval]
    total: Interval


@dataclass(slots=True)
class _Day:
    begins: datetime
    ends: datetime
    upto: datetime
    """Everything before it is final."""
    stories: ContactProjection = field(default_factory=ContactProjection)


class Days:
    """The days of all centres whose lines this hub has."""

    def __init__(self, store: Store, lines: Lines, own: str, zone: tzinfo, now: Callable[[], datetime]) -> None:
        """`own` is the code of the centre of lines without one, and of deleted lines."""
        self._store, self._own, self.zone, self.now = store, own, zone, now
        self._lines = lines
        self._days: OrderedDict[date, _Day] = OrderedDict()
        self._lock = asyncio.Lock()

    @property
    def centres(self) -> tuple[str, ...]:
        return tuple(sorted({self._own, *(line.centre or self._own for line in self._lines.values())}))

    @property
    def today(self) -> date:
        return self.now().astimezone(self.zone).date()

    def span(self, day: date) -> tuple[datetime, datetime]:
        """Its two midnights."""
        begins, ends = (datetime.combine(each, time(), self.zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
        return begins, ends

    async def figures(self, day: date, length: timedelta, centre: str = "") -> DayFigures:
        """The figures of a centre, or of all; a contact and a promise belong to the centre of their queue."""
        begins, ends = self.span(day)

        def count(contacts: list[ServiceContact], pledges: list[PromiseOutcome], now: datetime) -> DayFigures:
            if centre:
                contacts, pledges = self._of(centre, contacts, pledges)
            begun = [begins, *(start for start in starts(begins, ends, length)[1:] if start <= now)]
            return DayFigures(now, *with_whole(contacts, pledges, begun, now))
        return await self.counted(day, count)

    async def totals(self, day: date) -> dict[str, Interval]:
        """The totals of each centre of this hub."""
        begins, _ = self.span(day)

        def count(contacts: list[ServiceContact], pledges: list[PromiseOutcome], now: datetime) -> dict[str, Interval]:
            return {centre: intervals(*self._of(centre, contacts, pledges), [begins], now)[0] for centre in self.centres}
        return await self.counted(day, count)

    async def stories(self, day: date, older: Iterable[int]) -> ContactProjection:
        """The projection of a day until now, including older conversations, for a reader who follows the events from here."""
        begins, ends = self.span(day)
        read = _Day(begins, ends, begins)
        await self._read_on(read)
        await self._read_whole(read, older)
        return read.stories

    def _of(self, centre: str, contacts: list[ServiceContact], pledges: list[PromiseOutcome]) -> tuple[list[ServiceContact],
                                                                                                       list[PromiseOutcome]]:
        return [c for c in contacts if self.centre(c.queue) == centre], [p for p in pledges if self.centre(p.queue) == centre]

    def centre(self, queue: str) -> str:
        """Code of a line's centre."""
        return (self._lines[queue].centre if queue in self._lines else "") or self._own

    async def counted(self, day: date, count: Count[T]) -> T:
        """Read and count the days one after another, in a thread: a large centre has a hundred thousand contacts a day."""
        begins, ends = self.span(day)
        async with self._lock:
            read = self._days.setdefault(day, _Day(begins, ends, begins))
            self._days.move_to_end(day)
            if len(self._days) > KEPT:
                self._days.popitem(last=False)
            await self._read_on(read)
            return await asyncio.to_thread(_count, read, count, self.now())

    async def _read_on(self, day: _Day) -> None:
        last, now = day.ends + AHEAD, self.now()
        while day.upto < last and (upto := min(day.upto + SLICE, last)) <= now - SLICE:
            await self._read(day, upto)
            day.upto = upto
        await self._read(day, last)
        if now >= last:
            await self._read_whole(day, day.stories.unfinished)

    async def _read(self, day: _Day, upto: datetime) -> None:
        moves = await self._store.moves(first_id(day.upto), first_id(upto))
        # The id of a conversation tells when it was opened: for an older one the earlier records are needed, too.
        opened = first_id(day.begins)
        await self._read_whole(day, {m.conversation for m in moves if m.conversation < opened and m.conversation not in day.stories})
        await asyncio.to_thread(day.stories.read, moves)

    async def _read_whole(self, day: _Day, conversations: Iterable[int]) -> None:
        numbers = list(conversations)
        for at in range(0, len(numbers), STORIES):
            await asyncio.to_thread(day.stories.read, await self._store.moves_of(numbers[at:at + STORIES]))


def _count(day: _Day, count: Count[T], now: datetime) -> T:
    contacts = [contact for contact in day.stories.contacts if day.begins <= contact.asked < day.ends]
    pledges = [pledge for pledge in day.stories.pledges if day.begins <= pledge.given < day.ends]
    return count(contacts, pledges, now)
