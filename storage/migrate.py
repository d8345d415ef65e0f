"""Migrates a SQLite file to the newest schema: numbered scripts, each in its own transaction, never backwards.

`PRAGMA user_version` holds the number of the last script that was run.
"""

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from importlib.resources import files

from hub.audit.hash_chain import START, link_hash
from hub.kernel.errors import UnavailableStoreError

TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"


@cache
def triggers() -> frozenset[tuple[str, str]]:
    """Names and texts of those that Okno makes."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        return frozenset(db.execute(TRIGGERS))


def foreign_triggers(db: sqlite3.Connection) -> list[str]:
    """Names of foreign or missing triggers: the ledger would not detect what they do."""
    return sorted({name for name, _ in triggers() ^ set(db.execute(TRIGGERS))})


def scripts() -> list[tuple[int, str]]:
    """The numbered scripts, in order."""
    found = [p for p in files("storage").joinpath("migrations").iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", p.name)]
    return sorted((int(p.name[:4]), p.read_text(encoding="utf8")) for p in found)


def is_current(db: sqlite3.Connection) -> bool:
    """Whether a file has the schema of this version."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version == scripts()[-1][0]


def migrate(db: sqlite3.Connection, steps: Sequence[tuple[int, str]] = ()) -> int:
    """Run the missing scripts (Okno's own by default) and return the schema's number.

    `db` is in autocommit mode. A failing script leaves its transaction open: closing the connection rolls it back.
    """
    steps = steps or scripts()
    db.create_function("linked", 3, lambda before, number, doc: link_hash(before or START, number, doc), deterministic=True)
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > steps[-1][0]:
        message = f"the file was written by a newer Okno (schema {version}, this one knows {steps[-1][0]}): update Okno"
        raise UnavailableStoreError(message)
    for number, script in steps:
        if number > version:
            db.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
    return steps[-1][0]
