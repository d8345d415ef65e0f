"""What the room needs of others."""

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
    """Makes files of our own papers."""

    async def __call__(self, paper: PrintableDocument, form: str) -> bytes:
        """`form` is «docx» or «pdf»; the same paper gives the same bytes."""


class Documents(Protocol):
    """Documents by their kind and key. All of it raises UnavailableStoreError."""

    on_documents: OnDocuments
    """Sent in the event loop after each commit of documents or audit entries."""

    async def put(self, document: Document, audit_entry: AuditEntry | None = None) -> None: ...

    async def drop(self, kind: type[Struct], key: str, audit_entry: AuditEntry | None = None) -> None: ...

    async def exchange(self, put: Sequence[Document], dropped: Sequence[Document], audit_entry: AuditEntry | None = None, *,
                       seen: Sequence[Document] = (), new: Sequence[Document] = ()) -> None:
        """Put some documents and drop others, all of it or nothing.

        `seen` is what this was thought out for, and `new` is put as well: raises ConflictError where one of the former is not as it
        was, or one of the latter is there already. Of those who change the same at once exactly one wins.
        """

    async def get(self, kind: type[D], key: str) -> D | None: ...

    async def all(self, kind: type[D]) -> list[D]: ...

    async def page(self, kind: type[D], *, after: str = "", limit: int = 1000) -> list[D]:
        """Some documents in an order of the store's own, those behind the one with a key."""

    async def marked(self, kind: type[D], name: str, value: str = "", *, since: datetime | None = None, until: datetime | None = None,
                     after: D | None = None, newest: bool = False, limit: int = 50) -> list[D]:
        """Documents with a mark (marks.py), in the order of its moment, or the newest first; `until` is before that moment.

        `after` is the last of the page before.
        """

    async def count(self, kind: type[Struct], name: str, value: str = "", *, since: datetime | None = None,
                    until: datetime | None = None) -> int:
        """How many there are."""


class AuditLog(Protocol):
    """What was done by whom, in a chain that cannot be altered unseen. All of it raises UnavailableStoreError."""

    async def note(self, audit_entry: AuditEntry) -> None:
        """Add to the audit."""

    async def audit_entries(self, *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        """The audit, newest first, with the numbers to page by."""

    async def deeds_about(self, about: Sequence[str], *, before: int = 0, limit: int = 50) -> list[tuple[int, AuditEntry]]:
        """The same of some conversations, articles or logins, found without reading the rest."""

    async def chain(self) -> tuple[int, bytes]:
        """The number and the hash of the audit's last record (chain.py); 0 and START where there is none."""


class Leases(Protocol):
    """Who leads, for a while. All of it raises UnavailableStoreError."""

    async def lease(self, name: str, owner: str, for_s: float) -> Lease:
        """Take it, or prolong it, if it is free, over, or this owner's already; tells who has it then. The clock is the store's."""

    async def leases(self, prefix: str) -> list[Lease]:
        """Those whose name begins so and that are not over, by name."""

    async def release(self, name: str, owner: str) -> None:
        """It is free at once, if it is this owner's."""


class Files(Protocol):
    """Attachments, kept by the SHA-256 of their content. Raises SealedError where the keys are not there, OSError where the disk is not."""

    async def put(self, content: bytes | Path) -> str:
        """Store durably and give the SHA-256 in hex. What lies in a file is not read into memory as a whole, and stays there."""

    async def get(self, file: str) -> bytes | None: ...

    async def pieces(self, file: str) -> AsyncGenerator[bytes, None] | None:
        """The same, piece by piece; what was altered raises SealedError at the latest at its end."""

    async def drop(self, file: str) -> None:
        """Delete for ever, its key first."""


class WrappedKey(Struct, frozen=True):
    """A data key as it may lie anywhere: sealed by the key-encryption key that is named `key`."""

    key: str
    content: bytes


class Keys(Protocol):
    """Key-encryption keys, which never leave whoever keeps them: a file, the environment, a token.

    `of` says whose and what a data key is ("077/files/…"): what is wrapped for one is not unwrapped for another, and a keeper may have
    a key for each centre. Called from any thread, also while another process adds a key; may block. Raises SealedError.
    """

    def newest(self, of: str) -> str:
        """The name of the key that wraps from now on."""

    def wrap(self, secret: bytes, of: str) -> WrappedKey:
        """By the newest key."""

    def unwrap(self, wrapped: WrappedKey, of: str) -> bytes: ...


@runtime_checkable
class KeyMaker(Keys, Protocol):
    """A keeper that makes its keys itself; of another they are printed, for whoever gives it some."""

    def add(self) -> str:
        """Make a key that wraps from now on, and give its name."""
