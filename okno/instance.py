"""One hub for one data folder: a lock that ends with its process, and names it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import OknoError

LOCK = "okno.lock"


class RunningError(OknoError):
    """Another hub works on the folder."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(f"another okno (process {pid}) works on {folder}: stop it, or give this one its own OKNO_DATA")
        self.pid = pid


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder; raises RunningError when somebody else does."""
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Written over in one piece, so that nobody reads half a number.
        os.pwrite(file, f"{os.getpid():<10}".encode(), 0)
        yield
    except BlockingIOError:
        raise RunningError(folder, int(os.pread(file, 10, 0) or b"0")) from None
    finally:
        os.close(file)
