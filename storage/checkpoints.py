"""Moves the write-ahead log into the database, in a thread of its own: the writer never waits for it."""

import sqlite3
import threading
from pathlib import Path

WAKE_S = 1.0
PASSIVE_BYTES = 4 << 20
RESTART_BYTES = 256 << 20
"""A log this long is emptied even if the writer must wait for it."""


class Checkpoints:
    def __init__(self, path: Path) -> None:
        self._path, self._log = path, path.with_name(path.name + "-wal")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="okno-checkpoints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        db = sqlite3.connect(self._path, isolation_level=None)
        while not self._stop.wait(WAKE_S):
            size = self._log.stat().st_size if self._log.exists() else 0
            if size > PASSIVE_BYTES:
                try:
                    db.execute(f"PRAGMA wal_checkpoint({'RESTART' if size > RESTART_BYTES else 'PASSIVE'})")
                except sqlite3.Error:
                    # A full or failing disk: the writer reports it to those who wait; the log keeps what is committed.
                    continue
        db.close()
