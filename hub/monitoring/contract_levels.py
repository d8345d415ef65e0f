"""Measured figures of contracts beside what they agree, and alarms for what is missed (LV-07).

A contract hands over one function of a centre: its contacts are those of the lines with this function. Shares of who was answered or left
are of all of them; talks and returns are those of the contractor's own people. Counted are the finished days of a month.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.deadline_queue import LONGEST_WAIT_S
from hub.monitoring.alarm_service import AlarmMonitor
from hub.organisation.centre import DAY, CentreContract, Function
from hub.organisation.contract_targets import ContractFigures, ContractTarget, missed
from hub.organisation.queue import Lines
from hub.organisation.registry import Registry
from hub.reporting.day_totals import Cell, Kind
from hub.reporting.measurement import Counts, tally
from hub.reporting.periods import Periods

SETTLES = timedelta(minutes=10)
Place = tuple[str, Function | None]
"""A centre and a function: the contacts of a contract."""
Sums = tuple[str, Counts, Counts]
"""The contractor; counts of the whole place, and of the contractor's own people."""


class ContractLevel(Struct, frozen=True):
    """`centre` is its code; `missed` are the agreed numbers that were not kept."""

    centre: str
    contract: CentreContract
    figures: ContractFigures
    missed: list[ContractTarget]

    @property
    def name(self) -> str:
        return f"{self.centre}/{self.contract.contractor}/{self.contract.function}"


class ContractLevels:
    def __init__(self, registry: Registry | None, periods: Periods, lines: Lines, contractor: Callable[[str], str],
                 alarm_monitor: AlarmMonitor) -> None:
        """`contractor` is that of a login, "" for the centre's own people."""
        self._registry, self._periods, self._lines = registry, periods, lines
        self._contractor, self._alarm_monitor = contractor, alarm_monitor
        self._tasks, self._looked = BackgroundTasks(), date.min
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look now, and after each midnight."""
        days = self._periods.days
        if self._looked < days.today and days.now() >= days.span(days.today)[0] + SETTLES:
            self.look()
        begins = days.span(days.today + (DAY if self._looked == days.today else timedelta()))[0] + SETTLES
        wait_s = max((begins - days.now()) / timedelta(seconds=1), 1.0)
        self._timer = asyncio.get_running_loop().call_later(min(wait_s, LONGEST_WAIT_S), self.start)

    def look(self) -> None:
        """Count this month, and tell the alarms. Listener of the registry."""
        self._looked = self._periods.days.today
        self._tasks.spawn(self._judge())

    async def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        await self._tasks.cancel()

    async def month(self, first: date) -> list[ContractLevel]:
        """The contracts of the month that begins then, of this hub's centres. Raises StoreError."""
        days = self._periods.days
        until = min((first + timedelta(days=31)).replace(day=1) - DAY, days.today)
        contracts, last = self._contracts(first, until), min(until, days.today - DAY)
        sums = [(Counts(), Counts()) for _ in contracts]
        places = {each.id: (days.centre(each.id), each.function) for each in self._lines.values()}
        day = first
        while day <= last and contracts:
            active = defaultdict[Place, list[Sums]](list)
            for (centre, contract), (whole, own) in zip(contracts, sums, strict=True):
                if contract.active(day):
                    active[centre, contract.function].append((contract.contractor, whole, own))
            cells = await self._periods.cells(day, Kind.OPERATOR) if active else ()
            await asyncio.to_thread(self._add, cells, places, active)
            day += DAY
        levels = [(centre, contract, _figures(whole, own)) for (centre, contract), (whole, own) in zip(contracts, sums, strict=True)]
        return [ContractLevel(centre, contract, figures, missed(contract.targets, figures)) for centre, contract, figures in levels]

    def _contracts(self, first: date, until: date) -> Sequence[tuple[str, CentreContract]]:
        """Each once: the newest record of a centre has what holds."""
        found: dict[tuple[str, str, str, date | None], tuple[str, CentreContract]] = {}
        for centre in self._registry.centres if self._registry else ():
            for each in centre.contracts if centre.id in self._periods.days.centres else ():
                if each.valid_from <= until and (each.valid_to is None or each.valid_to >= first):
                    found[centre.id, each.contractor, each.function, each.valid_from] = (centre.id, each)
        return list(found.values())

    def _add(self, cells: Iterable[Cell], places: Mapping[str, Place], active: Mapping[Place, Sequence[Sums]]) -> None:
        """One pass, however many contracts there are."""
        for cell in cells:
            for contractor, whole, own in active.get(places[cell.line], ()) if cell.line in places else ():
                tally(cell.counts, whole)
                if cell.key and self._contractor(cell.key) == contractor:
                    tally(cell.counts, own)

    async def _judge(self) -> None:
        levels = await self.month(self._periods.days.today.replace(day=1))
        broken = {each.name: (len(each.missed), self._line(each)) for each in levels if each.missed}
        self._alarm_monitor.contracts(broken)

    def _line(self, level: ContractLevel) -> str:
        """The first line of the function: whoever may see it sees the alarm."""
        centre = self._periods.days.centre
        return next((each.id for each in self._lines.values()
                     if each.function is level.contract.function and centre(each.id) == level.centre), "")


def _figures(whole: Mapping[str, float], own: Mapping[str, float]) -> ContractFigures:
    decided = whole.get("offered", 0) - whole.get("waiting", 0)
    return ContractFigures(
        int(whole.get("offered", 0)), int(own.get("answered", 0)), _percent(whole.get("in_time", 0), decided),
        _percent(whole.get("left", 0), decided), _ratio(own.get("handled_s", 0) + own.get("wrap_up_s", 0), own.get("talks_ended", 0)),
        _percent(own.get("returned", 0), own.get("decided", 0)))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 1) if whole else None


def _percent(part: float, whole: float) -> float | None:
    return _ratio(100 * part, whole)
