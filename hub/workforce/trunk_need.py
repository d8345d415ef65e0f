"""Lines that a trunk needs for its busiest hour, by Erlang B (SL-07). Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from hub.monitoring.trunk import TrunkHour
from hub.workforce.erlang import erlang_b, lines_needed

BLOCKED = 0.01
"""Permitted share of callers who find all lines busy."""
DAYS = 7
"""The busiest hour is looked for in so many."""
HOUR_S = timedelta(hours=1).total_seconds()


class TrunkNeed(Struct, frozen=True):
    """`erlang` is the load that came in the `hour`, the refused callers included."""

    hour: datetime
    erlang: float
    lines: int

    def blocked(self, lines: int) -> float:
        """The share that finds all of so many lines busy."""
        return erlang_b(self.erlang, lines)


def need(hours: Iterable[TrunkHour]) -> TrunkNeed | None:
    """None without a call. A refused caller is counted like an answered one; who tried several times, as often."""
    busiest = max(hours, key=lambda hour: (_offered(hour), hour.hour), default=None)
    if busiest is None or not (load := _offered(busiest)):
        return None
    return TrunkNeed(busiest.hour, load, lines_needed(load, BLOCKED))


def _offered(hour: TrunkHour) -> float:
    """What was carried, and what the refused share would have added."""
    carried, came = hour.held_s / HOUR_S, hour.calls + hour.refused
    return carried * came / hour.calls if hour.calls else carried
