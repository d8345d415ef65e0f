"""Durable storing: one fsync shared by all who wait (the store) against a commit per call (what a store is without it).

Both write the same rows through the same statements into the same schema with synchronous=FULL; the other side is a plain
sqlite3 connection in a thread of its own, which is how one calls SQLite from asyncio. Rounds alternate, so that a change of
the disk's speed meets both.
"""

import asyncio
import gc
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

import uvloop

from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.russian import Russian
from hub.contacts import Address
from hub.conversation import Conversation, WithBot
from hub.journal import Record
from hub.message import Author, Message
from hub.ports import Change
from okno.cli import COLLECTOR
from storage.changes import Step, statements, step_of
from storage.migrate import migrate
from storage.phrases import Phrases
from storage.sqlite import SqliteStore, connect

WRITERS = (1, 8, 64, 256)
ROUND_S, ROUNDS = 1.5, 3
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEXT = "Здравствуйте! Подскажите, пожалуйста, какие документы нужны для загранпаспорта?"
GOALS = ["gain_64 >= 20"]

Commit = Callable[[Change], Awaitable[None]]


class CommitPerCall:
    """Each change in a transaction of its own. Prepared statements are kept by the connection, the log is checkpointed by SQLite."""

    def __init__(self, path: Path) -> None:
        self._db = connect(path)
        self._db.execute("PRAGMA wal_autocheckpoint = 1000")  # SQLite's own default
        migrate(self._db)
        self._phrases = Phrases()
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, "commit-per-call")

    async def commit(self, change: Change) -> None:
        await self._loop.run_in_executor(self._thread, self._write, [step_of(change, self._phrases, lambda _: None)])

    def _write(self, steps: list[Step]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements(steps):
                self._db.execute(*statement)
        except sqlite3.Error:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    async def close(self) -> None:
        self._thread.shutdown()
        self._db.close()


class Citizen:
    """Writes a message, waits until it is stored, and writes the next."""

    def __init__(self, number: int, commit: Commit, ids: "count[int]") -> None:
        self._number, self._commit, self._ids, self._last = number, commit, ids, 0

    async def open(self) -> None:
        head = Conversation(self._number, f"077-261124-{self._number:05d}-0", Address("web.chat", str(self._number)), NOW, WithBot())
        await self._say(head)

    async def write_until(self, end: float) -> list[float]:
        """The waits in seconds."""
        waits = []
        while (start := perf_counter()) < end:
            await self._say(None)
            waits.append(perf_counter() - start)
        return waits

    async def _say(self, head: Conversation | None) -> None:
        record = Record(next(self._ids), self._number, Message(Author.CITIZEN, TEXT, NOW, key=f"k{self._last}"))
        await self._commit(Change(self._number, self._last, (record,), head))
        self._last = record.id


async def measure(store: SqliteStore, plain: CommitPerCall) -> dict[str, float]:
    sides: dict[str, list[Citizen]] = {}
    for name, commit in (("group", store.commit), ("single", plain.commit)):
        ids = count(10_000_000)
        citizens = sides[name] = [Citizen(number, commit, ids) for number in range(1, max(WRITERS) + 1)]
        await asyncio.gather(*(citizen.open() for citizen in citizens))
    figures: dict[str, float] = {}
    for writers in WRITERS:
        rates: dict[str, list[float]] = {"group": [], "single": []}
        slowest: dict[str, list[float]] = {"group": [], "single": []}
        for _ in range(ROUNDS):
            for name, citizens in sides.items():
                start = perf_counter()
                waits = [w for ws in await asyncio.gather(*(c.write_until(start + ROUND_S) for c in citizens[:writers])) for w in ws]
                rates[name].append(len(waits) / (perf_counter() - start))
                slowest[name].append(sorted(waits)[len(waits) * 99 // 100] * 1000)
                print(f"{writers} writers, {name}: {rates[name][-1]:,.0f}/s", file=sys.stderr, flush=True)
        gains = [g / s for g, s in zip(rates["group"], rates["single"], strict=True)]
        for name in sides:
            figures[f"{name}_{writers}_per_s"] = rounded(median(rates[name]))
            figures[f"{name}_{writers}_p99_ms"] = rounded(median(slowest[name]))
        figures[f"gain_{writers}"] = rounded(median(gains))
    return figures


async def run(folder: Path) -> dict[str, float]:
    # The other side keeps no archive, so this one does not either.
    store, plain = SqliteStore(folder / "group.db", Russian(), archive_delay_s=3600), CommitPerCall(folder / "single.db")
    try:
        return await measure(store, plain)
    finally:
        await store.close()
        await plain.close()


def main() -> None:
    gc.set_threshold(*COLLECTOR)  # as `okno run` does
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        folder = Path(name)
        before = fdatasyncs_per_s(folder)
        figures = uvloop.run(run(folder))
        report("store", figures | {"fdatasync_per_s": rounded(median((before, fdatasyncs_per_s(folder))))}, GOALS)


if __name__ == "__main__":
    main()
