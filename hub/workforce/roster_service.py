"""Rosters of a centre: made from the forecast, published, and when they have too few people (SL-01).

Refusals: no such roster, days without a forecast, a roster that breaks the Labour Code, days of a published roster, a missing extra.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator, Role
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.workforce.forecast_service import HORIZON, Choice, ForecastService
from hub.workforce.labour_code import LabourBreach, breaches
from hub.workforce.roster_problem import SLOT_MIN, Person, RosterProblem
from hub.workforce.roster_solver import RosterSolution, solve
from hub.workforce.shift import Absence, AbsenceKind, ShiftRoster, present
from hub.workforce.shortage import ShortageSpan, shortages

NO_ROSTER = RefusedError("no_such_roster", "Такого графика нет.")
NOT_INSTALLED = RefusedError("not_installed", "Для составления графиков нужен дополнительный набор: pip install 'okno[workforce]'.")
SERVE = frozenset({Role.OPERATOR, Role.SENIOR})
MANY = 1_000
QUARTER_MIN = 15


class Staff(Protocol):
    def operators(self) -> Iterable[Operator]: ...


class RosterService:
    def __init__(self, store: Store, authorization: Authorization, now: Callable[[], datetime], forecasts: ForecastService, staff: Staff,
                 zone: ZoneInfo) -> None:
        self._store, self._authorization, self._now, self._forecasts = store, authorization, now, forecasts
        self._staff, self._zone = staff, zone
        self._changing = asyncio.Lock()

    async def all(self, who: Operator) -> list[ShiftRoster]:
        """Those of the operator's centre, the newest first."""
        return await self._store.marked(ShiftRoster, "centre", self._authorization.centre(who), newest=True, limit=MANY)

    async def find(self, who: Operator, key: str) -> ShiftRoster:
        found = await self._store.get(ShiftRoster, key)
        if found is None or not self._authorization.keeps(who, found.centre):
            raise NO_ROSTER
        return found

    async def make(self, who: Operator, key: str, first: date, days: int, seconds: int) -> ShiftRoster:
        """A draft, made anew in place of the last one; it takes up to `seconds` beside the event loop."""
        async with self._changing:
            before = await self._store.get(ShiftRoster, key)
            if before is not None and (before.published or not self._authorization.keeps(who, before.centre)):
                raise RefusedError("published", "График уже объявлен: составьте новый.") if before.published else NO_ROSTER
            centre = self._authorization.centre(who)
            problem = RosterProblem(first, await self._needs(centre, first, days), await self._people(centre, first, days))
            try:
                made = await asyncio.to_thread(solve, problem, float(seconds))
            except ImportError:
                raise NOT_INSTALLED from None
            after = self._roster(key, centre, problem, made, who)
            await self._put(before, after, AuditEntry(self._now(), who.login, "roster_made", key, f"{first} {days}"))
            return after

    async def publish(self, who: Operator, key: str) -> ShiftRoster:
        """From now on people see it. Idempotent."""
        async with self._changing:
            before = await self.find(who, key)
            if before.published:
                return before
            if found := self.faults(before):
                raise RefusedError("unlawful_roster", f"График нарушает Трудовой кодекс: {found[0].login}, {found[0].day:%d.%m.%Y}.")
            if other := next((each for each in await self.all(who) if each.published and each.overlaps(before)), None):
                raise RefusedError("rostered_already", f"На эти дни уже объявлен график, с {other.first:%d.%m.%Y}.")
            after = replace(before, published=self._now(), published_by=who.login)
            await self._put(before, after, AuditEntry(self._now(), who.login, "roster_published", key))
            return after

    def faults(self, roster: ShiftRoster) -> list[LabourBreach]:
        """All breaches of the Labour Code, of everybody."""
        logins = sorted({each.login for each in roster.shifts})
        return [fault for login in logins for fault in breaches(roster.of(login), roster.first, roster.days)]

    async def shortages(self, who: Operator) -> list[ShortageSpan]:
        """The times of 60 days in which the published rosters of the operator's centre have too few people (SL-01)."""
        absences = await self.absences(self._authorization.centre(who))
        return await asyncio.to_thread(shortages, await self.all(who), absences, self._now(), self._zone)

    async def there(self, who: Operator, day: date) -> list[int] | None:
        """Operators in each quarter of an hour of a day by the published rosters of the operator's centre; None where no roster has it."""
        rosters = [each for each in await self.all(who) if each.published and each.first <= day <= each.last + timedelta(days=1)]
        if not any(each.first <= day <= each.last for each in rosters):
            return None
        return present((shift for each in rosters for shift in each.shifts), day, 1, QUARTER_MIN)[0]

    async def absences(self, centre: str) -> list[Absence]:
        return await self._store.marked(Absence, "centre", centre, newest=True, limit=MANY)

    async def _needs(self, centre: str, first: date, days: int) -> tuple[tuple[int, ...], ...]:
        """At least one at any minute: nights and holidays have no exemption (SL-01)."""
        outlook = await self._forecasts.outlook(Choice(centre), frozenset({centre}))
        begin = (first - outlook.forecast.first).days
        if not 0 <= begin <= HORIZON - days:
            raise RefusedError("bad_day", f"Прогноз есть на {HORIZON} дней, начиная с {outlook.forecast.first:%d.%m.%Y}.")
        step = SLOT_MIN // 15
        rows = [[each.operators for each in await self._forecasts.needs(outlook, day)] for day in range(begin, begin + days)]
        return tuple(tuple(max(1, *row[at:at + step]) for at in range(0, len(row), step)) for row in rows)

    async def _people(self, centre: str, first: date, days: int) -> tuple[Person, ...]:
        dates = [first + timedelta(days=number) for number in range(days)]
        absences = await self.absences(centre)

        def held(login: str, *kinds: AbsenceKind) -> frozenset[date]:
            return frozenset(day for each in absences if each.login == login and each.kind in kinds for day in dates if each.holds(day))
        return tuple(Person(each.login, away=held(each.login, AbsenceKind.LEAVE, AbsenceKind.ILLNESS),
                            wishes=held(each.login, AbsenceKind.WISH))
                     for each in self._staff.operators() if each.active and each.role in SERVE and self._authorization.keeps(each, centre))

    def _roster(self, key: str, centre: str, problem: RosterProblem, made: RosterSolution, who: Operator) -> ShiftRoster:
        shifts = tuple(sorted(made.shifts, key=lambda each: (each.day, each.login)))
        return ShiftRoster(key, centre, self._zone.key, problem.first, problem.days, shifts, problem.needs, round(made.cost, 1),
                           round(made.bound, 1), self._now(), who.login)

    async def _put(self, before: ShiftRoster | None, after: ShiftRoster, entry: AuditEntry) -> None:
        if before is None:
            await self._store.exchange((), (), entry, new=(after,))
        else:
            await self._store.exchange((after,), (), entry, seen=(before,))
