"""Store of a single centre: one SQLite file, one writing thread, a few reading connections.

Tables (migrations/): journal ◄─ last_events ─ conversations · phrases · outbox · documents ◄─ index_entries · audit ·
archive_NNNN (full text)
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import msgspec
from msgspec import Struct

from hub.conversations.address import Address
from hub.conversations.conversation import FIRST, Conversation, Position
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Commit, OnCommitted, SearchHit
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import resolve
from hub.kernel.document import Document
from hub.kernel.errors import SealedError, StoreError, UnavailableStoreError
from hub.kernel.histogram import LatencyHistogram
from hub.kernel.leases import Lease
from hub.kernel.ports import D, DocumentKey, OnDocuments
from hub.kernel.signal import Signal
from storage import archive, audit, documents, file_ledger, leases, reads
from storage.changes import settling
from storage.checkpoints import Checkpoints
from storage.codec import dump, dump_document, key_of, kind_of
from storage.erasure import erasing
from storage.migrate import migrate
from storage.reencryption import unlock
from storage.text_analyzer import TextAnalyzer
from storage.vault import Database, Vault, searched
from storage.writer import Job, Writer

T = TypeVar("T")
READERS = 2
ARCHIVE_DELAY_S, ARCHIVE_CHUNK = 0.1, 200
"""Up to 2,000 records a second are indexed, some tens of microseconds each: four times the country's peak."""
ARCHIVE_YIELDS_AT = 400
"""With more steps than this in one delay, indexing waits: citizens have priority."""

log = logging.getLogger(__name__)


def connect(path: Path, vault: Vault | None = None, *, read_only: bool = False) -> Database:
    """A connection in autocommit mode; raises UnavailableStoreError for what is no database, or cannot be written."""
    db: Database | None = None
    try:
        if read_only:
            db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False,
                                 factory=Database)
        else:
            db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=1024, factory=Database)
            db.execute("PRAGMA journal_mode = WAL")
            # FULL: a commit is on the disk when it is reported, also when the power fails in the next moment.
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA wal_autocheckpoint = 0")
            db.execute("PRAGMA journal_size_limit = 67108864")
        # kB. It holds the upper pages of the trees of a million conversations; the leaves come out of the system's cache in a moment,
        # and a page of memory that is used for the first time costs more than one that is used again.
        db.execute(f"PRAGMA cache_size = {-2_000 if read_only else -8_000}")
        db.execute("PRAGMA busy_timeout = 5000")
    except sqlite3.Error as error:
        if db is not None:
            db.close()
        message = f"{path}: {error}"
        raise UnavailableStoreError(message) from error
    db.vault = vault or Vault()
    return db


