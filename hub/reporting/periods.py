"""Figures of periods: finished days are totalled once, unfinished conversations are read from the journal (CH-13, MC-02, MC-06).

The totals of a finished day include everything except conversations that still go on, which are read again until they end. So a
report equals the journal, however old its totals are.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from hub.conversations.identities import Membership, plain
from hub.conversations.ports import Store
from hub.organisation.queue import Lines
from hub.reporting.contact_history import ContactProjection, PromiseOutcome, ServiceContact
from hub.reporting.day_totals import Cell, DayTotals, Kind, cells
from hub.reporting.days import AHEAD, STORIES, Days
from hub.reporting.information_time import WEEK, Attempt, Inquiry, inquiries, of_promise
from hub.reporting.information_time import of_contact as attempt_of
from hub.reporting.measurement import AGAIN, Measurement, Visit, handings, of_contact, of_pledge, returns, visit

HEADS = 200_000
"""Conversations whose channel and address are cached."""
VISITED = AGAIN.days + 2
"""Days whose visits stay in memory: as many as first-contact resolution needs, and one that is being viewed."""


class _Day(Struct):
    """`open` are unfinished conversations."""

    facts: list[Measurement]
    visits: list[Visit]
    attempts: list[Attempt]
    open: frozenset[int]


def _state(known: DayTotals | None) -> tuple[tuple[int, ...], bool] | None:
    """What decides which measurements are in stored totals; None where there are none."""
    return None if known is None else (known.open, known.decided)


class Periods:
    def __init__(self, store: Store, days: Days, lines: Lines) -> None:
        self._store, self.days = store, days
        self._lines = lines
        self._heads: dict[int, tuple[str, str, str]] = {}
        """Cache: channel, address and language of recently read conversations."""
        self._visits: OrderedDict[date, _Day] = OrderedDict()
        """Finished days without their measurements, with the conversations unfinished when they were read."""
        self._lock = asyncio.Lock()

    @property
    def units(self) -> dict[str, str]:
        """Owner of a line: a centre, an МФЦ or a department."""
        return {queue.id: ":".join(queue.home) for queue in self._lines.values()}

    async def cells(self, day: date, kind: Kind) -> Sequence[Cell]:
        """A day's totals in one breakdown; one line and key may occur several times. Raises StoreError."""
        async with self._lock:
            if not self._over(day):
                return cells((await self._read(day)).facts, kind)
            totals = await self._totals(day, kind)
            if not totals.open:
                return totals.cells
            return [*totals.cells, *cells((await self._still(day, totals.open)).facts, kind)]

    async def facts(self, day: date, *, returned: bool = False) -> list[Measurement]:
        """All measurements of a day, in order; `returned` are those of first-contact resolution."""
        async with self._lock:
            if not returned:
                return sorted((await self._read(day)).facts, key=lambda fact: (fact.at, fact.conversation))
            return sorted(await self._returned(day), key=lambda fact: (fact.at, fact.conversation)) if self._decided(day) else []

    def _over(self, day: date) -> bool:
        return self.days.now() >= self.days.span(day)[1] + AHEAD

    def _decided(self, day: date) -> bool:
        """Whether first-contact resolution of the day is final."""
        ends = max(self.days.span(day)[1] + AGAIN, self.days.span(day + AGAIN)[1])  # a week in which the clock is put back is longer
        return self.days.now() >= ends + AHEAD

    async def _totals(self, day: date, kind: Kind) -> DayTotals:
        known = await self._store.get(DayTotals, f"{day}/{kind}")
        if known is None:
            read = await self._read(day)
            known = await self._add(day, kind, [each for each in read.facts if each.conversation not in read.open], read.open)
        elif known.open:
            still = await self._still(day, known.open)
            if ended := frozenset(known.open) - still.open:
                known = await self._add(day, kind, [each for each in still.facts if each.conversation in ended], still.open)
        if self._decided(day) and not known.decided:
            known = await self._add(day, kind, await self._returned(day), frozenset(known.open), decided=True)
        return known

    async def _add(self, day: date, asked: Kind, facts: Sequence[Measurement], still: frozenset[int], *,
                   decided: bool = False) -> DayTotals:
        """Add the measurements that are final now to the totals of a day; `still` are unfinished conversations.

        Breakdowns that have what the `asked` one has get them, too. A newer Okno has breakdowns that the day was not stored in: they
        begin later and are added to apart.
        """
        totals = {kind: await self._store.get(DayTotals, f"{day}/{kind}") for kind in Kind}
        before = {kind: known for kind, known in totals.items() if _state(known) == _state(totals[asked])}

        def added() -> dict[Kind, DayTotals]:
            return {kind: DayTotals(f"{day}/{kind}", cells(facts, kind, known.cells if known else ()), tuple(sorted(still)),
                                    decided or (known is not None and known.decided)) for kind, known in before.items()}
        after = await asyncio.to_thread(added)
        await self._store.exchange(list(after.values()), ())
        return after[asked]

    async def _returned(self, day: date) -> list[Measurement]:
        after = [(await self._visits_of(day + timedelta(days=number))).visits for number in range(AGAIN.days + 1)]
        same = await self._same()
        return await asyncio.to_thread(lambda: list(returns(after[0], [each for visits in after for each in visits], same)))

    async def inquiries(self, day: date, missed: Sequence[Attempt] = ()) -> list[Inquiry]:
        """Those that a finished day ends, answered or not. `missed` are calls of that week which the exchange did not take."""
        async with self._lock:
            week = [await self._visits_of(day - timedelta(days=number)) for number in range(WEEK.days, -1, -1)]
            same, (begins, ends) = await self._same(), self.days.span(day)
            made = [each for read in week for each in read.attempts]
            return await asyncio.to_thread(lambda: list(inquiries([*made, *missed], same, begins, ends)))

    async def _visits_of(self, day: date) -> _Day:
        if day not in self._visits:
            read = await self._read(day)
            if not self._over(day):
                return read
        known = self._visits[day]
        if known.open:
            still = await self._still(day, sorted(known.open))
            visits = [each for each in known.visits if each.fact.conversation not in known.open]
            attempts = [each for each in known.attempts if each.conversation not in known.open]
            known = self._visits[day] = _Day([], [*visits, *still.visits], [*attempts, *still.attempts], still.open)
        self._visits.move_to_end(day)
        return known

    async def _same(self) -> dict[str, str]:
        """The person of an address, by proved identities."""
        found: dict[str, str] = {}
        after = ""
        while page := await self._store.page(Membership, after=after):
            found |= {each.address: each.identity for each in page}
            after = page[-1].address
        return found

    async def _read(self, day: date) -> _Day:
        """A day from the journal; channels are taken from the conversations."""
        missing: Sequence[int] = ()
        while True:
            await self._learn(missing)
            read, missing = await self.days.counted(day, self._of)
            if not missing:
                break
        if self._over(day):
            self._visits[day] = _Day([], read.visits, read.attempts, read.open)
            if len(self._visits) > VISITED:
                self._visits.popitem(last=False)
        return read

    async def _still(self, day: date, conversations: Sequence[int]) -> _Day:
        """Measurements of a day from conversations unfinished at the time of totalling."""
        stories, (begins, ends) = ContactProjection(), self.days.span(day)
        await self._learn(conversations)
        for at in range(0, len(conversations), STORIES):
            stories.read(await self._store.moves_of(conversations[at:at + STORIES]))
        return self._of([each for each in stories.contacts if begins <= each.asked < ends],
                        [each for each in stories.pledges if begins <= each.given < ends], self.days.now())[0]

    def _of(self, contacts: list[ServiceContact], pledges: list[PromiseOutcome], now: datetime) -> tuple[_Day, list[int]]:
        """Including conversations whose channel is unknown: they have none."""
        both: list[ServiceContact | PromiseOutcome] = [*contacts, *pledges]
        missing = {each.conversation for each in both} - self._heads.keys()
        if missing:
            return _Day([], [], [], frozenset()), sorted(missing)
        facts, visits, attempts, units = [], [], list[Attempt | None](), self.units
        for contact in contacts:
            channel, person, language = self._heads[contact.conversation]
            facts += [fact := of_contact(contact, channel, now, language), *handings(contact, channel, units)]
            if (came := visit(contact, fact, person)) is not None:
                visits.append(came)
            attempts.append(attempt_of(contact, channel, person, language))
        for pledge in pledges:
            channel, person, _ = self._heads[pledge.conversation]
            facts.append(of_pledge(pledge, channel, now))
            attempts.append(of_promise(pledge, channel, person))
        going = frozenset(each.conversation for each in both if each.ended is None)
        return _Day(facts, visits, [each for each in attempts if each], going), []

    async def _learn(self, conversations: Sequence[int]) -> None:
        if len(self._heads) > HEADS:
            self._heads.clear()
        for at in range(0, len(conversations), STORIES):
            for head in await self._store.conversations(conversations[at:at + STORIES]):
                self._heads[head.id] = (head.address.channel, plain(head.address), head.citizen.language)
