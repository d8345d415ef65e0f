"""Group commit on MongoDB: all waiting changes go into one transaction and share its round trips.

A transaction that conflicts with another hub's is retried as a whole; one with a refused change is retried in halves, until that
change is alone; without a primary nothing is reported as stored.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import perf_counter
from typing import NamedTuple

import pymongo
from bson.errors import BSONError
from pymongo import AsyncMongoClient
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from hub.audit.hash_chain import link_hash
from hub.conversations.ports import Commit, OnCommitted
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, StoreError, UnavailableStoreError
from hub.kernel.histogram import COMMIT_S, LatencyHistogram
from hub.kernel.leases import Lease
from storage.codec import dump
from storage.ledger import Touched, witnessed
from storage.mongo.indexes import DUPLICATE
from storage.mongo.leases import close_off, still_held
from storage.mongo.ledger import advance
from storage.mongo.reads import chain
from storage.mongo.schema import Database, Row, Session, Work, once_more, unreachable
from storage.mongo.steps import MOVED_ON, Steps
from storage.text_analyzer import TextAnalyzer
from storage.vault import Vault

log = logging.getLogger(__name__)

AT_ONCE = 512
"""Most changes of a transaction."""
GATHER_S, ALONE = 0.015, 3
"""After a transaction of more than so few changes the next one waits as long as that one took, at most 15 ms, for others to share it."""
PATIENT_S = 30.0
"""Time for the election of a new primary and the retry of work under way. An election takes about 12 s."""


class Job(NamedTuple):
    """A piece of work that is not a change of a conversation; `audit_entries` are added to the audit if the work is done."""

    run: Callable[[Work], Awaitable[None]] | None
    done: OnCommitted
    audit_entries: tuple[AuditEntry, ...] = ()


class Piece(NamedTuple):
    change: Commit | None
    job: Job | None
    done: OnCommitted


class Writer:
    """Takes changes and jobs, and reports their results in order."""

    def __init__(self, client: AsyncMongoClient[Row], db: Database, vault: Vault, words: TextAnalyzer, lease: Lease | None = None) -> None:
        """With a lease each transaction belongs to its owner, or fails."""
        self._client, self._db, self._vault, self._words, self._lease = client, db, vault, words, lease
        self._session: Session | None = None
        self._end: tuple[int, bytes] | None = None
        """Where the audit ended after the last transaction of this hub."""
        self._waiting: list[Piece] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._gather_until_s = 0.0
        """Until then further changes are waited for (perf_counter)."""
        self.commits = self.repeats = 0
        self.took = LatencyHistogram(COMMIT_S)
        self.broken = ""
        """Why the last transaction failed, "" when it did not."""
        self._preparing = ThreadPoolExecutor(1, "okno-rows")
        """A separate pool: a commit does not wait behind a password check."""
        self._task = asyncio.create_task(self._run(), name="mongo-writer")

    def change(self, change: Commit, done: OnCommitted) -> None:
        self._put(Piece(change, None, done))

    def job(self, job: Job) -> None:
        self._put(Piece(None, job, job.done))

    def _put(self, piece: Piece) -> None:
        self._waiting.append(piece)
        self._wake.set()

    async def close(self) -> None:
        """Finish everything that was submitted, then stop."""
        self._closing = True
        self._wake.set()
        await self._task
        self._preparing.shutdown()
        if self._session is not None:
            await self._session.end_session()

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                if (left_s := self._gather_until_s - perf_counter()) > 0 and len(self._waiting) < AT_ONCE and not self._closing:
                    await asyncio.sleep(left_s)
                batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                await self._write(batch)

    async def _write(self, batch: Sequence[Piece]) -> None:
        began_s = perf_counter()
        try:
            await self._transact(batch)
        except UnavailableStoreError as error:
            self.broken = str(error)
            self._tell(batch, error)
        except StoreError as error:
            if len(batch) == 1:
                self._tell(batch, error)
                return
            middle = len(batch) // 2
            await self._write(batch[:middle])
            await self._write(batch[middle:])
        except Exception as error:
            log.exception("batch of transactions not stored")
            self._tell(batch, StoreError(str(error)))
        else:
            self.broken = ""
            self.commits += 1
            took_s = (ended_s := perf_counter()) - began_s
            self.took.add(took_s)
            self._gather_until_s = ended_s + min(took_s, GATHER_S) if len(batch) > ALONE else 0.0
            self._tell(batch, None)

    async def _transact(self, batch: Sequence[Piece]) -> None:
        """Raises StoreError where something of it is refused, UnavailableStoreError where nothing can be stored."""
        try:
            await self._stored(batch)
        except DuplicateKeyError as error:
            raise ConflictError(MOVED_ON) from error
        except BulkWriteError as error:
            codes = {each["code"] for each in error.details["writeErrors"]}
            raise (ConflictError(MOVED_ON) if codes == {DUPLICATE} else StoreError(str(error))) from error
        except (UnicodeEncodeError, BSONError) as error:
            raise StoreError(str(error)) from error
        except PyMongoError as error:
            raise unreachable(error) from error

    async def _stored(self, batch: Sequence[Piece]) -> None:
        """One transaction, tried again as long as another hub's work is in its way."""
        # In a thread: words that were never met take 60 µs each, and a letter has thousands of them.
        changes = [piece.change for piece in batch if piece.change]
        steps = await asyncio.get_running_loop().run_in_executor(self._preparing, Steps, self._vault, self._words, changes)
        audit_entries = [audit_entry for piece in batch
                         for audit_entry in (piece.change.audit_entries if piece.change else piece.job.audit_entries if piece.job else ())]
        docs = [(audit_entry.about, dump(audit_entry)) for audit_entry in audit_entries]

        tries = count()
        root: bytes | None = None
        end: tuple[int, bytes] | None = None

        async def run(session: Session) -> None:
            nonlocal root, end
            work = Work(session, Touched() if self._vault.closed else None)
            self.repeats += next(tries) > 0
            if self._lease is not None:
                await still_held(self._db, self._lease, session)
            await steps.store(self._db, work)
            for piece in batch:
                if piece.job and piece.job.run:
                    await piece.job.run(work)
            generation, root = 0, None
            if work.touched is not None:
                generation, root = await advance(self._db, self._vault, work.touched, self._end, session)
            end = await self._audit(docs, generation, session)

        with pymongo.timeout(PATIENT_S):
            await (await self._in_session()).with_transaction(run)
        self._end = end or self._end
        if root is not None:
            self._vault.ledger.root(root)

    async def _in_session(self) -> Session:
        """The one in which all transactions run. With a lease nobody else's do any more."""
        if self._session is None:
            session = self._client.start_session()
            if self._lease is not None:
                await close_off(self._db, self._lease, session)
            self._session = session
        return self._session

    async def _audit(self, docs: Sequence[tuple[str, bytearray]], generation: int, session: Session) -> tuple[int, bytes] | None:
        """Add records behind the last one; where the audit ends then. Where another hub has done the same, the whole is tried again."""
        if not docs:
            return None
        number, last = await chain(self._db, session)
        rows: list[Row] = []
        for about, audit_entry in docs:
            number, doc = number + 1, witnessed(audit_entry, generation)
            last = link_hash(last, number, doc)
            rows.append({"_id": number, "about": about, "doc": bytes(doc), "hash": last})
        try:
            await self._db.audit.insert_many(rows, session=session)
            # So that a cut end is seen.
            await self._db.schema.update_one({"_id": "audit"}, {"$max": {"newest": number}}, session=session)
        except BulkWriteError as error:
            raise once_more("another hub added to the audit") from error
        return number, last

    def _tell(self, batch: Sequence[Piece], error: StoreError | None) -> None:
        for piece in batch:
            try:
                piece.done(error)
            except Exception as raised:  # noqa: BLE001 - it must not keep the others from being told
                asyncio.get_running_loop().call_exception_handler({"message": "a callback of the store raised", "exception": raised})
