"""Leases in a file of SQLite. It has one process, so the store's clock is that of its machine."""

import time

from hub.kernel.leases import Lease
from storage.vault import Database

TAKE = """
INSERT INTO leases (name, owner, term, until) VALUES (:name, :owner, 1, :now + :for_s) ON CONFLICT (name) DO UPDATE SET
    owner = excluded.owner, term = leases.term + (leases.owner <> excluded.owner), until = excluded.until
WHERE leases.owner = excluded.owner OR leases.until <= :now
"""


def lease(db: Database, name: str, owner: str, for_s: float) -> Lease:
    now = time.time()
    db.execute(TAKE, {"name": name, "owner": owner, "for_s": for_s, "now": now})
    return _lease(db.execute("SELECT name, owner, term, until FROM leases WHERE name = ?", (name,)).fetchone(), now)


def leases(db: Database, prefix: str) -> list[Lease]:
    now = time.time()
    rows = db.execute("SELECT name, owner, term, until FROM leases WHERE substr(name, 1, ?) = ? AND until > ? ORDER BY name",
                      (len(prefix), prefix, now))
    return [_lease(row, now) for row in rows]


def release(db: Database, name: str, owner: str) -> None:
    db.execute("UPDATE leases SET until = 0 WHERE name = ? AND owner = ?", (name, owner))


def _lease(row: tuple[str, str, int, float], now: float) -> Lease:
    name, owner, term, until = row
    return Lease(name, owner, term, until - now)
