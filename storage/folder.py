"""Files and small things on this machine's disk.

- ab/ab12…          a file in clear
- ab/ab12….sealed   sealed by a data key of its own (stream_encryption.py),
- ab/ab12….key      which lies here wrapped: another key-encryption key wraps it anew without touching the content
- .keys/…           one file for each key-encryption key that something here is sealed by, to be tried at the start
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hub.kernel.errors import SealedError
from hub.kernel.ports import WrappedKey
from storage.blob_store import SmallBlobs, StoredBlob, dumped, loaded

DRAFT, KNOWN = ".draft", ".keys"
DAY_S = 86_400


class FolderBlobs:
    """storage.blob_store.SmallBlobs."""

    def __init__(self, path: Path) -> None:
        self.path, self.where = path, str(path)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.path.glob("*") if path.suffix != DRAFT)

    def get(self, name: str) -> bytes | None:
        return _content(self.path / name)

    def put(self, name: str, content: bytes, *, again: bool = False) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.path / name, content, again=again)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def drop(self, name: str) -> None:
        (self.path / name).unlink(missing_ok=True)


class FolderBlobStore:
    """storage.blob_store.BlobStore. Processes take turns by a lock on each folder."""

    def __init__(self, path: Path) -> None:
        self._path, self.where = path, str(path)
        self.marks: SmallBlobs = FolderBlobs(path / KNOWN)

    def add(self, pieces: Iterable[bytes], told: Callable[[], tuple[str, WrappedKey | None]]) -> None:
        """Written under a temporary name, flushed, and renamed."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path / f"{os.getpid()}.{os.urandom(8).hex()}{DRAFT}"
        try:
            with draft.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            self._settle(draft, *told())
        finally:
            draft.unlink(missing_ok=True)

    def has(self, file: str) -> bool:
        return any(self._file(file, sealed=sealed).is_file() for sealed in (True, False))

    def open(self, file: str, *, sealed: bool) -> StoredBlob | None:
        path = self._file(file, sealed=sealed)
        try:
            opened = path.open("rb")
        except FileNotFoundError:
            return None
        try:
            return StoredBlob(opened, os.fstat(opened.fileno()).st_size, self._key(file) if sealed else None)
        except BaseException:
            opened.close()
            raise

    def drop(self, file: str, *, sealed: bool) -> None:
        path = self._file(file, sealed=sealed)
        if not path.parent.exists():
            return
        with _held(path.parent) as folder:
            for each in (path.with_suffix(".key"), path) if sealed else (path,):
                each.unlink(missing_ok=True)
            os.fsync(folder)

    def wrap(self, file: str, again: Callable[[WrappedKey], WrappedKey | None]) -> bool:
        path = self._file(file, sealed=True)
        with _held(path.parent):
            if not path.with_suffix(".key").exists():
                return False  # deleted meanwhile
            wrapped = again(self._key(file))
            if wrapped is not None:
                _write(path.with_suffix(".key"), dumped(wrapped), again=True)
            return wrapped is not None

    def all(self) -> Iterator[str]:
        for folder in self._folders():
            yield from sorted({path.name.partition(".")[0] for path in folder.iterdir() if path.suffix != DRAFT})

    def totals(self) -> tuple[int, int]:
        sizes = [path.stat().st_size for folder in self._folders() for path in folder.iterdir() if path.suffix in {"", ".sealed"}]
        return len(sizes), sum(sizes)

    def sweep(self) -> int:
        before, done = time.time() - DAY_S, 0
        for draft in self._path.glob(f"*{DRAFT}"):
            with suppress(FileNotFoundError):  # it was in its place in this very moment
                if draft.stat().st_mtime < before:
                    draft.unlink()
                    done += 1
        return done

    def _settle(self, draft: Path, file: str, wrapped: WrappedKey | None) -> None:
        path = self._file(file, sealed=wrapped is not None)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Concurrent writers of one content: the key of one must not lie beside the other's content.
        with _held(path.parent) as folder:
            if wrapped is None:
                if not self.has(file):
                    draft.rename(path)
            elif not path.exists():
                _write(path.with_suffix(".key"), dumped(wrapped), again=True)
                draft.rename(path)
            os.fsync(folder)  # the name is on the disk, too

    def _folders(self) -> list[Path]:
        return sorted(self._path.glob("[0-9a-f][0-9a-f]"))

    def _key(self, file: str) -> WrappedKey:
        path = self._file(file, sealed=True).with_suffix(".key")
        return loaded(_content(path), path.name)

    def _file(self, file: str, *, sealed: bool) -> Path:
        return self._path / laid(file, sealed=sealed)


def laid(file: str, *, sealed: bool) -> Path:
    """Where a file lies in its folder."""
    return Path(file[:2], f"{file}.sealed" if sealed else file)


@contextmanager
def _held(folder: Path) -> Iterator[int]:
    """A lock for each folder, among all threads and processes."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield held
    finally:
        os.close(held)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes, *, again: bool) -> None:
    """Atomic, readable for its owner only."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}{DRAFT}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not again and path.exists():
            message = f"{path} is there already"
            raise SealedError(message)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
