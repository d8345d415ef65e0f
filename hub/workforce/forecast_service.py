"""Forecasts for planners: computed once a day for each choice of centre, channel and topic, beside the event loop (MC-02)."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.conversations.channel_traits import Cost
from hub.kernel.errors import RefusedError
from hub.workforce.back_test import BackTest, back_test
from hub.workforce.forecast import LEAST_DAYS, Forecast, forecast
from hub.workforce.mixed_floor import Mix
from hub.workforce.operator_need import Need, need
from hub.workforce.volume_history import VolumeHistory
from hub.workforce.volumes import QUARTERS, History, Series

HORIZON = 63
"""Days: rosters of four weeks are made known a month before they begin (ТК РФ ст. 103)."""
SHOWN_DAYS = 28
CACHED = 200
"""Choices whose errors are kept until the next day."""
NO_HISTORY = RefusedError("no_history", f"Для прогноза нужны обращения за {LEAST_DAYS} дней: их пока меньше.")


class Choice(Struct, frozen=True):
    """"" is all."""

    centre: str = ""
    channel: str = ""
    topic: str | None = None
    """None is all; "" those without one."""

    def holds(self, name: Series) -> bool:
        return (self.centre in {"", name.centre} and self.channel in {"", name.channel}
                and self.topic in {None, name.topic})


class Outlook(Struct, frozen=True):
    """What is expected of the series of one choice; `history` and `forecast` have these series alone."""

    history: History
    forecast: Forecast
    test: BackTest
    costs: tuple[Cost, ...]
    """Of the series' channels."""

    def mix(self, day: int, quarter: int) -> Mix:
        """What a quarter of an hour of a day ahead brings."""
        return mix_of(self.forecast.expected[:, day, quarter], self.history.handling_s, self.costs)


class ForecastService:
    def __init__(self, history: VolumeHistory, cost: Callable[[str], Cost]) -> None:
        """`cost` is that of a channel family."""
        self._volumes, self._cost = history, cost
        self._known: tuple[date, dict[Choice, Outlook]] = (date.min, {})
        self._computing = asyncio.Lock()

    async def names(self, centres: frozenset[str]) -> list[Series]:
        """The series of some centres."""
        history = await self._volumes.history()
        return [name for name in (history.names if history else ()) if name.centre in centres]

    async def days_left(self) -> int:
        """Days of contacts that a forecast still needs; 0 is none."""
        history = await self._volumes.history()
        return max(LEAST_DAYS - (history.days if history else 0), 0)

    async def outlook(self, choice: Choice, centres: frozenset[str]) -> Outlook:
        """The days from today on. Raises RefusedError with fewer than 28 days of contacts."""
        async with self._computing:
            history = await self._volumes.history()
            chosen = np.array([choice.holds(name) and name.centre in centres for name in history.names]) if history else np.zeros(0, bool)
            if history is None or history.days < LEAST_DAYS or not chosen.any():
                raise NO_HISTORY
            day = history.first + timedelta(days=history.days)
            if self._known[0] != day or len(self._known[1]) > CACHED:
                self._known = day, {}
            # Whoever may see fewer centres gets another sum.
            key = choice if choice.centre else Choice(",".join(sorted(centres)), choice.channel, choice.topic)
            if key not in self._known[1]:
                self._known[1][key] = await asyncio.to_thread(outlook_of, history, chosen, self._cost)
            return self._known[1][key]

    async def needs(self, of: Outlook, day: int) -> list[Need]:
        """Operators for each quarter of an hour of a day ahead."""
        return await asyncio.to_thread(needs, of, day)


def outlook_of(history: History, chosen: NDArray[np.bool_], cost: Callable[[str], Cost]) -> Outlook:
    """Of the chosen series. Raises ValueError with fewer than 28 days; takes seconds."""
    told = forecast(history, HORIZON)
    own = History(history.first, tuple(name for name, each in zip(history.names, chosen, strict=True) if each),
                  history.counts[chosen], history.handling_s[chosen])
    methods = tuple(name for name, each in zip(told.methods, chosen, strict=True) if each)
    costs = tuple(cost(name.channel) for name in own.names)
    return Outlook(own, Forecast(told.first, told.expected[chosen], methods),
                   back_test(history, chosen, partial(_people, own, costs)), costs)


def needs(of: Outlook, day: int) -> list[Need]:
    """Operators for each quarter of an hour of a day ahead."""
    return [need(of.mix(day, quarter)) for quarter in range(QUARTERS)]


def mix_of(contacts: NDArray[np.float64], handling_s: NDArray[np.float64], costs: Sequence[Cost]) -> Mix:
    """Calls, and whatever else waits as chats by the share of an operator that it takes; letters wait for hours and need nobody at once."""
    calls, chats = (np.array([cost is kind for cost in costs]) for kind in (Cost.CALL, Cost.CHAT))
    return Mix(float(contacts[calls].sum()), float(contacts[chats].sum()), _mean(contacts[calls], handling_s[calls]),
               _mean(contacts[chats], handling_s[chats]))


def _mean(contacts: NDArray[np.float64], handling_s: NDArray[np.float64]) -> float:
    return float((contacts * handling_s).sum() / contacts.sum()) if contacts.sum() > 0 else 0.0


def _people(history: History, costs: Sequence[Cost], contacts: float) -> int:
    """Operators for so many contacts of the usual composition."""
    sums = history.counts.sum(axis=(1, 2))
    return need(mix_of(sums * (contacts / max(sums.sum(), 1.0)), history.handling_s, costs)).operators
