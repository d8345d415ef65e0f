"""Utilisation of the trunks, from the calls in the journal (SL-07)."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hub.conversations.journal import CallStage, Telephoned
from hub.conversations.ports import Store
from hub.kernel.ids import first_id
from hub.workforce.erlang import erlang_b, lines_needed
from hub.workforce.trunk_need import BLOCKED, DAYS

HOUR = timedelta(hours=1)


def busiest(entries: Iterable[Telephoned]) -> tuple[datetime, float] | None:
    """The hour with the greatest load, and that load in erlangs: total hours of its calls. None without a complete call."""
    began: dict[str, datetime] = {}
    held: Counter[datetime] = Counter()
    for entry in entries:
        if entry.stage is CallStage.BEGAN:
            began[entry.call] = entry.at
        elif entry.stage is CallStage.ENDED and (at := began.pop(entry.call, None)) is not None:
            while at < entry.at:
                hour = at.replace(minute=0, second=0, microsecond=0)
                until = min(hour + HOUR, entry.at)
                held[hour] += round((until - at).total_seconds() * 1000)
                at = until
    if not held:
        return None
    hour, held_ms = max(held.items(), key=lambda each: (each[1], each[0]))
    return hour, held_ms / 1000 / HOUR.total_seconds()


def sentence(hour: datetime, load: float, lines: int) -> str:
    """The result of Erlang B in words; outbound calls occupy lines like inbound ones."""
    blocked, needed = erlang_b(load, lines), lines_needed(load, BLOCKED)
    told = (f"trunks: busiest hour of the last {DAYS} days {hour.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {load:.2f} erlang on {lines} lines: "
            f"{blocked * 100:.3f} % of calls find a busy signal")
    return f"✓ {told}" if lines >= needed else f"! {told}; {needed} lines are needed"


async def measured(store: Store, now: datetime) -> tuple[datetime, float] | None:
    """The busiest hour of the last days; read day by day."""
    found: list[Telephoned] = []
    for day in range(DAYS, 0, -1):
        first, last = now - timedelta(days=day), now - timedelta(days=day - 1)
        found += [record.entry for record in await store.moves(first_id(first), first_id(last)) if isinstance(record.entry, Telephoned)]
    return busiest(found)
