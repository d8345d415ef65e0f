"""Store for several hubs: a MongoDB replica set or sharded cluster, through PyMongo's async client (docs/decisions/0080-mongodb.md).

Collections: conversations · journal · documents ◄─ marks · audit · leases
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct
from pymongo import AsyncMongoClient

from hub.conversations.address import Address
from hub.conversations.conversation import FIRST, Conversation, Position
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Commit, OnCommitted, SearchHit
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import resolve
from hub.kernel.document import Document
from hub.kernel.errors import StoreError
from hub.kernel.histogram import LatencyHistogram
from hub.kernel.leases import Lease
from hub.kernel.ports import D, DocumentKey, OnDocuments
from hub.kernel.signal import Signal
from storage.codec import dump_document, key_of, kind_of
from storage.mongo import documents, leases, reads
from storage.mongo.copy import Totals, copied, totals_of_database
from storage.mongo.keys import unlock
from storage.mongo.ledger import check
from storage.mongo.schema import OPTIONS, Row, Work, opened, prepare, reached
from storage.mongo.steps import erasing, settling
from storage.mongo.writer import Job, Writer
from storage.text_analyzer import TextAnalyzer
from storage.vault import Vault, searched

T = TypeVar("T")


class MongoStore:
    """hub.conversations.ports.Store on MongoDB. Several instances may share one database."""

    def __init__(self, uri: str, name: str, words: TextAnalyzer, vault: Vault | None = None, lease: Lease | None = None) -> None:
        """Call inside the running event loop. With a lease nothing is stored once another hub has it.

        Without one the database is prepared first: a holder of a lease has done that before. Raises UnavailableStoreError,
        SealedError.
        """
        self._vault = vault or Vault()
        with opened(uri) as client:
            if lease is None:
                prepare(client[name])
            unlock(uri, client, name, self._vault)
            check(client[name], self._vault)
        self._words = searched(words, self._vault)
        self._client = AsyncMongoClient[Row](uri, **OPTIONS)
        self._db = self._client[name]
        self._writer = Writer(self._client, self._db, self._vault, self._words, lease)
        self.on_documents: OnDocuments = Signal()

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
        return self._writer.repeats

    def submit(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        del patient  # a transaction's round trips take so long that others come meanwhile
        self._writer.change(change, done)

    async def commit(self, change: Commit) -> None:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.submit(change, lambda error: resolve(stored, None, error))
        await stored

    async def conversation(self, conversation: int) -> Conversation | None:
        return next(iter(await self.conversations([conversation])), None)

    async def conversations(self, numbers: Sequence[int]) -> list[Conversation]:
        return await self._read(reads.conversations(self._db, self._vault, numbers))

    async def at_address(self, address: Address) -> Conversation | None:
        return await self._read(reads.at_address(self._db, self._vault, address))

    async def with_addresses(self, addresses: Sequence[Address], *, before: int = 0, limit: int = 50) -> list[Conversation]:
        return await self._read(reads.with_addresses(self._db, self._vault, addresses, before, limit))

    async def records(self, conversation: int, *, before: int = 0, upto: int = 0, limit: int = 50) -> list[StoredEvent]:
        return await self._read(reads.records(self._db, self._vault, conversation, before or upto + 1 if before or upto else 0, limit))

    async def tails(self, conversations: Sequence[Conversation], limit: int = 8) -> dict[int, list[StoredEvent]]:
        found = await asyncio.gather(*(self.records(each.id, upto=each.last, limit=limit) for each in conversations))
        return {each.id: records for each, records in zip(conversations, found, strict=True)}

    async def waiting(self, queues: Sequence[str], limit: int = 50, *, after: Position = FIRST) -> list[Conversation]:
        return await self._read(reads.waiting(self._db, self._vault, queues, after, limit))

    async def aside(self, limit: int = 50) -> list[Conversation]:
        return await self._read(reads.aside(self._db, self._vault, limit))

    async def held(self, operator: str) -> list[Conversation]:
        return await self._read(reads.held(self._db, self._vault, operator))

    async def promised(self, *, after: Position = FIRST, limit: int = 50) -> list[Conversation]:
        return await self._read(reads.promised(self._db, self._vault, after, limit))

    async def recent(self, *, before: int = 0, limit: int = 50) -> list[Conversation]:
        return await self._read(reads.recent(self._db, self._vault, before, limit))

    async def moves(self, first: int, last: int) -> list[StoredEvent]:
        return await self._read(reads.of_kind(self._db, self._vault, reads.MOVED, first, last))

    async def moves_of(self, conversations: Sequence[int]) -> list[StoredEvent]:
        return await self._read(reads.moves_of(self._db, self._vault, conversations))

    async def thoughts(self, first: int, last: int) -> list[StoredEvent]:
        return await self._read(reads.of_kind(self._db, self._vault, reads.THOUGHT, first, last))

    async def keys(self, conversation: int) -> dict[tuple[str, str], int]:
        return await self._read(reads.keys(self._db, self._vault, conversation))

    async def settle(self, records: Sequence[int]) -> None:
        await self._job(lambda work: settling(self._db, records, work.session))

    async def owed(self) -> list[StoredEvent]:
        return await self._read(reads.owed(self._db, self._vault))

    async def find(self, text: str, *, before: int = 0, limit: int = 50) -> list[SearchHit]:
        return await self._read(reads.hits(self._db, self._vault, self._words, text, before, limit))

    async def put(self, document: Document, audit_entry: AuditEntry | None = None) -> None:
        row = dump_document(self._vault, document)
        await self._job(lambda work: documents.put(self._db, self._vault, row, work), audit_entry, document)

    async def drop(self, kind: type[Struct], key: str, audit_entry: AuditEntry | None = None) -> None:
        named = (kind_of(kind), self._vault.digest(key))
        await self._job(lambda work: documents.drop(self._db, self._vault, named, work), audit_entry, kind)

    async def exchange(self, put: Sequence[Document], dropped: Sequence[Document], audit_entry: AuditEntry | None = None, *,
                       seen: Sequence[Document] = (), new: Sequence[Document] = ()) -> None:
        gone = [(kind_of(document), self._vault.digest(key_of(document))) for document in dropped]
        rows = [dump_document(self._vault, document) for document in (*new, *put)]

        async def run(work: Work) -> None:
            await documents.guard(self._db, self._vault, seen, new, work)
            await documents.exchange(self._db, self._vault, gone, rows, work)
        await self._job(run, audit_entry, *new, *put, *dropped)

    async def erase(self, change: Commit, left: Sequence[StoredEvent], put: Sequence[Document] = (), dropped: Sequence[DocumentKey] = (),
                    audit_entry: AuditEntry | None = None) -> None:
        gone = [(kind_of(kind), self._vault.digest(key)) for kind, key in dropped]
        rows = [dump_document(self._vault, each) for each in put]

        async def run(work: Work) -> None:
            await erasing(self._db, self._vault, self._words, change, left, work)
            await documents.exchange(self._db, self._vault, gone, rows, work)
        await self._job(run, audit_entry, *put, *(kind for kind, _ in dropped))

    async def numbered(self, digits: str, *, limit: int = 50) -> list[Conversation]:
        return await self._read(reads.numbered(self._db, self._vault, digits, limit))

    async def served(self, operator: str, *, before: Position = FIRST, limit: int = 50) -> list[Conversation]:
        return await self._read(reads.served(self._db, self._vault, operator, before, limit))

    async def over(self, before: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        return await self._read(reads.over(self._db, self._vault, after, before, limit))

    async def unheard(self, since: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        return await self._read(reads.unheard(self._db, self._vault, since, after, limit))

    async def get(self, kind: type[D], key: str) -> D | None:
        return await self._read(documents.get(self._db, self._vault, kind, key))

    async def all(self, kind: type[D]) -> list[D]:
        return sorted(await self.page(kind, limit=0), key=key_of)

    async def page(self, kind: type[D], *, after: str = "", limit: int = 1000) -> list[D]:
        return await self._read(documents.page(self._db, self._vault, kind, after, limit))

    async def marked(self, kind: type[D], name: str, value: str = "", *, since: datetime | None = None, until: datetime | None = None,
                     after: D | None = None, newest: bool = False, limit: int = 50) -> list[D]:
        return await self._read(documents.marked(self._db, self._vault, kind, (name, value), (since, until), after, limit, newest=newest))

    async def count(self, kind: type[Struct], name: str, value: str = "", *, since: datetime | None = None,
                    until: datetime | None = None) -> int:
        return await self._read(documents.count(self._db, self._vault, kind, (name, value), (since, until)))

    async def note(self, audit_entry: AuditEntry) -> None:
        await self._job(None, audit_entry)

    async def audit_entries(self, *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        return await self._read(reads.audit_entries(self._db, {}, before, limit))

    async def deeds_about(self, about: Sequence[str], *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        return await self._read(reads.audit_entries(self._db, {"about": {"$in": list(about)}}, before, limit))

    async def chain(self) -> tuple[int, bytes]:
        return await self._read(reads.chain(self._db))

    async def newest(self) -> tuple[int, str]:
        return await self._read(reads.newest(self._db))

    async def lease(self, name: str, owner: str, for_s: float) -> Lease:
        return await self._read(leases.lease(self._db, name, owner, for_s))

    async def leases(self, prefix: str) -> list[Lease]:
        return await self._read(leases.leases(self._db, prefix))

    async def release(self, name: str, owner: str) -> None:
        await self._read(leases.release(self._db, name, owner))

    async def backup(self, target: str, progress: Callable[[float], None]) -> None:
        await self._read(copied(self._client, self._db, target, progress))

    async def totals(self) -> Totals:
        """What is counted of it for a move."""
        return await self._read(totals_of_database(self._db))

    async def close(self) -> None:
        """Commit what was submitted, then part from the server."""
        await self._writer.close()
        await self._client.close()

    async def _read(self, query: Awaitable[T]) -> T:
        with reached():
            return await query

    async def _job(self, run: Callable[[Work], Awaitable[None]] | None, audit_entry: AuditEntry | None = None,
                   *touched: Struct | type[Struct]) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heard = touched if audit_entry is None else (*touched, audit_entry)

        def tell(error: StoreError | None) -> None:
            resolve(done, None, error)
            if heard and error is None:
                self.on_documents(heard)
        self._writer.job(Job(run, tell, () if audit_entry is None else (audit_entry,)))
        await done
