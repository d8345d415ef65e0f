"""The group-commit writer: one thread owns the only writing connection and commits whatever waits in one transaction.

One fsync is shared by all who wait, so that the batch grows with the load and the wait stays about one fsync. Every
statement carries many rows, because each call into SQLite gives up the interpreter's lock and must win it back.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import NamedTuple

from hub.errors import ConflictError, StoreError, UnavailableStoreError
from storage.changes import Step, statements

LARGEST_BATCH = 512
BROKEN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT,
          sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM}
"""What is wrong with the file or the machine and not with the work, so that trying each piece alone is no use."""


class Job(NamedTuple):
    """A piece of work that is not a change of a conversation. `run` is only SQL: everybody waits for it."""

    run: Callable[[sqlite3.Connection], object]
    done: Callable[[object, StoreError | None], None]


Work = Step | Job
Outcome = tuple[Work, object, StoreError | None]


class Writer:
    """Takes steps and jobs from the event loop's thread and tells it there what became of them, in order."""

    def __init__(self, db: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> None:
        self._db, self._loop = db, loop
        self._work: SimpleQueue[list[Work] | None] = SimpleQueue()
        self._collected: list[Work] = []
        self.taken = self.written = 0
        """Pieces of work that were put, and those that were told what became of them."""
        self.commits = 0
        self.broken = ""
        """Why the last commit failed, "" when it did not."""
        self._thread = threading.Thread(target=self._run, name="okno-writer")
        self._thread.start()

    def put(self, work: Work) -> None:
        """Hand over at the end of the loop's turn: all that one turn brought wakes the thread once."""
        if not self._collected:
            self._loop.call_soon(self._hand_over)
        self._collected.append(work)
        self.taken += 1

    def _hand_over(self) -> None:
        work, self._collected = self._collected, []
        for at in range(0, len(work), LARGEST_BATCH):
            self._work.put(work[at:at + LARGEST_BATCH])

    async def close(self) -> None:
        """Finish everything that was handed over, then stop."""
        self._hand_over()
        self._work.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _tell(self, outcomes: list[Outcome]) -> None:
        self.written += len(outcomes)
        for work, result, error in outcomes:
            try:
                if isinstance(work, Step):
                    work.done(error)
                else:
                    work.done(result, error)
            except Exception as raised:  # noqa: BLE001 - it must not keep the others from being told
                self._loop.call_exception_handler({"message": "a callback of the store raised", "exception": raised})

    def _run(self) -> None:
        while (batch := self._work.get()) is not None:
            last = False
            while len(batch) < LARGEST_BATCH:
                try:
                    more = self._work.get_nowait()
                except Empty:
                    break
                if last := more is None:
                    break
                batch = batch + more
            outcomes = self._write(batch)
            self._loop.call_soon_threadsafe(self._tell, outcomes)
            if last:
                return

    def _write(self, batch: list[Work]) -> list[Outcome]:
        """Commit a batch as a whole; if something in it is refused, in halves; if the disk fails, nobody believes it is stored."""
        try:
            outcomes = self._transact(batch)
        except Exception as error:  # noqa: BLE001 - a thread that ended would leave everybody waiting for ever
            self._roll_back()
            if _is_broken(error):
                self.broken = str(error)
                return [(work, None, UnavailableStoreError(str(error))) for work in batch]
            if len(batch) == 1:
                return [(batch[0], None, _refusal(error))]
            half = len(batch) // 2
            return self._write(batch[:half]) + self._write(batch[half:])
        self.broken = ""
        self.commits += 1
        return outcomes

    def _transact(self, batch: list[Work]) -> list[Outcome]:
        db = self._db
        todo = statements([work for work in batch if isinstance(work, Step)])
        jobs = [work for work in batch if isinstance(work, Job)]
        if len(todo) == 1 and not jobs:
            db.execute(*todo[0])  # one statement is a transaction of its own
            return [(work, None, None) for work in batch]
        db.execute("BEGIN IMMEDIATE")
        for statement in todo:
            db.execute(*statement)
        done = {id(job): _run_job(db, job) for job in jobs}
        db.execute("COMMIT")
        return [done.get(id(work), (work, None, None)) for work in batch]

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # what made the commit fail may make this fail, too; the next one tries again
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _run_job(db: sqlite3.Connection, job: Job) -> Outcome:
    """A job that fails spoils nothing of the others."""
    db.execute("SAVEPOINT job")
    try:
        result = job.run(db)
    except StoreError as error:
        db.execute("ROLLBACK TO job")
        db.execute("RELEASE job")
        return job, None, error
    db.execute("RELEASE job")
    return job, result, None


def _refusal(error: Exception) -> StoreError:
    if isinstance(error, sqlite3.IntegrityError):
        return ConflictError("the conversation has moved on")
    return StoreError(str(error))


def _is_broken(error: Exception) -> bool:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in BROKEN  # the low byte is the primary code
