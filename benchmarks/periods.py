"""Reports of a month of a large centre: 50,000 contacts a day, in 30 lines, by 6 channels, on 50 topics, by 300 operators.

One day is in the journal and is summed out of it; the sums of the thirty days before are its own under their dates, as they would have
been stored in as many nights.
"""

import asyncio
import os
import random
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from benchmarks.report import report, rounded
from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, InQueue, WithBot, WithOperator
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.ports import Commit
from hub.kernel.ids import RecordIds
from hub.organisation.queue import Lines, Queue
from hub.reporting.breakdown import Breakdown, PeriodBy
from hub.reporting.day_totals import DayTotals, Kind
from hub.reporting.days import AHEAD, Days
from hub.reporting.periods import Periods
from storage.sqlite import SqliteStore

CONTACTS, DAYS, ROUNDS, TOGETHER = 50_000, 31, 5, 500
QUEUES = [Queue(f"line-{n:02d}", f"Линия {n}", department="" if n % 3 else f"Ведомство {n}") for n in range(30)]
CHANNELS = ("voice.line", "web.chat", "email.inbox", "sms.smpp", "messenger.max", "messenger.vk")
ZONE = ZoneInfo("Europe/Moscow")
DAY = date(2026, 11, 24)
BEGINS = datetime(2026, 11, 24, tzinfo=ZONE).astimezone(UTC)
GOALS = ["month_by_quarter_s <= 0.5", "month_by_day_s <= 0.5", "month_by_topic_s <= 0.5"]


def changes(chance: random.Random) -> list[Commit]:
    """One conversation each: it waits, is answered, every tenth goes to another line, and is closed."""
    ids, made = RecordIds(), []
    for number in range(CONTACTS):
        at = BEGINS + timedelta(seconds=86_400 * number / CONTACTS)
        line = chance.choice(QUEUES).id
        operator = f"operator-{line}-{chance.randrange(10)}"
        conversation, entries = ids.next(at), [HandedOver(at, InQueue(line, at), "asked")]
        answered = at + timedelta(seconds=chance.choice((3, 8, 15, 40)))
        entries.append(HandedOver(answered, WithOperator(operator, answered, line, at), "accepted", operator))
        if number % 10 == 0:
            line = chance.choice(QUEUES).id
            moved = answered + timedelta(seconds=30)
            entries += [HandedOver(moved, InQueue(line, at), "transferred", operator),
                        HandedOver(moved + timedelta(seconds=20), WithOperator(operator, moved, line, at), "accepted", operator)]
        ended = answered + timedelta(seconds=chance.randrange(60, 900))
        entries.append(HandedOver(ended, Closed(ended, f"topic-{chance.randrange(50)}", operator), "closed", operator))
        citizen = Address(chance.choice(CHANNELS), f"citizen-{chance.randrange(CONTACTS)}")
        head = Conversation(conversation, f"001-261124-{number:05d}", citizen, at, WithBot(), line=line)
        records = tuple(StoredEvent(ids.next(entry.at), conversation, entry) for entry in entries)
        made.append(Commit(conversation, 0, records, replace(head, holder=entries[-1].holder)))
    return made


async def month(periods: Periods, by: PeriodBy) -> float:
    """Seconds that a report of all days takes."""
    began = perf_counter()
    breakdown = Breakdown(by, periods.days, periods.units, lambda _: True, lambda _: True)
    rows: dict[str, dict[str, float]] = {}
    for number in range(DAYS):
        day = DAY - timedelta(days=number)
        breakdown.add(day, await periods.cells(day, breakdown.kind), rows)
    offered = sum(row["offered"] for row in rows.values())
    if offered != CONTACTS * DAYS:
        message = f"{offered} contacts of {CONTACTS * DAYS}"
        raise AssertionError(message)
    return perf_counter() - began


async def measure(folder: Path) -> dict[str, float]:
    store = SqliteStore(folder / "okno.db", Russian())
    made = changes(random.Random(0))
    for at in range(0, CONTACTS, TOGETHER):
        await asyncio.gather(*map(store.commit, made[at:at + TOGETHER]))
    now = BEGINS + timedelta(hours=23, minutes=59)

    def periods(clock: Callable[[], datetime]) -> Periods:
        return Periods(store, Days(store, Lines(QUEUES), "001", ZONE, clock), Lines(QUEUES))

    today = periods(lambda: now)
    figures = {"load_before": os.getloadavg()[0]}
    for name in ("today_first_s", "today_again_s"):
        began = perf_counter()
        await today.cells(DAY, Kind.QUARTER)
        figures[name] = perf_counter() - began
    # A week later also resolution at the first contact is known: the empty days after it are read for that.
    over = periods(lambda: BEGINS + timedelta(days=8) + 2 * AHEAD)
    began = perf_counter()
    await over.cells(DAY, Kind.QUARTER)
    figures["day_summed_s"] = perf_counter() - began
    for kind in Kind:
        if known := await store.get(DayTotals, f"{DAY}/{kind}"):
            for number in range(1, DAYS):
                await store.put(replace(known, key=f"{DAY - timedelta(days=number)}/{kind}"))
    for by in (PeriodBy.QUARTER, PeriodBy.DAY, PeriodBy.TOPIC, PeriodBy.OPERATOR):
        took_s = process_time()
        figures[f"month_by_{by}_s"] = median([await month(over, by) for _ in range(ROUNDS)])
        # What it needs of a processor: a machine that has much else to do takes longer.
        figures[f"month_by_{by}_cpu_s"] = (process_time() - took_s) / ROUNDS
    await store.close()
    return {name: rounded(value) for name, value in figures.items()}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        report("periods", asyncio.run(measure(Path(folder))), GOALS)
