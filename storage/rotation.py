"""A database that is open to whoever changes its keys, beside a running hub."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from storage.resealing import reseal, unlock
from storage.sqlite import connect
from storage.vault import KeyRows, SqliteKeys, Vault

Told = Callable[[int, int], None]
"""Hears how far it is: rows looked at, and all."""


class Sealed(NamedTuple):
    """Its data keys; `reseal` has all sealed by the newest of them, and gives how many rows were not."""

    keys: KeyRows
    reseal: Callable[[Told], int]


@contextmanager
def file_opened(path: Path, vault: Vault) -> Iterator[Sealed]:
    """Raises UnavailableStoreError, SealedError."""
    with closing(connect(path, vault)) as db:
        unlock(db, partial(connect, path))
        yield Sealed(SqliteKeys(db), partial(reseal, db))
