"""In-memory store for rehearsals and for tests of all higher layers. It keeps the same promises as the others except durability."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import gt, itemgetter, lt
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from hub.audit.hash_chain import START, link_hash
from hub.conversations.address import Address
from hub.conversations.conversation import FIRST, Closed, Conversation, InQueue, Position, SetAside, WithBot, WithOperator
from hub.conversations.journal import StoredEvent, Thought
from hub.conversations.message import Message
from hub.conversations.ports import Commit, OnCommitted, SearchHit
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import resolve
from hub.kernel.document import Document
from hub.kernel.errors import ConflictError, StoreError, UnavailableStoreError
from hub.kernel.histogram import COMMIT_S, LatencyHistogram
from hub.kernel.leases import Lease
from hub.kernel.ports import D, DocumentKey, OnDocuments
from hub.kernel.signal import Signal
from storage.archive import worth_finding
from storage.codec import dump, key_of, marks_of
from storage.text_analyzer import TextAnalyzer

T = TypeVar("T", bound=Struct)


class MemoryStore:
    """hub.conversations.ports.Store without a disk."""

    def __init__(self, words: TextAnalyzer) -> None:
        self._words = words
        self._loop = asyncio.get_running_loop()
        self._heads: dict[int, Conversation] = {}
        self._records: dict[int, list[StoredEvent]] = {}
        self._owed: set[int] = set()
        self._documents: dict[tuple[type[Struct], str], Document] = {}
        self._audit_entries: list[AuditEntry] = []
        self._hash = START
        self._leases: dict[str, tuple[str, int, float]] = {}
        self.on_documents: OnDocuments = Signal()
        self.broken = ""
        self.commits = self.repeats = 0
        self.took = LatencyHistogram(COMMIT_S)

    def submit(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        del patient  # there is nothing to share
        error: StoreError | None = None
        try:
            self._apply(change)
        except StoreError as refused:
            error = refused
        self._loop.call_soon(done, error)

    async def commit(self, change: Commit) -> None:
        self._apply(change)

    def _apply(self, change: Commit) -> None:
        before = self._heads.get(change.conversation)
        if (before.last if before else 0) != change.expects:
            raise ConflictError("the conversation has moved on")
        if before is None and change.head is not None and any(
                head.address == change.head.address and not isinstance(head.holder, Closed) for head in self._heads.values()):
            raise ConflictError("the address has an open conversation")
        head = change.head or before
        if head is None:
            raise ConflictError("there is no such conversation")
        self._heads[change.conversation] = replace(head, last=change.records[-1].id)
        self._records.setdefault(change.conversation, []).extend(change.records)
        self._owed.update(change.owed)
        self._owed.difference_update(change.settled)
        for audit_entry in change.audit_entries:
            self._add(audit_entry)
        self.commits += 1
        self.took.add(0)

    async def conversation(self, conversation: int) -> Conversation | None:
        return self._heads.get(conversation)

    async def conversations(self, numbers: Sequence[int]) -> list[Conversation]:
        return [self._heads[number] for number in numbers if number in self._heads]

    async def at_address(self, address: Address) -> Conversation | None:
        return max((h for h in self._heads.values() if h.address == address), key=lambda h: h.id, default=None)

    async def with_addresses(self, addresses: Sequence[Address], *, before: int = 0, limit: int = 50) -> list[Conversation]:
        wanted = {(address.channel, address.value) for address in addresses}
        found = [h for h in self._heads.values() if (h.address.channel, h.address.value) in wanted and h.id < (before or 1 << 62)]
        return sorted(found, key=lambda h: -h.id)[:limit]

    async def records(self, conversation: int, *, before: int = 0, upto: int = 0, limit: int = 50) -> list[StoredEvent]:
        end = upto + 1 if upto else before or 1 << 62
        return [r for r in self._records.get(conversation, []) if r.id < end][-limit:]

    async def moves(self, first: int, last: int) -> list[StoredEvent]:
        return _moves(r for records in self._records.values() for r in records if first <= r.id < last)

    async def moves_of(self, conversations: Sequence[int]) -> list[StoredEvent]:
        return _moves(r for number in set(conversations) for r in self._records.get(number, ()))

    async def thoughts(self, first: int, last: int) -> list[StoredEvent]:
        found = (r for records in self._records.values() for r in records if first <= r.id < last and isinstance(r.entry, Thought))
        return sorted(found, key=lambda record: record.id)

    async def keys(self, conversation: int) -> dict[tuple[str, str], int]:
        return {(m.by, m.key): r.id for r in self._records.get(conversation, []) if isinstance(m := r.entry, Message) and m.key}

    async def tails(self, conversations: Sequence[Conversation], limit: int = 8) -> dict[int, list[StoredEvent]]:
        return {c.id: await self.records(c.id, limit=limit) for c in conversations}

    async def waiting(self, queues: Sequence[str], limit: int = 50, *, after: Position = FIRST) -> list[Conversation]:
        found = sorted((h.holder.since.timestamp(), h.id, h) for h in self._heads.values()
                       if isinstance(h.holder, InQueue) and (not queues or h.holder.queue in queues))
        return [head for since, number, head in found if (since, number) > after][:limit]

    async def aside(self, limit: int = 50) -> list[Conversation]:
        found = [(h.holder.since, h.id, h) for h in self._heads.values() if isinstance(h.holder, SetAside)]
        return [head for _, _, head in sorted(found)[:limit]]

    async def held(self, operator: str) -> list[Conversation]:
        found = [(h.holder.operator, h.id, h) for h in self._heads.values()
                 if isinstance(h.holder, WithOperator) and operator in ("", h.holder.operator)]
        return [head for _, _, head in sorted(found)]

    async def promised(self, *, after: Position = FIRST, limit: int = 50) -> list[Conversation]:
        found = sorted((h.promise.due.timestamp(), h.id, h) for h in self._heads.values() if h.promise)
        return [head for due, number, head in found if (due, number) > after][:limit]

    async def recent(self, *, before: int = 0, limit: int = 50) -> list[Conversation]:
        return [self._heads[i] for i in sorted(self._heads, reverse=True) if i < (before or 1 << 62)][:limit]

    async def settle(self, records: Sequence[int]) -> None:
        self._owed.difference_update(records)
        # Told in its turn, as on a disk: after all that was submitted before.
        told: asyncio.Future[None] = self._loop.create_future()
        self._loop.call_soon(resolve, told, None, None)
        await told

    async def owed(self) -> list[StoredEvent]:
        return sorted((r for records in self._records.values() for r in records if r.id in self._owed), key=lambda r: r.id)

    async def find(self, text: str, *, before: int = 0, limit: int = 50) -> list[SearchHit]:
        wanted = [set(self._words.forms(word)) for word in self._words.words(text)]
        hits = [SearchHit(r, self._heads[r.conversation]) for records in self._records.values() for r in records
                if r.id < (before or 1 << 62) and wanted and (said := worth_finding(r))
                and all(forms & set(self._words.indexed(said).split()) for forms in wanted)]
        return sorted(hits, key=lambda hit: -hit.record.id)[:limit]

    async def put(self, document: Document, audit_entry: AuditEntry | None = None) -> None:
        self._documents[type(document), key_of(document)] = document
        self._note(audit_entry, document)

    async def drop(self, kind: type[Struct], key: str, audit_entry: AuditEntry | None = None) -> None:
        self._documents.pop((kind, key), None)
        self._note(audit_entry, kind)

    async def exchange(self, put: Sequence[Document], dropped: Sequence[Document], audit_entry: AuditEntry | None = None, *,
                       seen: Sequence[Document] = (), new: Sequence[Document] = ()) -> None:
        known = self._documents
        if any(known.get((type(each), key_of(each))) != each for each in seen) or any((type(each), key_of(each)) in known for each in new):
            raise ConflictError("a document has changed meanwhile")
        for document in dropped:
            known.pop((type(document), key_of(document)), None)
        known |= {(type(document), key_of(document)): document for document in (*new, *put)}
        self._note(audit_entry, *new, *put, *dropped)

    async def erase(self, change: Commit, left: Sequence[StoredEvent], put: Sequence[Document] = (), dropped: Sequence[DocumentKey] = (),
                    audit_entry: AuditEntry | None = None) -> None:
        self._apply(change)
        new = {record.id: record for record in left}
        self._records[change.conversation] = [new.get(record.id, record) for record in self._records[change.conversation]]
        self._owed.difference_update(new)
        for named in dropped:
            self._documents.pop(named, None)
        self._documents |= {(type(document), key_of(document)): document for document in put}
        self._note(audit_entry, *put, *(kind for kind, _ in dropped))

    async def numbered(self, digits: str, *, limit: int = 50) -> list[Conversation]:
        return [self._heads[i] for i in sorted(self._heads, reverse=True) if digits in self._heads[i].number.replace("-", "")][:limit]

    async def served(self, operator: str, *, before: Position = FIRST, limit: int = 50) -> list[Conversation]:
        found = [(h.holder.at.timestamp(), h.id, h) for h in self._heads.values()
                 if isinstance(h.holder, Closed) and h.served_by == operator and h.erased is None]
        return [h for at, number, h in sorted(found, reverse=True) if before == FIRST or (at, number) < before][:limit]

    async def over(self, before: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        found = (self._heads[i] for i in sorted(self._heads) if after < i < before)
        return [head for head in found if isinstance(head.holder, Closed) and head.erased is None][:limit]

    async def unheard(self, since: int, *, after: int = 0, limit: int = 50) -> list[Conversation]:
        found = (self._heads[i] for i in sorted(self._heads) if i > after)
        return [head for head in found if isinstance(head.holder, WithBot) and head.promise is None and head.last < since][:limit]

    async def get(self, kind: type[D], key: str) -> D | None:
        found = self._documents.get((kind, key))
        return found if isinstance(found, kind) else None

    async def all(self, kind: type[D]) -> list[D]:
        return [d for _, d in sorted(self._documents.items(), key=lambda item: item[0][1]) if isinstance(d, kind)]

    async def page(self, kind: type[D], *, after: str = "", limit: int = 1000) -> list[D]:
        return [document for document in await self.all(kind) if key_of(document) > after][:limit]

    async def marked(self, kind: type[D], name: str, value: str = "", *, since: datetime | None = None, until: datetime | None = None,
                     after: D | None = None, newest: bool = False, limit: int = 50) -> list[D]:
        found = self._marked(kind, name, value, since, until)
        if after is not None:  # which may have lost its mark meanwhile
            before = gt if newest else lt
            found = [each for each in found if before(_place(after, name, value), _place(each, name, value))]
        return (found[::-1] if newest else found)[:limit]

    async def count(self, kind: type[Struct], name: str, value: str = "", *, since: datetime | None = None,
                    until: datetime | None = None) -> int:
        return len(self._marked(kind, name, value, since, until))

    def _marked(self, kind: type[T], name: str, value: str, since: datetime | None, until: datetime | None) -> list[T]:
        found = [(mark.at, key_of(document), document) for document in self._documents.values() if isinstance(document, kind)
                 for mark in marks_of(document) if (mark.name, mark.value) == (name, value)
                 and (since is None or mark.at >= since) and (until is None or mark.at < until)]
        return [document for _, _, document in sorted(found, key=itemgetter(0, 1))]

    async def note(self, audit_entry: AuditEntry) -> None:
        self._note(audit_entry)

    def _note(self, audit_entry: AuditEntry | None, *touched: Struct | type[Struct]) -> None:
        """Add to the audit, and notify subscribers of the documents changed with it."""
        if audit_entry is not None:
            self._add(audit_entry)
        heard = touched if audit_entry is None else (*touched, audit_entry)
        if heard:
            self.on_documents(heard)

    def _add(self, audit_entry: AuditEntry) -> None:
        self._audit_entries.append(audit_entry)
        self._hash = link_hash(self._hash, len(self._audit_entries), dump(audit_entry))

    async def chain(self) -> tuple[int, bytes]:
        return len(self._audit_entries), self._hash

    async def audit_entries(self, *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        numbered = list(enumerate(self._audit_entries, 1))
        return [(n, d) for n, d in reversed(numbered) if n < (before or 1 << 62)][:limit]

    async def deeds_about(self, about: Sequence[str], *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        numbered = list(enumerate(self._audit_entries, 1))
        return [(n, d) for n, d in reversed(numbered) if d.about in about and n < (before or 1 << 62)][:limit]

    async def newest(self) -> tuple[int, str]:
        ids = [*self._heads, *(records[-1].id for records in self._records.values())]
        return max(ids, default=0), self._heads[max(self._heads)].number if self._heads else ""

    async def lease(self, name: str, owner: str, for_s: float) -> Lease:
        now = time.monotonic()
        has, term, until = self._leases.get(name, ("", 0, now))
        if owner == has or until <= now:
            has, term, until = self._leases[name] = owner, term + (owner != has), now + for_s
        return Lease(name, has, term, until - now)

    async def leases(self, prefix: str) -> list[Lease]:
        now = time.monotonic()
        return [Lease(name, owner, term, until - now) for name, (owner, term, until) in sorted(self._leases.items())
                if name.startswith(prefix) and until > now]

    async def release(self, name: str, owner: str) -> None:
        has, term, _ = self._leases.get(name, ("", 0, 0.0))
        if has == owner:
            self._leases[name] = owner, term, 0.0

    async def backup(self, target: str, progress: Callable[[float], None]) -> None:
        del progress
        message = f"nothing to back up into {target}: this store forgets everything at the end"
        raise UnavailableStoreError(message)

    async def close(self) -> None:
        """Everything is gone with the process."""


def _place(document: Document, name: str, value: str) -> tuple[datetime, str]:
    """Among those that have a mark."""
    return next((mark.at, key_of(document)) for mark in marks_of(document) if (mark.name, mark.value) == (name, value))


def _moves(records: Iterable[StoredEvent]) -> list[StoredEvent]:
    return sorted((r for r in records if not isinstance(r.entry, Message | Thought)), key=lambda record: record.id)
