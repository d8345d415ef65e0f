"""Group commit: one thread owns the only writing connection and commits all waiting work in one transaction.

One fsync is shared by all waiting changes, so that the batch grows with the load and the wait stays about one fsync. Every statement
carries many rows, because each call into SQLite releases the interpreter's lock and must acquire it again.
"""

import asyncio
import math
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from time import perf_counter
from typing import NamedTuple

from hub.conversations.ports import Commit, OnCommitted
from hub.kernel.errors import ConflictError, SealedError, StoreError, UnavailableStoreError
from hub.kernel.histogram import COMMIT_S, LatencyHistogram
from storage import file_ledger
from storage.changes import Batch
from storage.phrases import Phrases
from storage.vault import Database

AT_ONCE = 512
"""Most changes of a transaction."""
PATIENCE_S = 0.06
"""Commits of patient changes wait up to 60 ms after the last one: with a message every 2 ms thirty share a transaction."""
BROKEN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT,
          sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_NOMEM}
"""Errors of the file or the machine and not of the work, so that trying each piece alone is of no use."""


class Job(NamedTuple):
    """A piece of work that is not a change of a conversation. `run` contains SQL only: everybody waits for it.

    `audit_entry` is a document for the audit, or None: it is added if the work succeeds.
    """

    run: Callable[[Database], object]
    done: Callable[[object, StoreError | None], None]
    audit_entry: bytearray | None = None


class Work(NamedTuple):
    """What one transaction does: the changes, then the jobs."""

    changes: Batch
    jobs: list[Job]

    def halves(self) -> "tuple[Work, Work]":
        if not self.changes:
            middle = len(self.jobs) // 2
            return Work(self.changes, self.jobs[:middle]), Work(self.changes, self.jobs[middle:])
        if self.jobs:
            return Work(self.changes, []), Work(Batch(self.changes.known), self.jobs)
        first, second = self.changes.halves()
        return Work(first, []), Work(second, [])


Outcome = tuple[Job, object, StoreError | None]


class Writer:
    """Takes changes and jobs from the event loop's thread and reports their results there, in order."""

    def __init__(self, db: Database, loop: asyncio.AbstractEventLoop, writing: threading.Lock) -> None:
        """`writing` is held during each transaction."""
        self._db, self._loop, self._writing = db, loop, writing
        self._known = Phrases(db.vault)
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._next = self._nothing()
        self.taken = self._handed = self.written = 0
        """Pieces of work that were put, that the thread has been given, and that were told what became of them."""
        self._urgent = False
        """Whether something of what waits is handed over with this turn of the loop."""
        self._later: asyncio.TimerHandle | None = None
        """Hands over what is patient."""
        self._handed_at = -math.inf
        self.commits = 0
        self.took = LatencyHistogram(COMMIT_S)
        self.broken = ""
        """Why the last commit failed, "" when it did not."""
        self._thread = threading.Thread(target=self._run, name="okno-writer")
        self._thread.start()

    def change(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        self._room(patient=patient).changes.add(change, done)

    def job(self, job: Job) -> None:
        self._room().jobs.append(job)

    def _nothing(self) -> Work:
        return Work(Batch(self._known), [])

    def _room(self, *, patient: bool = False) -> Work:
        """Hand over at the end of the loop's iteration: everything of one iteration wakes the thread once. Patient work waits for more."""
        if self.taken - self._handed >= AT_ONCE:
            self._hand_over()
        self.taken += 1
        if not patient or (at := self._handed_at + PATIENCE_S) <= self._loop.time():
            if not self._urgent:
                self._urgent = True
                self._loop.call_soon(self._hand_over)
        elif self._later is None:
            self._later = self._loop.call_at(at, self._hand_over)
        return self._next

    def _hand_over(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        self._urgent = False
        if self.taken > self._handed:
            self._handed, self._handed_at = self.taken, self._loop.time()
            self._queue.put(self._next)
            self._next = self._nothing()

    async def close(self) -> None:
        """Finish everything that was handed over, then stop."""
        self._hand_over()
        self._queue.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _tell(self, changes: Sequence[tuple[Commit, OnCommitted]], error: StoreError | None, jobs: Sequence[Outcome]) -> None:
        self.written += len(changes) + len(jobs)
        for _, done in changes:
            try:
                done(error)
            except Exception as raised:  # noqa: BLE001 - it must not keep the others from being told
                self._complain(raised)
        for job, result, failed in jobs:
            try:
                job.done(result, failed)
            except Exception as raised:  # noqa: BLE001 - the same
                self._complain(raised)
        if self._urgent:
            self._hand_over()

    def _complain(self, raised: Exception) -> None:
        self._loop.call_exception_handler({"message": "a callback of the store raised", "exception": raised})

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            last = False
            while len(work.changes) < AT_ONCE and not self._queue.empty():
                more = self._queue.get()
                if last := more is None:
                    break
                work.changes.join(more.changes)
                work.jobs.extend(more.jobs)
            self._write(work)
            if last:
                return

    def _write(self, work: Work) -> None:
        """Commit as a whole; if something is refused, in halves; if the disk fails, nothing is reported as stored."""
        try:
            with self._writing:
                began_s = perf_counter()
                jobs = self._transact(work)
        except Exception as raised:  # noqa: BLE001 - a thread that ended would leave everybody waiting for ever
            self._roll_back()
            if isinstance(raised, SealedError) or _is_broken(raised):
                self.broken = str(raised)
                self._report(work, UnavailableStoreError(str(raised)))
            elif len(work.changes) + len(work.jobs) == 1:
                self._report(work, _refusal(raised))
            else:
                for half in work.halves():
                    self._write(half)
            return
        self.broken = ""
        self.commits += 1
        self.took.add(perf_counter() - began_s)
        self._loop.call_soon_threadsafe(self._tell, work.changes.changes, None, jobs)

    def _report(self, work: Work, error: StoreError) -> None:
        self._loop.call_soon_threadsafe(self._tell, work.changes.changes, error, [(job, None, error) for job in work.jobs])

    def _transact(self, work: Work) -> list[Outcome]:
        db = self._db
        todo = work.changes.statements()
        if len(todo) == 1 and not work.jobs and not work.changes.audit_entries and not db.vault.closed:
            db.execute(*todo[0])  # one statement is a transaction of its own
            return []
        db.execute("BEGIN IMMEDIATE")
        file_ledger.begin(db)
        work.changes.note(db)
        for statement in todo:
            db.execute(*statement)
        done = [_run_job(db, job) for job in work.jobs]
        audit_entries = [*work.changes.audit_entries,
                         *(job.audit_entry for job, _, error in done if job.audit_entry is not None and error is None)]
        root = file_ledger.finish(db, audit_entries)
        db.execute("COMMIT")
        file_ledger.committed(db, root)
        return done

    def _roll_back(self) -> None:
        self._db.touched = None
        with suppress(sqlite3.Error):  # what made the commit fail may make this fail, too; the next one tries again
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _run_job(db: Database, job: Job) -> Outcome:
    """A failing job does not affect the others."""
    db.execute("SAVEPOINT job")
    before = dict(db.touched.sums) if db.touched is not None else {}
    try:
        result = job.run(db)
    except StoreError as error:
        if db.touched is not None:
            db.touched.sums = defaultdict(int, before)
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
