"""The group-commit writer: one thread owns the only writing connection and commits whatever waits in one transaction.

One fsync is shared by all who wait, so that the batch grows with the load and the wait stays about one fsync. Every
statement carries many rows, because each call into SQLite gives up the interpreter's lock and must win it back.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from itertools import chain
from queue import Empty, SimpleQueue
from typing import NamedTuple

from hub.ports import StoreError, UnavailableStoreError
from storage.changes import SpoiltError, Step, write_changes

LARGEST_BATCH = 512
BROKEN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT,
          sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN}


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
        self._under_way = 0
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
        self._under_way += 1

    def _hand_over(self) -> None:
        work, self._collected = self._collected, []
        if work:
            self._work.put(work)

    @property
    def busy(self) -> bool:
        """Whether somebody waits for a commit."""
        return self._under_way > 0

    async def close(self) -> None:
        """Finish everything that was handed over, then stop."""
        self._hand_over()
        self._work.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _tell(self, outcomes: list[Outcome]) -> None:
        self._under_way -= len(outcomes)
        for work, result, error in outcomes:
            if isinstance(work, Step):
                work.done(error)
            else:
                work.done(result, error)

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
        """Commit a batch as a whole; if that fails, without those that spoil it; if that fails, nobody believes it is stored."""
        refused: dict[int, StoreError] = {}
        while True:
            try:
                outcomes = self._transact(batch, refused)
            except SpoiltError as spoilt:
                refused.update(spoilt.conversations)
            except sqlite3.Error as error:
                self._roll_back()
                if len(batch) > 1 and not _is_broken(error):
                    return list(chain.from_iterable(self._write([work]) for work in batch))
                self.broken = str(error)
                return [(work, None, UnavailableStoreError(str(error))) for work in batch]
            else:
                self.broken = ""
                self.commits += 1
                return outcomes

    def _transact(self, batch: list[Work], refused: dict[int, StoreError]) -> list[Outcome]:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        good = [w for w in batch if isinstance(w, Step) and w.change.conversation not in refused]
        outcomes: list[Outcome] = []
        try:
            if good:
                write_changes(db, good)
            for work in batch:
                if isinstance(work, Job):
                    outcomes.append(_run_job(db, work))
                else:
                    outcomes.append((work, None, refused.get(work.change.conversation)))
        except SpoiltError:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
        return outcomes

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def _run_job(db: sqlite3.Connection, job: Job) -> Outcome:
    """A job that fails spoils nothing of the others."""
    db.execute("SAVEPOINT job")
    try:
        result = job.run(db)
    except StoreError as error:
        db.execute("ROLLBACK TO job")
        return job, None, error
    finally:
        db.execute("RELEASE job")
    return job, result, None


def _is_broken(error: sqlite3.Error) -> bool:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in BROKEN  # the low byte is the primary code
