"""The register of erasures: append-only, one line each, without personal data; a file beside the store, or a collection in it.

A restore puts the backup's lines first, followed by those that only this register has; a second copy serves a new machine.
"""

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

import msgspec

from hub.privacy.erased_conversation import Erasure
from hub.privacy.ports import ErasureRegister

LONGEST = 4096
"""Bytes of a line, far more than any has."""
_decoder = msgspec.json.Decoder(Erasure)


class DurableErasureRegister(ErasureRegister, Protocol):
    """A register that outlives its hub."""

    def lead(self, erasures: Sequence[Erasure]) -> None:
        """Put these first, followed by the missing ones from here; raises as add().

        The order matters, since the restored rows contain the number of applied lines.
        """


class ErasureFile:
    """DurableErasureRegister."""

    def __init__(self, path: Path, copies: Path | None = None) -> None:
        """`copies` is a folder on another system."""
        self._path, self._copies = path, copies

    def add(self, erasures: Sequence[Erasure]) -> None:
        lines = lines_of(erasures)
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # An incomplete line after a power cut was never applied: it is overwritten.
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

    def lead(self, erasures: Sequence[Erasure]) -> None:
        here = self.after(0)
        if here[:len(erasures)] == list(erasures):
            return
        draft = self._path.with_suffix(".draft")
        ErasureFile(draft).add(led(erasures, here))
        draft.rename(self._path)
        _sync(self._path.parent)


class ErasureList:
    """hub.privacy.ports.ErasureRegister of a store that forgets."""

    def __init__(self) -> None:
        self._erasures: list[Erasure] = []

    def add(self, erasures: Sequence[Erasure]) -> None:
        self._erasures += erasures

    def after(self, number: int, limit: int | None = None) -> list[Erasure]:
        return self._erasures[number:None if limit is None else number + limit]


def led(first: Sequence[Erasure], here: Sequence[Erasure]) -> list[Erasure]:
    """The first, then what is only here."""
    there = set(first)
    return [*first, *(each for each in here if each not in there)]


def lines_of(erasures: Sequence[Erasure]) -> bytes:
    """As the file holds them."""
    return b"".join(msgspec.json.encode(each) + b"\n" for each in erasures)


def _whole(content: bytes) -> int:
    """How much of it are whole lines."""
    return content.rfind(b"\n") + 1


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
