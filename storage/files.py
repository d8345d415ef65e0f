"""Attachments as files beside the database, named by the SHA-256 of their content; sealed where there are keys.

- ab/ab12…          in clear
- ab/ab12….sealed   sealed by a data key of its own (sealing.py),
- ab/ab12….key      which lies here wrapped: another key-encryption key wraps it anew without touching the content
- .keys/…           one file for each key-encryption key that something here is sealed by, to be tried at the start
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

from hub.errors import SealedError
from hub.ports import Keys, Wrapped
from storage.sealing import KEY_BYTES, PIECE, sealed, unsealed

AT_ONCE = 1 << 20
"""Bytes that are handed on together: a thread is asked for each."""
KNOWN, DRAFT = ".keys", ".draft"


class FileStore:
    """hub.ports.Files. A file is on the disk before the message that names it is stored. `of` says whose files these are."""

    def __init__(self, folder: Path, keys: Keys | None = None, of: str = "files") -> None:
        self._folder, self._keys, self._of = folder, keys, of
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
        """The names of all keys that something here is sealed by; raises SealedError unless all of them are there."""
        marks = list(self._marks().values())
        for mark in marks:
            if self._keys is None:
                message = f"files in {self._folder} are sealed by the key {mark.key}: the configuration names no [keys]"
                raise SealedError(message)
            self._keys.unwrap(mark, f"{self._of}/{KNOWN}")
        if self._keys is not None:
            self._keys.newest(self._of)
        return [mark.key for mark in marks]

    def all(self) -> Iterator[str]:
        """The names of all files, also of those that are stored meanwhile, perhaps."""
        for folder in sorted(self._folder.glob("[0-9a-f][0-9a-f]")):
            yield from sorted({path.name.partition(".")[0] for path in folder.iterdir() if path.suffix != DRAFT})

    def renew(self, file: str) -> bool:
        """Have a file sealed by the newest key, whatever it is sealed by; whether there was anything to do. Raises SealedError, OSError."""
        keys = self._here()
        path = self._path(file)
        if path.is_file():
            # The hub is served one or the other at any moment.
            self._store(_read(path), expected=file)
            path.unlink(missing_ok=True)
            return True
        with self._held(path.parent):
            if not path.with_suffix(".key").exists():
                return False  # deleted meanwhile
            wrapped = _wrapped(path.with_suffix(".key"))
            if wrapped.key == keys.newest(self._of):
                return False
            self._wrap(path, keys.unwrap(wrapped, self._of_file(file)))
            return True

    def forget_keys(self) -> list[str]:
        """Of all keys but the newest it is forgotten that they were used: once nothing is sealed by them any more. Gives their names."""
        newest = self._here().newest(self._of)
        old = {path: mark.key for path, mark in self._marks().items() if mark.key != newest}
        for path in old:
            path.unlink()
        self._marked.clear()
        return list(old.values())

    def _marks(self) -> dict[Path, Wrapped]:
        return {path: _wrapped(path) for path in sorted((self._folder / KNOWN).glob("*")) if path.suffix != DRAFT}

    def _put(self, content: bytes | Path) -> str:
        if isinstance(content, bytes):
            name = sha256(content).hexdigest()
            return name if self._exists(name) else self._store([content])
        return self._store(_read(content))

    def _store(self, pieces: Iterable[bytes], expected: str = "") -> str:
        """Written under a draft's name, on the disk, and then in its place."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f"{os.getpid()}.{os.urandom(8).hex()}.draft"
        digest, secret = sha256(), os.urandom(KEY_BYTES)
        try:
            with draft.open("wb") as file:
                hashed = _hashed(pieces, digest.update)
                for piece in sealed(secret, hashed) if self._keys else hashed:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            name = digest.hexdigest()
            if expected not in {"", name}:
                message = f"the file {expected} was altered: its content is not what it is named by"
                raise SealedError(message)
            self._settle(draft, name, secret)
        finally:
            draft.unlink(missing_ok=True)
        return name

    def _settle(self, draft: Path, name: str, secret: bytes) -> None:
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Two of the same content at once: the key of the one must not lie beside the other.
        with self._held(path.parent) as folder:
            if self._keys is None:
                if not self._exists(name):
                    draft.rename(path)
            elif not path.with_suffix(".sealed").exists():
                self._wrap(path, secret)
                draft.rename(path.with_suffix(".sealed"))
            os.fsync(folder)  # the name is on the disk, too

    def _wrap(self, path: Path, secret: bytes) -> None:
        wrapped = self._here().wrap(secret, self._of_file(path.name))
        self._mark(wrapped.key)
        _write(path.with_suffix(".key"), wrapped)

    def _mark(self, key: str) -> None:
        """That something is sealed by this key is on the disk before anything is."""
        if key in self._marked:
            return
        mark = self._folder / KNOWN / sha256(key.encode()).hexdigest()[:16]
        if not mark.exists():
            mark.parent.mkdir(mode=0o700, exist_ok=True)
            _write(mark, self._here().wrap(os.urandom(KEY_BYTES), f"{self._of}/{KNOWN}"))
        self._marked.add(key)

    def _get(self, file: str) -> bytes | None:
        found = self._open(file)
        return b"".join(found) if found else None

    def _open(self, file: str) -> Iterator[bytes] | None:
        path = self._path(file)
        # Another process may be sealing it between two looks.
        for each in (path.with_suffix(".sealed"), path, path.with_suffix(".sealed")):
            try:
                opened = each.open("rb")
            except FileNotFoundError:
                continue
            return self._unsealed(opened, path) if each.suffix else _parts(opened)
        return None

    def _unsealed(self, opened: BinaryIO, path: Path) -> Iterator[bytes]:
        with opened:
            try:
                secret = self._here().unwrap(_wrapped(path.with_suffix(".key")), self._of_file(path.name))
                yield from unsealed(secret, opened)
            except SealedError as error:
                message = f"the file {path.name} cannot be opened: {error}"
                raise SealedError(message) from error

    async def _in_turn(self, pieces: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
        while part := await asyncio.to_thread(_some, pieces):
            yield part

    def _drop(self, file: str) -> None:
        path = self._path(file)
        if not path.parent.exists():
            return
        with self._held(path.parent) as folder:
            for each in (path.with_suffix(".key"), path.with_suffix(".sealed"), path):
                each.unlink(missing_ok=True)
            os.fsync(folder)

    @contextmanager
    def _held(self, folder: Path) -> Iterator[int]:
        """One at a time in a folder, among all threads and processes."""
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield held
        finally:
            os.close(held)

    def _here(self) -> Keys:
        if self._keys is None:
            raise SealedError("the configuration names no [keys]")
        return self._keys

    def _exists(self, file: str) -> bool:
        path = self._path(file)
        return path.with_suffix(".sealed").is_file() or path.is_file()

    def _path(self, file: str) -> Path:
        return self._folder / file[:2] / file

    def _of_file(self, file: str) -> str:
        return f"{self._of}/{file}"


def _read(path: Path) -> Iterator[bytes]:
    yield from _parts(path.open("rb"))


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(PIECE):
            yield part


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


def _wrapped(path: Path) -> Wrapped:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Wrapped)
    except FileNotFoundError as error:
        message = f"its data key {path.name} is not there"
        raise SealedError(message) from error
    except msgspec.DecodeError as error:
        message = f"its data key {path.name} is torn"
        raise SealedError(message) from error


def _write(path: Path, wrapped: Wrapped) -> None:
    """The whole of it or nothing."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.draft")
    try:
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(wrapped))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
