"""Interfaces that the room needs."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.leases import Lease
from hub.kernel.printable import PrintableDocument
from hub.kernel.signal import Signal

DocumentKey = tuple[type[Struct], str]
"""A document by its kind and key."""
OnDocuments = Signal[[Sequence[Struct | type[Struct]]]]
"""What was committed together: documents, kinds of which one was dropped, and audit entries. Steps of conversations are not among it."""
D = TypeVar("D", bound=Document)


class Printer(Protocol):
    """Renders printable documents."""

    async def __call__(self, paper: PrintableDocument, form: str) -> bytes:
        """`form` is «docx» or «pdf»; the same document gives the same bytes."""


class Documents(Protocol):
    """Documents by kind and key. All methods raise UnavailableStoreError."""

    on_documents: OnDocuments
    """Sent in the event loop after each commit of documents or audit entries."""

    async def put(self, document: Document, audit_entry: AuditEntry | None = None) -> None: ...

    async def drop(self, kind: type[Struct], key: str, audit_entry: AuditEntry | None = None) -> None: ...

    async def exchange(self, put: Sequence[Document], dropped: Sequence[Document], audit_entry: AuditEntry | None = None, *,
                       seen: Sequence[Document] = (), new: Sequence[Document] = ()) -> None:
        """Put some documents and drop others, atomically.

        `seen` are the versions that the change is based on, and `new` is put as well: raises ConflictError where a document of
        `seen` has changed, or one of `new` exists already. Of concurrent changes exactly one wins.
        """

    async def get(self, kind: type[D], key: str) -> D | None: ...

    async def all(self, kind: type[D]) -> list[D]: ...

    async def page(self, kind: type[D], *, after: str = "", limit: int = 1000) -> list[D]:
        """Some documents in the store's own order, after the given key."""

    async def marked(self, kind: type[D], name: str, value: str = "", *, since: datetime | None = None, until: datetime | None = None,
                     after: D | None = None, newest: bool = False, limit: int = 50) -> list[D]:
        """Documents with an index entry (indexes.py), by its moment, or the newest first; `until` is exclusive.

        `after` is the last document of the previous page.
        """

    async def count(self, kind: type[Struct], name: str, value: str = "", *, since: datetime | None = None,
                    until: datetime | None = None) -> int:
        """Number of documents."""


class AuditLog(Protocol):
    """The audit log: a hash chain in which a change is detected. All methods raise UnavailableStoreError."""

    async def note(self, audit_entry: AuditEntry) -> None:
        """Append to the audit log."""

    async def audit_entries(self, *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        """The audit log, newest first, with the numbers to page by."""

    async def deeds_about(self, about: Sequence[str], *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        """The entries about some conversations, articles or logins, by index."""

    async def chain(self) -> tuple[int, bytes]:
        """The number and the hash of the last record (hash_chain.py); 0 and START where there is none."""


class Leases(Protocol):
    """Leases of leadership. All methods raise UnavailableStoreError."""

    async def lease(self, name: str, owner: str, for_s: float) -> Lease:
        """Take or renew the lease if it is free, expired, or held by this owner; returns the current holder. The store's clock counts."""

    async def leases(self, prefix: str) -> list[Lease]:
        """Leases that are not expired and whose name begins with the prefix, by name."""

    async def release(self, name: str, owner: str) -> None:
        """Free the lease at once if this owner holds it."""


class Files(Protocol):
    """Attachments by the SHA-256 of their content. Raises SealedError where the keys are missing, OSError for disk errors."""

    async def put(self, content: bytes | Path) -> str:
        """Store durably and return the SHA-256 in hex. A file is not read into memory as a whole, and stays where it is."""

    async def get(self, file: str) -> bytes | None: ...

    async def pieces(self, file: str) -> AsyncGenerator[bytes, None] | None:
        """The content in pieces; altered content raises SealedError at the latest at its end."""

    async def drop(self, file: str) -> None:
        """Delete permanently, the key first."""


class WrappedKey(Struct, frozen=True):
    """A data key that may be stored anywhere: it is encrypted by the key-encryption key named `key`."""

    key: str
    content: bytes


class Keys(Protocol):
    """Key-encryption keys, which never leave their keeper: a file, the environment, a token.

    `of` says whose and what a data key is ("077/files/…"): a key wrapped for one is not unwrapped for another, and a keeper may have
    one key a centre. Called from any thread, also while another process adds a key; may block. Raises SealedError.
    """

    def newest(self, of: str) -> str:
        """Name of the key that wraps new data keys."""

    def wrap(self, secret: bytes, of: str) -> WrappedKey:
        """Wrap by the newest key."""

    def unwrap(self, wrapped: WrappedKey, of: str) -> bytes: ...


@runtime_checkable
class KeyMaker(Keys, Protocol):
    """A keeper that generates its own keys; for the others a new key is printed for the operator of the keeper."""

    def add(self) -> str:
        """Generate a key that wraps from now on, and return its name."""
