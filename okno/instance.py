"""One hub for one data folder: a lock that ends with its process, and names it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.ports import OknoError

LOCK = "okno.lock"


class RunningError(OknoError):
    """Another hub works on the folder."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(f"another okno (process {pid}) works on {folder}: stop it, or give this one its own OKNO_DATA")
        self.pid = pid


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder; raises RunningError when somebody else does."""
    with (folder / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise RunningError(folder, int(file.read().strip() or 0)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
