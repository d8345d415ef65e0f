"""What people do with their shifts: see them, swap them, ask for leave, wish for a free day (SL-01).

A swap takes effect when the colleague agrees and nobody's shifts break the Labour Code by it; both and the planner find it in the audit.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, datetime, tzinfo

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry
from hub.workforce.labour_code import breaches
from hub.workforce.shift import Absence, AbsenceKind, AbsenceState, RosteredShift, ShiftRoster

MANY = 1_000
NO_SHIFT = RefusedError("no_such_shift", "Такой смены в объявленных графиках нет.")
NO_ABSENCE = RefusedError("no_such_absence", "Такой заявки нет.")


class ShiftSwap(Document, frozen=True, omit_defaults=True, tag="shift_swap"):
    """`login` gives their shift of `day` to `colleague` for that one's shift of `other_day`."""

    key: str
    roster: str
    login: str
    day: date
    colleague: str
    other_day: date
    asked: datetime
    done: datetime | None = None
    refused: bool = False

    def marks(self) -> Iterator[IndexEntry]:
        for login in (self.login, self.colleague):
            yield IndexEntry("login", login, self.asked)


class ShiftExchange:
    def __init__(self, store: Store, authorization: Authorization, now: Callable[[], datetime], zone: tzinfo) -> None:
        self._store, self._authorization, self._now, self._zone = store, authorization, now, zone
        self._changing = asyncio.Lock()

    @property
    def today(self) -> date:
        return self._now().astimezone(self._zone).date()

    async def rosters(self, who: Operator) -> list[ShiftRoster]:
        """Published ones of the operator's centre that are not over."""
        found = await self._store.marked(ShiftRoster, "centre", self._authorization.centre(who), newest=True, limit=MANY)
        return [each for each in found if each.published and each.last >= self.today]

    async def shifts(self, who: Operator) -> list[RosteredShift]:
        """One's own from today on."""
        found = [each for roster in await self.rosters(who) for each in roster.of(who.login) if each.day >= self.today]
        return sorted(found, key=lambda each: each.day)

    async def swaps(self, who: Operator) -> list[ShiftSwap]:
        """Open ones that one has asked for or is asked for."""
        found = await self._store.marked(ShiftSwap, "login", who.login, newest=True, limit=MANY)
        return [each for each in found if each.done is None and not each.refused]

    async def absences(self, who: Operator) -> list[Absence]:
        return await self._store.marked(Absence, "login", who.login, newest=True, limit=MANY)

    async def propose(self, who: Operator, key: str, day: date, colleague: str, other_day: date) -> ShiftSwap:
        """Idempotent."""
        if (known := await self._store.get(ShiftSwap, key)) is not None:
            if known.login != who.login:
                raise NO_SHIFT
            return known
        roster = await self._roster(who, day)
        made = ShiftSwap(key, roster.key, who.login, day, colleague, other_day, self._now())
        self._swapped(roster, made)
        await self._store.exchange((), (), AuditEntry(self._now(), who.login, "swap_asked", colleague, f"{day} {other_day}"), new=(made,))
        return made

    async def answer(self, who: Operator, key: str, *, agree: bool) -> ShiftSwap:
        """The colleague's word; with it the shifts change places."""
        async with self._changing:
            swap = await self._store.get(ShiftSwap, key)
            if swap is None or swap.colleague != who.login or swap.done is not None or swap.refused:
                raise NO_SHIFT
            if not agree:
                after = replace(swap, refused=True)
                await self._store.exchange((after,), (), AuditEntry(self._now(), who.login, "swap_refused", swap.login), seen=(swap,))
                return after
            roster = await self._store.get(ShiftRoster, swap.roster)
            if roster is None:
                raise NO_SHIFT
            after = replace(swap, done=self._now())
            changed = replace(roster, shifts=self._swapped(roster, swap))
            await self._store.exchange((after, changed), (), AuditEntry(self._now(), who.login, "shifts_swapped", swap.login,
                                                                        f"{swap.day} {swap.other_day}"), seen=(swap, roster))
            return after

    async def ask(self, who: Operator, key: str, kind: AbsenceKind, first: date, last: date) -> Absence:
        """A wish needs no decision. Idempotent."""
        if (known := await self._store.get(Absence, key)) is not None:
            if known.login != who.login:
                raise NO_ABSENCE
            return known
        if not self.today <= first <= last:
            raise RefusedError("bad_dates", "Первый день не раньше сегодняшнего, последний — не раньше первого.")
        state = AbsenceState.GRANTED if kind is AbsenceKind.WISH else AbsenceState.ASKED
        made = Absence(key, who.login, self._authorization.centre(who), kind, first, last, self._now(), state)
        await self._store.exchange((), (), AuditEntry(self._now(), who.login, "absence_asked", key, f"{kind} {first} {last}"), new=(made,))
        return made

    async def decide(self, who: Operator, key: str, *, grant: bool) -> Absence:
        """A planner's decision on a leave or an illness of the centre."""
        async with self._changing:
            before = await self._store.get(Absence, key)
            if before is None or not self._authorization.keeps(who, before.centre):
                raise NO_ABSENCE
            after = replace(before, state=AbsenceState.GRANTED if grant else AbsenceState.REFUSED, by=who.login)
            await self._store.exchange((after,), (), AuditEntry(self._now(), who.login, "absence_decided", before.login,
                                                                f"{after.state} {after.first} {after.last}"), seen=(before,))
            return after

    async def _roster(self, who: Operator, day: date) -> ShiftRoster:
        for each in await self.rosters(who):
            if any(shift.day == day for shift in each.of(who.login)):
                return each
        raise NO_SHIFT

    def _swapped(self, roster: ShiftRoster, swap: ShiftSwap) -> tuple[RosteredShift, ...]:
        """The shifts after it. Raises RefusedError when a shift is not there, has begun, or somebody's would break the Labour Code."""
        given = next((each for each in roster.of(swap.login) if each.day == swap.day), None)
        taken = next((each for each in roster.of(swap.colleague) if each.day == swap.other_day), None)
        if given is None or taken is None or min(swap.day, swap.other_day) <= self.today:
            raise NO_SHIFT
        rest = [each for each in roster.shifts if each not in {given, taken}]
        shifts = (*rest, replace(given, login=swap.colleague), replace(taken, login=swap.login))
        for login in (swap.login, swap.colleague):
            if found := breaches([each for each in shifts if each.login == login], roster.first, roster.days):
                raise RefusedError("unlawful_swap", f"Обмен нарушит Трудовой кодекс: {found[0].login}, {found[0].day:%d.%m.%Y}.")
        return tuple(sorted(shifts, key=lambda each: (each.day, each.login)))
