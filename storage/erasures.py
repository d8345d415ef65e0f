"""The register of erasures: a file beside the store, a line for each, only ever added to. It holds nothing of anybody.

A restore leaves it where it is and adds what the backup has more of it; somebody else's copy of it is good for a new machine.
"""

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import msgspec

from hub.erasure import Erasure

LONGEST = 4096
"""Bytes of a line, and far more than any has."""
_decoder = msgspec.json.Decoder(Erasure)


class ErasureFile:
    """hub.ports.Register."""

    def __init__(self, path: Path, copies: Path | None = None) -> None:
        """`copies` is a folder that somebody else keeps."""
        self._path, self._copies = path, copies

    def add(self, erasures: Sequence[Erasure]) -> None:
        lines = b"".join(msgspec.json.encode(each) + b"\n" for each in erasures)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # What a power cut has torn was never begun to be erased: it is written over.
            size = os.fstat(fd).st_size
            tail = os.pread(fd, LONGEST, max(size - LONGEST, 0))
            os.ftruncate(fd, size - len(tail) + _whole(tail))
            os.lseek(fd, 0, os.SEEK_END)
            os.write(fd, lines)
            os.fsync(fd)
        finally:
            os.close(fd)
        _sync(self._path.parent)
        if self._copies is not None and self._copies.is_dir():
            copy = self._copies / self._path.name
            with open(copy, "ab") as file, self._path.open("rb") as own:
                own.seek(file.tell())
                file.write(own.read())

    def after(self, number: int, limit: int | None = None) -> list[Erasure]:
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            whole = (line for line in file if line.endswith(b"\n"))
            return [_decoder.decode(line) for line in islice(whole, number, None if limit is None else number + limit)]


class ErasureList:
    """hub.ports.Register of a store that forgets."""

    def __init__(self) -> None:
        self._erasures: list[Erasure] = []

    def add(self, erasures: Sequence[Erasure]) -> None:
        self._erasures += erasures

    def after(self, number: int, limit: int | None = None) -> list[Erasure]:
        return self._erasures[number:None if limit is None else number + limit]


def merge(kept: Path, brought: Path) -> None:
    """Leave in `brought`, beside the database of a backup, what the backup has of a register, then what `kept` has more.

    In this order, since the database tells how many of its own it has done. Raises OSError.
    """
    known = _content(brought)
    lines = known[:_whole(known)].splitlines()
    there = set(lines)
    more = [line for line in _content(kept).splitlines(keepends=True) if line.endswith(b"\n") and line.rstrip(b"\n") not in there]
    if more:
        with brought.open("wb") as file:
            file.write(b"".join(line + b"\n" for line in lines) + b"".join(more))
            file.flush()
            os.fsync(file.fileno())
        brought.chmod(0o600)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _whole(content: bytes) -> int:
    """How much of it are whole lines."""
    return content.rfind(b"\n") + 1


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
