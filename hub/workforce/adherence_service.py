"""Adherence of a centre's people to the published rosters, day by day and now; a senior's excuses (SL-01).

Refusals: an excuse for somebody of another centre, of bad times; no such excuse.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.organisation.opening_hours import Span
from hub.workforce.adherence import (
    AdherenceExcuse,
    ExcuseReason,
    ShiftAdherence,
    Standing,
    adherence,
    on_line,
    outside,
    state_at,
)
from hub.workforce.presence_day import Attendance, PresenceMove
from hub.workforce.presence_journal import PresenceJournal, Staff
from hub.workforce.shift import BY_CODE, RosteredShift, ShiftRoster

MANY = 1_000
LONGEST = timedelta(hours=24)
BACK = timedelta(days=31)
"""An excuse may be written so long afterwards: the day's figures change with it."""
DAY = timedelta(days=1)
NO_PERSON = RefusedError("no_such_operator", "Такого сотрудника в вашем центре нет.")
NO_EXCUSE = RefusedError("no_such_excuse", "Такого объяснения нет.")


class PersonDay(Struct, frozen=True):
    """One account on one day. Without a shift `kind` is "" and `shift` None; `unplanned_s` is on the line outside of shifts."""

    login: str
    day: date
    kind: str
    shift: Span | None
    kept: ShiftAdherence
    unplanned_s: float


class Plan(Struct, frozen=True):
    """What is known of a centre for some days."""

    shifts: dict[str, list[RosteredShift]]
    moves: dict[str, list[PresenceMove]]
    excuses: list[AdherenceExcuse]
    zone: ZoneInfo


