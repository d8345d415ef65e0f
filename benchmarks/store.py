"""Durable storing: one fsync shared by all who wait (the store) against a commit per call (what a store is without it).

Both write the same rows through the same statements into the same schema with synchronous=FULL, and both call back as the hub
is called back. A commit per call goes through aiosqlite, the library by which one calls SQLite from asyncio. Rounds alternate,
so that a change of the disk's speed meets both.
"""

import asyncio
import gc
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Self

import aiosqlite
import uvloop

from benchmarks.report import fdatasyncs_per_s, report, rounded
from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, OnCommitted
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from okno.__main__ import COLLECTOR
from storage.changes import Batch
from storage.migrate import migrate
from storage.phrases import Phrases
from storage.sqlite import SqliteStore, connect

WRITERS = (1, 8, 64, 256)
ROUND_S, ROUNDS = 0.5, 15
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MESSAGE = Message(Author.CITIZEN, "Здравствуйте! Подскажите, пожалуйста, какие документы нужны для загранпаспорта?", NOW, key="k1a2b3c4d5")
GOALS = ["gain_64 >= 25"]

Submit = Callable[[Commit, OnCommitted], None]


class CommitPerCall:
    """A commit per call through aiosqlite, in its autocommit mode."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db
        self._phrases = Phrases()
        self._transaction = asyncio.Lock()
        self._tasks = BackgroundTasks()

    @classmethod
    async def open(cls, path: Path) -> Self:
        prepared = connect(path)
        migrate(prepared)
        prepared.close()
        db = await aiosqlite.connect(path, isolation_level=None, cached_statements=1024)
        await db.execute("PRAGMA synchronous = FULL")
        return cls(db)

    def submit(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        del patient  # each has a commit of its own
        self._tasks.spawn(self._write(change, done))

    async def _write(self, change: Commit, done: OnCommitted) -> None:
        batch = Batch(self._phrases)
        batch.add(change, done)
        todo = batch.statements()
        if len(todo) == 1:
            await self._db.execute(*todo[0])
        else:
            async with self._transaction:
                for statement in [("BEGIN IMMEDIATE", ()), *todo, ("COMMIT", ())]:
                    await self._db.execute(*statement)
        done(None)

    async def close(self) -> None:
        await self._db.close()


class Citizen:
    """Writes a message, waits until it is stored, and writes the next."""

    def __init__(self, number: int, submit: Submit, ids: "count[int]") -> None:
        self._number, self._submit, self._ids, self._last = number, submit, ids, 0
        self._start = self._end = 0.0
        self._finished: asyncio.Future[None]
        self.waits: list[float] = []
        """Seconds until each message was stored."""

    async def write_until(self, end: float) -> None:
        """Write at least one message; the first one opens the conversation."""
        self._end, self.waits = end, []
        self._finished = asyncio.get_running_loop().create_future()
        head = Conversation(self._number, f"077-261124-{self._number:05d}-0", Address("web.chat", str(self._number)), NOW, WithBot())
        self._start = perf_counter()
        self._write(None if self._last else head)
        await self._finished

    def _write(self, head: Conversation | None) -> None:
        record = StoredEvent(next(self._ids), self._number, MESSAGE)
        change = Commit(self._number, self._last, (record,), head)
        self._last = record.id
        self._submit(change, self._stored)

    def _stored(self, error: StoreError | None) -> None:
        now = perf_counter()
        if error:
            self._finished.set_exception(error)
            return
        self.waits.append(now - self._start)
        self._start = now
        if now < self._end:
            self._write(None)
        else:
            self._finished.set_result(None)


async def one_round(citizens: list[Citizen]) -> tuple[float, float]:
    """Messages a second, and the 99th percentile of their waits in ms."""
    start = perf_counter()
    await asyncio.gather(*(citizen.write_until(start + ROUND_S) for citizen in citizens))
    took_s = perf_counter() - start
    waits = sorted(wait for citizen in citizens for wait in citizen.waits)
    return len(waits) / took_s, waits[len(waits) * 99 // 100] * 1000


async def measure(store: SqliteStore, single: CommitPerCall) -> dict[str, float]:
    sides: dict[str, list[Citizen]] = {}
    for name, submit in (("group", store.submit), ("single", single.submit)):
        ids = count(10_000_000)
        sides[name] = [Citizen(number, submit, ids) for number in range(1, max(WRITERS) + 1)]
        await asyncio.gather(*(citizen.write_until(0) for citizen in sides[name]))
    figures: dict[str, float] = {}
    for writers in WRITERS:
        rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, citizens in sides.items():
                rounds[name].append(await one_round(citizens[:writers]))
                print(f"{writers} writers, {name}: {rounds[name][-1][0]:,.0f}/s", file=sys.stderr, flush=True)
        for name in sides:
            figures[f"{name}_{writers}_per_s"] = rounded(median(rate for rate, _ in rounds[name]))
            figures[f"{name}_{writers}_p99_ms"] = rounded(median(p99 for _, p99 in rounds[name]))
        figures[f"gain_{writers}"] = rounded(median(g / s for (g, _), (s, _) in zip(rounds["group"], rounds["single"], strict=True)))
    return figures


async def run(folder: Path) -> dict[str, float]:
    # The other side keeps no archive, so this one does not either.
    store = SqliteStore(folder / "group.db", Russian(), archive_delay_s=3600)
    single = await CommitPerCall.open(folder / "single.db")
    try:
        return await measure(store, single)
    finally:
        await store.close()
        await single.close()


def main() -> None:
    gc.set_threshold(*COLLECTOR)  # as `okno run` does
    with tempfile.TemporaryDirectory(dir="var" if Path("var").is_dir() else None) as name:
        folder = Path(name)
        before = fdatasyncs_per_s(folder)
        figures = uvloop.run(run(folder))
        report("store", figures | {"fdatasync_per_s": rounded(median((before, fdatasyncs_per_s(folder))))}, GOALS)


if __name__ == "__main__":
    main()
