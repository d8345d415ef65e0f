"""One hub for one data folder: a lock that ends with its process, and contains its number."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.kernel.errors import OknoError
from okno.config import Config
from okno.stores import data_folder, mongo_uri

LOCK = "okno.lock"


class NotStoppedError(OknoError):
    """A hub works on the store."""


class RunningError(NotStoppedError):
    """Another hub works on the folder."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(f"another okno (process {pid}) works on {folder}: stop it, or give this one its own OKNO_DATA")
        self.pid = pid


@contextmanager
def all_stopped(config: Config) -> Iterator[None]:
    """Lock the folder, while no other hub leads on the server. Raises NotStoppedError."""
    with alone(data_folder(config)):
        if config.store.kind == "mongodb":
            from storage.mongo.leases import any_held  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

            if any_held(mongo_uri(config), config.store.name):
                message = f"a hub works on MongoDB, {config.store.name}: stop all hubs (the lease of one that was killed is over soon)"
                raise NotStoppedError(message)
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Lock the folder; raises RunningError when another process has it."""
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Overwritten at once, so that no reader sees half a number.
        os.pwrite(file, f"{os.getpid():<10}".encode(), 0)
        yield
    except BlockingIOError:
        raise RunningError(folder, int(os.pread(file, 10, 0) or b"0")) from None
    finally:
        os.close(file)