class AdherenceService:
    def __init__(self, store: Store, authorization: Authorization, now: Callable[[], datetime], journal: PresenceJournal, staff: Staff,
                 zone: tzinfo) -> None:
        self._store, self._authorization, self._now, self._journal = store, authorization, now, journal
        self._staff, self._zone = staff, zone
        self._timer: asyncio.TimerHandle | None = None
        self._rings: datetime | None = None
        self.on_change = Signal[[]]()
        """Somebody's standing has changed by time alone: a shift began, a break became too long."""

    @property
    def today(self) -> date:
        return self._journal.today

    async def days(self, centre: str, first: date, last: date) -> list[PersonDay]:
        """Of everybody with a shift or on the line, by day and login. With today in it, the next change is told when it comes."""
        plan, now = await self._plan(centre, first, last), self._now()
        found = [each for number in range((last - first).days + 1) for each in self._day(plan, first + timedelta(days=number), now)]
        self._wake(each.kept.changes for each in found if each.kept.changes is not None)
        return found

    async def excuses(self, centre: str, first: date, last: date) -> list[AdherenceExcuse]:
        begins, ends = self._window(first, last)
        return await self._store.marked(AdherenceExcuse, "centre", centre, since=begins - DAY, until=ends, limit=MANY)

    async def excuse(self, who: Operator, key: str, login: str, span: Span, reason: ExcuseReason, words: str) -> AdherenceExcuse:
        """Idempotent."""
        if (known := await self._store.get(AdherenceExcuse, key)) is not None:
            if not self._authorization.keeps(who, known.centre):
                raise NO_EXCUSE
            return known
        whom, now = self._staff.operator(login), self._now()
        if whom is None or not self._authorization.keeps(who, self._authorization.centre(whom)):
            raise NO_PERSON
        if not (span.begins < span.ends <= span.begins + LONGEST and now - BACK <= span.begins <= now + DAY):
            raise RefusedError("bad_dates", "Конец позже начала, не больше суток; начало — не раньше месяца назад и не позже завтра.")
        made = AdherenceExcuse(key, login, self._authorization.centre(whom), *span, reason, words, who.login, now)
        detail = f"{reason} {span.begins:%Y-%m-%dT%H:%MZ} {span.ends:%Y-%m-%dT%H:%MZ} {words}"
        await self._store.exchange((), (), AuditEntry(now, who.login, "adherence_excused", login, detail), new=(made,))
        return made

    async def withdraw(self, who: Operator, key: str) -> None:
        known = await self._store.get(AdherenceExcuse, key)
        if known is None or not self._authorization.keeps(who, known.centre):
            raise NO_EXCUSE
        await self._store.exchange((), (known,), AuditEntry(self._now(), who.login, "adherence_excuse_withdrawn", known.login, key))

    async def close(self) -> None:
        if self._timer:
            self._timer.cancel()

    async def _plan(self, centre: str, first: date, last: date) -> Plan:
        rosters = [each for each in await self._store.marked(ShiftRoster, "centre", centre, newest=True, limit=MANY)
                   if each.published and each.first <= last and each.last >= first - DAY]
        shifts: dict[str, list[RosteredShift]] = {}
        for roster in rosters:
            for each in roster.shifts:
                if first - DAY <= each.day <= last:
                    shifts.setdefault(each.login, []).append(each)
        return Plan(shifts, await self._journal.moves(centre, first, last), await self.excuses(centre, first, last),
                    ZoneInfo(rosters[0].zone if rosters else str(self._zone)))

    def _day(self, plan: Plan, day: date, now: datetime) -> list[PersonDay]:
        """A night shift is of the day on which it begins."""
        window = self._window(day, day)
        found = []
        for login in sorted({*plan.shifts, *plan.moves}):
            own, moves = plan.shifts.get(login, []), plan.moves.get(login, [])
            spans = {each: BY_CODE[each.kind].span(each.day, plan.zone) for each in own}
            unplanned_s = outside(on_line(moves, window, now), list(spans.values()))
            excuses = [Span(each.begins, each.ends) for each in plan.excuses if each.login == login]
            shown = [each for each in own if each.day == day]
            for at, each in enumerate(shown):
                rest = timedelta(minutes=BY_CODE[each.kind].rest)
                kept = adherence(spans[each], rest, moves, excuses, now)
                if kept.standing in {Standing.OVER, Standing.AHEAD} and _works(moves, now, window, spans.values()):
                    kept = _unplanned(kept, moves, spans.values())
                found.append(PersonDay(login, each.day, each.kind, spans[each], kept, 0 if at else unplanned_s))
            if not shown and unplanned_s:
                works = _works(moves, now, window, spans.values())
                nothing = ShiftAdherence(0, 0, 0, 0, Standing.OFF, window.begins, None)
                found.append(PersonDay(login, day, "", None, _unplanned(nothing, moves, spans.values()) if works else nothing, unplanned_s))
        return found

    def _window(self, first: date, last: date) -> Span:
        begins, ends = (datetime.combine(each, time(), self._zone).astimezone(UTC) for each in (first, last + DAY))
        return Span(begins, ends)

    def _wake(self, changes: Iterable[datetime]) -> None:
        """Once, at the earliest change of all that was asked for."""
        due = min((each for each in changes if each > self._now()), default=None)
        if due is None or (self._rings is not None and self._rings <= due):
            return
        if self._timer:
            self._timer.cancel()
        self._rings = due
        self._timer = asyncio.get_running_loop().call_later((due - self._now()).total_seconds(), self._ring)

    def _ring(self) -> None:
        self._timer = self._rings = None
        self.on_change()


def _works(moves: Sequence[PresenceMove], now: datetime, window: Span, shifts: Iterable[Span]) -> bool:
    """Whether somebody is on the line now, on that day, outside of shifts."""
    return (window.begins <= now < window.ends and state_at(moves, now) is Attendance.LINE
            and not any(each.begins <= now < each.ends for each in shifts))


def _unplanned(kept: ShiftAdherence, moves: Sequence[PresenceMove], shifts: Iterable[Span]) -> ShiftAdherence:
    since = max(moves[-1].at, *(each.ends for each in shifts if each.ends >= moves[-1].at), moves[-1].at)
    return ShiftAdherence(kept.due_s, kept.kept_s, kept.break_s, kept.excused_s, Standing.UNPLANNED, since, kept.changes)
