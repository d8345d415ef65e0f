"""Storage of files and small objects: the common interface of a folder (folder.py) and a database (mongo/blobs.py)."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

import msgspec

from hub.kernel.errors import SealedError
from hub.kernel.ports import WrappedKey
from storage.stream_encryption import PIECE, Readable


class Content(Readable, Protocol):
    """What is read from its beginning to its end."""

    def close(self) -> None: ...


class StoredBlob(NamedTuple):
    """A content as it lies there, its bytes, and the data key that it is sealed by; without one it is in clear."""

    content: Content
    size: int
    wrapped: WrappedKey | None


class SmallBlobs(Protocol):
    """Small objects by name. Blocks; raises SealedError, UnavailableStoreError, OSError."""

    where: str
    """Told to people."""

    def names(self) -> list[str]:
        """In their order."""

    def get(self, name: str) -> bytes | None: ...

    def put(self, name: str, content: bytes, *, again: bool = False) -> None:
        """Durable and atomic; raises SealedError where it exists, unless `again`."""

    def drop(self, name: str) -> None: ...


class BlobStore(Protocol):
    """Contents by the SHA-256 of their clear form; sealed or in clear, and during sealing both.

    Blocks; raises UnavailableStoreError, OSError, and SealedError for an incomplete key.
    """

    where: str
    """Told to people."""
    marks: SmallBlobs
    """One thing for each key-encryption key that something here is sealed by."""

    def add(self, pieces: Iterable[bytes], told: Callable[[], tuple[str, WrappedKey | None]]) -> None:
        """Write all pieces, ask what it is called and sealed by, and put it in its place, all of it or nothing, unless it is there."""

    def has(self, file: str) -> bool: ...

    def open(self, file: str, *, sealed: bool) -> StoredBlob | None: ...

    def drop(self, file: str, *, sealed: bool) -> None:
        """Permanently, its key first."""

    def wrap(self, file: str, again: Callable[[WrappedKey], WrappedKey | None]) -> bool:
        """Have the data key of a sealed file wrapped anew; whether there was anything to do: None is nothing."""

    def all(self) -> Iterator[str]:
        """The names of all files, also of those that are stored meanwhile, perhaps."""

    def totals(self) -> tuple[int, int]:
        """How many files, and how many bytes as they lie there."""

    def sweep(self) -> int:
        """Remove files incomplete for a day or more; returns their number."""


def parts(content: Content) -> Iterator[bytes]:
    """The whole content, which is closed at its end."""
    try:
        while part := content.read(PIECE):
            yield part
    finally:
        content.close()


def dumped(wrapped: WrappedKey) -> bytes:
    return msgspec.json.encode(wrapped)


def loaded(content: bytes | None, name: str) -> WrappedKey:
    """Raises SealedError where it is not there, or torn."""
    if content is None:
        message = f"its data key {name} is not there"
        raise SealedError(message)
    try:
        return msgspec.json.decode(content, type=WrappedKey)
    except msgspec.DecodeError as error:
        message = f"its data key {name} is torn"
        raise SealedError(message) from error
