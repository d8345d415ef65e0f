"""Checkpoints: moves the write-ahead log into the database in a thread of its own, and restarts the log.

A restarted log is overwritten in place; a growing one makes every commit wait for the file system, too.
"""

import sqlite3
import threading
from contextlib import AbstractContextManager
from pathlib import Path

WAKE_S = 0.25
"""A busy writer fills some twenty megabytes meanwhile.

Beyond `journal_size_limit` it would wait, each time, until the log is truncated (some 50 ms), and then while it grows again.
"""
SHORT_BYTES = 4 << 20
"""A shorter log is left alone."""
PAGE = 4096
REST_PAGES = 500
"""Pages moved while the writer waits: about a millisecond."""
TRIES = 4


class Checkpoints:
    def __init__(self, path: Path, writing: threading.Lock) -> None:
        """`writing` is the lock for exclusive use of the file: SQLite's own waiting polls every few milliseconds."""
        self._path, self._log, self._writing = path, path.with_name(path.name + "-wal"), writing
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="okno-checkpoints", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        # It soon gives up waiting for readers, because the writer would wait with it.
        db = sqlite3.connect(self._path, isolation_level=None, timeout=0.02)
        while not self._stop.wait(WAKE_S):
            try:
                if self._log.exists() and self._log.stat().st_size > SHORT_BYTES:
                    move(db, self._writing)
            except sqlite3.Error:
                # A full or failing disk: the writer reports it; the log keeps what is committed.
                continue
        db.close()


def move(db: sqlite3.Connection, writing: AbstractContextManager[object]) -> None:
    """Move most pages while nobody waits, then the rest while the writer does."""
    for _ in range(TRIES):
        _, pages, moved = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if pages - moved <= REST_PAGES:
            break
    else:
        return  # a long reader (a backup) still needs the log
    if pages * PAGE > SHORT_BYTES:
        with writing:
            db.execute("PRAGMA wal_checkpoint(RESTART)")