class SqliteStore:
    """hub.conversations.ports.Store on one file."""

    def __init__(self, path: Path, words: TextAnalyzer, vault: Vault | None = None, *, archive_delay_s: float = ARCHIVE_DELAY_S) -> None:
        """Open or create the file; call inside the running event loop. Raises UnavailableStoreError, SealedError.

        Messages can be found about `archive_delay_s` after they are stored.
        """
        self._vault = vault or Vault()
        self._path, self._archive_delay_s = path, archive_delay_s
        self._loop = asyncio.get_running_loop()
        db = connect(path, self._vault)
        try:
            migrate(db)
            unlock(db, partial(connect, path, read_only=True))
            file_ledger.check(db)
            archive.keep_to(db, words.edition)
        except SealedError:
            db.close()
            raise
        except (sqlite3.Error, UnavailableStoreError) as error:
            db.close()
            message = f"{path}: {error}"
            raise UnavailableStoreError(message) from error
        self._words = searched(words, self._vault)
        self._indexing = asyncio.Lock()
        """Held by whoever adds words to the archive, or takes some out."""
        self._db = db
        writing = threading.Lock()
        self._writer = Writer(db, self._loop, writing)
        self._checkpoints = Checkpoints(path, writing)
        self.on_documents: OnDocuments = Signal()
        self._here = threading.local()
        self._connections: list[Database] = []
        self._readers = ThreadPoolExecutor(READERS, "okno-reader")
        self._wake = asyncio.Event()
        self._wake.set()  # the last run may have ended before everything was indexed
        self._archivist = self._loop.create_task(self._keep_archive(), name="archive")

    @property
    def broken(self) -> str:
        """Why nothing can be stored now, or ""."""
        return self._writer.broken

    @property
    def commits(self) -> int:
        return self._writer.commits

    @property
    def took(self) -> LatencyHistogram:
        return self._writer.took

    @property
    def repeats(self) -> int:
        return 0  # one hub has the file

    def submit(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        self._writer.change(change, done, patient=patient)
        if not self._wake.is_set():
            self._wake.set()

    async def commit(self, change: Commit) -> None:
        stored: asyncio.Future[None] = self._loop.create_future()
        self.submit(change, lambda error: resolve(stored, None, error))
        await stored

    async def conversation(self, conversation: int) -> Conversation | None:
        return await self._read(lambda db: reads.conversation(db, conversation))

    async def conversations(self, numbers: Sequence[int]) -> list[Conversation]:
        return await self._read(lambda db: reads.conversations(db, numbers))

    async def at_address(self, address: Address) -> Conversation | None:
        return await self._read(lambda db: reads.at_address(db, address))

    async def with_addresses(self, addresses: Sequence[Address], *, before: int = 0, limit: int = 50) -> list[Conversation]:
        return await self._read(lambda db: reads.with_addresses(db, addresses, before, limit))

    async def records(self, conversation: int, *, before: int = 0, upto: int = 0, limit: int = 50) -> list[StoredEvent]:
        return await self._read(lambda db: reads.records(db, conversation, before, upto, limit))

    async def tails(self, conversations: Sequence[Conversation], limit: int = 8) -> dict[int, list[StoredEvent]]:
        return await self._read(lambda db: {c.id: reads.chain(db, c.last, limit) for c in conversations})

    async def waiting(self, queues: Sequence[str], limit: int = 50, *, after: Position = FIRST) -> list[Conversation]:
        return await self._read(lambda db: reads.waiting(db, queues, after, limit))

    async def aside(self, limit: int = 50) -> list[Conversation]:
        return await self._read(lambda db: reads.aside(db, limit))

    async def held(self, operator: str) -> list[Conversation]:
        return await self._read(lambda db: reads.held(db, operator))

    async def promised(self, *, after: Position = FIRST, limit: int = 50) -> list[Conversation]:
        return await self._read(lambda db: reads.promised(db, after, limit))

    async def recent(self, *, before: int = 0, limit: int = 50) -> list[Conversation]:
        return await self._read(lambda db: reads.recent(db, before, limit))

    async def moves(self, first: int, last: int) -> list[StoredEvent]:
        return await self._read(lambda db: reads.moves(db, first, last))

    async def moves_of(self, conversations: Sequence[int]) -> list[StoredEvent]:
        return await self._read(lambda db: reads.moves_of(db, conversations))

    async def thoughts(self, first: int, last: int) -> list[StoredEvent]:
        return await self._read(lambda db: reads.thoughts(db, first, last))

    async def keys(self, conversation: int) -> dict[tuple[str, str], int]:
        return await self._read(lambda db: reads.keys(db, conversation))

    async def settle(self, records: Sequence[int]) -> None:
        await self._job(lambda db: [db.execute(*statement) for statement in settling(records)])

    async def owed(self) -> list[StoredEvent]:
        return await self._read(reads.owed)

    async def find(self, text: str, *, before: int = 0, limit: int = 50) -> list[SearchHit]:
        query = self._words.query(text)
        return await self._read(lambda db: reads.hits(db, archive.find(db, query, before, limit)))

    async def put(self, document: Document, audit_entry: AuditEntry | None = None) -> None:
        row = dump_document(self._vault, document)
        await self._job(lambda db: documents.put(db, row), audit_entry, document)

    async def drop(self, kind: type[Struct], key: str, audit_entry: AuditEntry | None = None) -> None:
        await self._job(lambda db: documents.drop(db, kind_of(kind), self._vault.digest(key)), audit_entry, kind)

    async def exchange(self, put: Sequence[Document], dropped: Sequence[Document], audit_entry: AuditEntry | None = None, *,
                       seen: Sequence[Document] = (), new: Sequence[Document] = ()) -> None:
        gone = [(kind_of(document), self._vault.digest(key_of(document))) for document in dropped]
        rows = [dump_document(self._vault, document) for document in (*new, *put)]
        await self._job(lambda db: documents.exchange_seen(db, gone, rows, seen, new), audit_entry, *new, *put, *dropped)

    async def erase(self, change: Commit, left: Sequence[StoredEvent], put: Sequence[Document] = (), dropped: Sequence[DocumentKey] = (),
                    audit_entry: AuditEntry | None = None) -> None:
        async with self._indexing:  # else the archive might add the words of what it has read before
            said = await self._read(lambda db: reads.texts(db, [record.id for record in left]))
            words = await self._prepared(said)
            gone = [(kind_of(kind), self._vault.digest(key)) for kind, key in dropped]
            run = erasing(self._vault, change, left, words, [dump_document(self._vault, each) for each in put], gone)
            await self._job(run, audit_entry, *put, *(kind for kind, _ in dropped))

    async def numbered(self, digits: str, *, limit: int = 50) -> list[Conversation]:
        return await self._read(lambda db: reads.numbered(db, digits, limit))

    async def served(self, operator: str, *, before: Position = FIRST, limit: int = 50) -> list[Conversation]:
        return await self._read(lambda db: reads.served(db, operator, before, limit))

    async def over(self, before: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        return await self._read(lambda db: reads.over(db, after, before, limit))

    async def unheard(self, since: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        return await self._read(lambda db: reads.unheard(db, since, after, limit))

    async def get(self, kind: type[D], key: str) -> D | None:
        return await self._read(lambda db: documents.get(db, kind, key))

    async def all(self, kind: type[D]) -> list[D]:
        return await self._read(lambda db: documents.every(db, kind))

    async def page(self, kind: type[D], *, after: str = "", limit: int = 1000) -> list[D]:
        return await self._read(lambda db: documents.page(db, kind, after, limit))

    async def marked(self, kind: type[D], name: str, value: str = "", *, since: datetime | None = None, until: datetime | None = None,
                     after: D | None = None, newest: bool = False, limit: int = 50) -> list[D]:
        return await self._read(lambda db: documents.marked(db, kind, (name, value), (since, until), after, limit, newest=newest))

    async def count(self, kind: type[Struct], name: str, value: str = "", *, since: datetime | None = None,
                    until: datetime | None = None) -> int:
        return await self._read(lambda db: documents.count(db, kind, (name, value), (since, until)))

    async def note(self, audit_entry: AuditEntry) -> None:
        await self._job(lambda _: None, audit_entry)

    async def audit_entries(self, *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        return await self._read(lambda db: reads.audit_entries(db, before, limit))

    async def deeds_about(self, about: Sequence[str], *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        return await self._read(lambda db: reads.audit_entries_about(db, about, before, limit))

    async def chain(self) -> tuple[int, bytes]:
        return await self._read(audit.end)

    async def newest(self) -> tuple[int, str]:
        return await self._read(reads.newest)

    async def lease(self, name: str, owner: str, for_s: float) -> Lease:
        return await self._job(lambda db: leases.lease(db, name, owner, for_s))

    async def leases(self, prefix: str) -> list[Lease]:
        return await self._read(lambda db: leases.leases(db, prefix))

    async def release(self, name: str, owner: str) -> None:
        await self._job(lambda db: leases.release(db, name, owner))

    async def backup(self, target: str, progress: Callable[[float], None]) -> None:
        await self._read(lambda db: reads.backup(db, target, progress))

    async def close(self) -> None:
        """Commit what was submitted, then close the file."""
        self._archivist.cancel()
        await asyncio.gather(self._archivist, return_exceptions=True)
        await self._writer.close()
        self._readers.shutdown()
        self._checkpoints.close()
        for db in [*self._connections, self._db]:
            db.close()

    async def _read(self, query: Callable[[Database], T]) -> T:
        return await self._loop.run_in_executor(self._readers, self._query, query)

    def _query(self, query: Callable[[Database], T]) -> T:
        db: Database | None = getattr(self._here, "db", None)
        if db is None:
            db = self._here.db = connect(self._path, self._vault, read_only=True)
            self._connections.append(db)
        try:
            return query(db)
        except (sqlite3.Error, msgspec.DecodeError) as error:
            raise UnavailableStoreError(str(error)) from error

    async def _job(self, run: Callable[[Database], T], audit_entry: AuditEntry | None = None, *touched: Struct | type[Struct]) -> T:
        done: asyncio.Future[T] = self._loop.create_future()
        heard = touched if audit_entry is None else (*touched, audit_entry)
        try:
            doc = None if audit_entry is None else dump(audit_entry)
        except UnicodeEncodeError as error:
            raise StoreError(str(error)) from error

        def tell(result: object, error: StoreError | None) -> None:
            resolve(done, cast("T | None", result), error)
            if heard and error is None:
                self.on_documents(heard)

        self._writer.job(Job(run, tell, doc))
        return await done

    async def _keep_archive(self) -> None:
        """Index messages a while after they are stored, and never before waiting commits."""
        while True:
            await self._wake.wait()
            before = self._writer.written
            await asyncio.sleep(self._archive_delay_s)
            if self._writer.written - before > ARCHIVE_YIELDS_AT:
                continue
            try:
                async with self._indexing:
                    records = await self._read(lambda db: archive.unindexed(db, ARCHIVE_CHUNK))
                    if records:
                        texts = await self._prepared([(record.id, archive.worth_finding(record)) for record in records])
                        await self._job(partial(archive.index, upto=records[-1].id, texts=texts))
                # Whatever was on its way when it looked may hold more.
                if len(records) < ARCHIVE_CHUNK and self._writer.taken == before:
                    self._wake.clear()
            except StoreError as error:
                log.warning("store unavailable: search indexing is retried", extra={"why": str(error)})

    async def _prepared(self, said: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
        """In a thread: words that were never met take 60 µs each, and a letter has thousands of them."""
        def prepare() -> list[tuple[int, str]]:
            return [(number, self._words.indexed(text)) for number, text in said if text]
        return await self._loop.run_in_executor(None, prepare)
