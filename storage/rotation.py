"""An open database for key rotation beside a running hub."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from storage.file_ledger import view
from storage.recount import Recount, recount
from storage.reencryption import close, reseal, unlock
from storage.sqlite import connect
from storage.vault import KeyRows, SqliteKeys, Vault

Told = Callable[[int, int], None]
"""Progress: rows examined, and all."""


class Sealed(NamedTuple):
    """Its data keys.

    `reseal` re-encrypts everything with the newest one, and returns the number of changed rows; `close` needs all hubs stopped.
    """

    keys: KeyRows
    reseal: Callable[[Told], int]
    close: Callable[[Told], None]


@contextmanager
def file_opened(path: Path, vault: Vault) -> Iterator[Sealed]:
    """Raises UnavailableStoreError, SealedError."""
    with closing(connect(path, vault)) as db:
        unlock(db, partial(connect, path))
        yield Sealed(SqliteKeys(db), partial(reseal, db), partial(close, db))


def recounted(path: Path, vault: Vault, told: Told) -> Recount:
    """All rows of a file against its ledger, also while a hub writes. Raises UnavailableStoreError, SealedError."""
    with closing(connect(path, vault, read_only=True)) as db:
        vault.read(SqliteKeys(db), lambda: SqliteKeys(connect(path, read_only=True)))
        with view(db) as rows:
            return recount(vault, rows, told)
