"""What today still brings, for planners: counted from the journal when somebody asks, and told anew at each quarter of an hour."""

import asyncio
from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
from msgspec import Struct

from hub.kernel.errors import RefusedError
from hub.kernel.signal import Signal
from hub.reporting.days import Days
from hub.reporting.measurement import Measurement
from hub.workforce.calendar_effects import Array
from hub.workforce.forecast_service import Choice, Outlook, mix_of
from hub.workforce.intraday import DayLevel, corrected, day_level
from hub.workforce.operator_need import need
from hub.workforce.volume_history import ReadDays
from hub.workforce.volumes import QUARTER_MIN, QUARTERS, Series, volume_day

QUARTER = timedelta(minutes=QUARTER_MIN)
PAST_S = 0.1
"""A timer may come a little early."""


class RestOfDay(Struct, frozen=True):
    """By quarters of an hour: `came` those that are over, the others from there on, each with the `operators` that it needs."""

    day: date
    level: DayLevel
    expected: Array
    """The forecast of the whole day, as it was in the morning."""
    came: Array
    mean: Array
    low: Array
    high: Array
    operators: tuple[int, ...]


class IntradayService:
    def __init__(self, days: Days, periods: ReadDays) -> None:
        self._days, self._periods = days, periods
        self._timer: asyncio.TimerHandle | None = None
        self.on_quarter = Signal[[]]()
        """A quarter of an hour is over, and somebody has asked in it."""

    async def rest(self, of: Outlook, choice: Choice, centres: frozenset[str]) -> RestOfDay:
        """`of` is the outlook of the choice. Raises RefusedError in the hour after midnight, when yesterday is not counted yet."""
        today = self._days.today
        at = (today - of.forecast.first).days
        if at < 0:
            raise RefusedError("bad_day", "Прогноз начинается завтра.")
        facts = await self._periods.facts(today)
        self._wake()
        return await asyncio.to_thread(self._corrected, of, at, facts, choice, centres)

    def _corrected(self, of: Outlook, at: int, facts: Iterable[Measurement], choice: Choice, centres: frozenset[str]) -> RestOfDay:
        today, over = self._days.today, self._over()
        came = np.zeros(QUARTERS)
        for each in volume_day(today, facts, self._days.zone, self._days.centre).volumes:
            if choice.holds(Series(each.centre, each.channel, each.topic)) and each.centre in centres:
                for quarter, number in each.counts.items():
                    came[quarter] += number
        expected = of.forecast.expected[:, at].sum(axis=0)
        level = day_level(float(expected[:over].sum()), float(came[:over].sum()), of.test.deviations[min(at, len(of.test.deviations) - 1)])
        operators = tuple(need(mix_of(of.forecast.expected[:, at, quarter] * level.mean, of.history.handling_s, of.costs)).operators
                          for quarter in range(over, QUARTERS))
        return RestOfDay(today, level, expected, came[:over], *corrected(expected[over:], level), operators)

    def _over(self) -> int:
        """Quarters of an hour of today that are over by the clock of the centre."""
        now = self._days.now().astimezone(self._days.zone)
        return (now.hour * 60 + now.minute) // QUARTER_MIN

    def _wake(self) -> None:
        if self._timer is None:
            now = self._days.now()
            left = QUARTER - (now - now.replace(minute=0, second=0, microsecond=0)) % QUARTER
            self._timer = asyncio.get_running_loop().call_later(left.total_seconds() + PAST_S, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.on_quarter()

    async def close(self) -> None:
        if self._timer:
            self._timer.cancel()
