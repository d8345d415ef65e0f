"""Attachments by the SHA-256 of their content, on a shelf (blob_store.py); encrypted where there are keys, each by its own data key."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from hub.kernel.errors import SealedError
from hub.kernel.ports import Keys, WrappedKey
from storage.blob_store import BlobStore, StoredBlob, dumped, loaded, parts
from storage.folder import FolderBlobStore
from storage.stream_encryption import KEY_BYTES, sealed, unsealed

AT_ONCE = 1 << 20
"""Bytes that are handed on together: a thread is asked for each."""


class SealedFiles:
    """hub.kernel.ports.Files. A file is stored before the message that names it. `of` is the owner of the files."""

    def __init__(self, shelf: BlobStore, keys: Keys | None, of: str) -> None:
        self._shelf, self._keys, self._of = shelf, keys, of
        self._marked: set[str] = set()

    async def put(self, content: bytes | Path) -> str:
        return await asyncio.to_thread(self._put, content)

    async def get(self, file: str) -> bytes | None:
        return await asyncio.to_thread(self._get, file)

    async def pieces(self, file: str) -> AsyncGenerator[bytes, None] | None:
        found = await asyncio.to_thread(self._open, file)
        return self._in_turn(found) if found else None

    async def drop(self, file: str) -> None:
        await asyncio.to_thread(self._drop, file)

    def check(self) -> list[str]:
        """Names of all keys used here; raises SealedError if one is missing."""
        marks = list(self._marks().values())
        for mark in marks:
            if self._keys is None:
                message = f"files in {self._shelf.where} are sealed by the key {mark.key}: the configuration names no [keys]"
                raise SealedError(message)
            self._keys.unwrap(mark, self._of_marks)
        if self._keys is not None:
            self._keys.newest(self._of)
        return [mark.key for mark in marks]

    def sweep(self) -> int:
        """Remove files incomplete for a day or more; returns their number."""
        return self._shelf.sweep()

    def all(self) -> Iterator[str]:
        """The names of all files, also of those that are stored meanwhile, perhaps."""
        return self._shelf.all()

    def renew(self, file: str) -> bool:
        """Re-encrypt a file's data key with the newest key; whether anything changed.

        Raises SealedError, UnavailableStoreError, OSError.
        """
        keys = self._here()
        if (clear := self._shelf.open(file, sealed=False)) is not None:
            # The hub is served one or the other at any moment.
            self._store(parts(clear.content), expected=file)
            self._shelf.drop(file, sealed=False)
            return True
        newest = keys.newest(self._of)
        return self._shelf.wrap(file, lambda old: None if old.key == newest else self._wrapped(keys.unwrap(old, self._of_file(file)), file))

    def forget_keys(self) -> list[str]:
        """Forget the use of all keys but the newest, once nothing is sealed by them. Returns their names."""
        newest = self._here().newest(self._of)
        old = {name: mark.key for name, mark in self._marks().items() if mark.key != newest}
        for name in old:
            self._shelf.marks.drop(name)
        self._marked.clear()
        return list(old.values())

    def _marks(self) -> dict[str, WrappedKey]:
        marks = self._shelf.marks
        return {name: loaded(marks.get(name), name) for name in marks.names()}

    def _put(self, content: bytes | Path) -> str:
        if isinstance(content, bytes):
            name = sha256(content).hexdigest()
            return name if self._shelf.has(name) else self._store([content])
        return self._store(parts(content.open("rb")))

    def _store(self, pieces: Iterable[bytes], expected: str = "") -> str:
        digest, secret = sha256(), os.urandom(KEY_BYTES)
        hashed = _hashed(pieces, digest.update)

        def told() -> tuple[str, WrappedKey | None]:
            name = digest.hexdigest()
            if expected not in {"", name}:
                message = f"the file {expected} was altered: its content is not what it is named by"
                raise SealedError(message)
            return name, self._wrapped(secret, name) if self._keys else None
        self._shelf.add(sealed(secret, hashed) if self._keys else hashed, told)
        return digest.hexdigest()

    def _wrapped(self, secret: bytes, file: str) -> WrappedKey:
        wrapped = self._here().wrap(secret, self._of_file(file))
        self._mark(wrapped.key)
        return wrapped

    def _mark(self, key: str) -> None:
        """The use of a key is recorded before anything is sealed by it."""
        if key in self._marked:
            return
        mark, marks = sha256(key.encode()).hexdigest()[:16], self._shelf.marks
        if marks.get(mark) is None:
            marks.put(mark, dumped(self._here().wrap(os.urandom(KEY_BYTES), self._of_marks)), again=True)
        self._marked.add(key)

    def _get(self, file: str) -> bytes | None:
        found = self._open(file)
        return b"".join(found) if found else None

    def _open(self, file: str) -> Iterator[bytes] | None:
        # Another process may be sealing it between two looks.
        for form in (True, False, True):
            try:
                found = self._shelf.open(file, sealed=form)
            except SealedError as error:
                raise _closed(file, error) from error
            if found is not None:
                return self._in_clear(found, file) if found.wrapped is None else self._unsealed(found, found.wrapped, file)
        return None

    def _in_clear(self, stored: StoredBlob, file: str) -> Iterator[bytes]:
        """Where there are keys, a file in clear is older, or was put there by another program: its name tells."""
        if self._keys is None:
            return parts(stored.content)
        for _ in _named(parts(stored.content), file):
            pass
        again = self._shelf.open(file, sealed=False) or self._shelf.open(file, sealed=True)
        if again is None:
            raise _closed(file, SealedError("it is dropped"))
        return self._unsealed(again, again.wrapped, file) if again.wrapped else _named(parts(again.content), file)

    def _unsealed(self, stored: StoredBlob, wrapped: WrappedKey, file: str) -> Iterator[bytes]:
        try:
            yield from unsealed(self._here().unwrap(wrapped, self._of_file(file)), stored.content)
        except SealedError as error:
            raise _closed(file, error) from error
        finally:
            stored.content.close()

    async def _in_turn(self, pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
        while part := await asyncio.to_thread(_some, pieces):
            yield part

    def _drop(self, file: str) -> None:
        for form in (True, False):
            self._shelf.drop(file, sealed=form)

    def _here(self) -> Keys:
        if self._keys is None:
            raise SealedError("the configuration names no [keys]")
        return self._keys

    def _of_file(self, file: str) -> str:
        return f"{self._of}/{file}"

    @property
    def _of_marks(self) -> str:
        return f"{self._of}/.keys"


class FileStore(SealedFiles):
    """In a folder."""

    def __init__(self, folder: Path, keys: Keys | None = None, of: str = "files") -> None:
        super().__init__(FolderBlobStore(folder), keys, of)


def _closed(file: str, error: SealedError) -> SealedError:
    return SealedError(f"the file {file} cannot be opened: {error}")


def _named(pieces: Iterable[bytes], file: str) -> Iterator[bytes]:
    """The same pieces, the last one when all of them are known to be what the file is called; raises SealedError."""
    digest, last = sha256(), b""
    for piece in pieces:
        if last:
            yield last
        digest.update(piece)
        last = piece
    if digest.hexdigest() != file:
        raise _closed(file, SealedError("its content is not what it is named by: somebody else has put it there"))
    if last:
        yield last


def _hashed(pieces: Iterable[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for piece in pieces:
        update(piece)
        yield piece


def _some(pieces: Iterator[bytes]) -> bytes:
    """The next of them, together; b"" at the end."""
    part = bytearray()
    for piece in pieces:
        part += piece
        if len(part) >= AT_ONCE:
            break
    return bytes(part)
