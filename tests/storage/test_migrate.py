"""A file of any older schema is brought up to date, or left as it was; a newer one is not touched."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.cases.case import Case
from hub.kernel.errors import UnavailableStoreError
from storage.migrate import migrate, scripts
from storage.sqlite import SqliteStore, connect
from tests.storage.contract_marks import case
from tests.storage.data import adding, opening, said

NEXT = "ALTER TABLE conversations ADD COLUMN language TEXT; UPDATE conversations SET language = 'ru'; DROP INDEX conversations_held;"
DYING = """
import os, sys
from pathlib import Path
from storage.migrate import migrate, scripts
from storage.sqlite import connect
db = connect(Path(sys.argv[1]))
db.create_function("die", 0, lambda: os._exit(9))
migrate(db, [*scripts(), (len(scripts()) + 1, sys.argv[2] + "SELECT die();")])
"""


@pytest.fixture
async def path(tmp_path: Path, russian: Russian) -> Path:
    """A file of the present schema with a conversation in it."""
    path = tmp_path / "okno.db"
    store = SqliteStore(path, russian)
    await store.commit(opening(10, said(11, 10, "первое"), said(12, 10, "второе"), owed=(12,)))
    await store.close()
    return path


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        number: int = db.execute("PRAGMA user_version").fetchone()[0]
    return number


def columns(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        return {row[1] for row in db.execute("PRAGMA table_info(conversations)")}


async def works(path: Path, russian: Russian) -> bool:
    """Everything is still there, and more can be stored."""
    store = SqliteStore(path, russian)
    records = await store.records(10)
    assert records[:2] == [said(11, 10, "первое"), said(12, 10, "второе")]
    assert [r.id for r in await store.owed()] == [12]
    await store.commit(adding(records[-1].id, said(records[-1].id + 1, 10)))
    await store.close()
    return True


def test_scripts_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in scripts()] == list(range(1, len(scripts()) + 1))


def test_an_empty_file_gets_the_newest_schema_once(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    for _ in range(2):
        with closing(connect(path)) as db:
            assert migrate(db) == len(scripts())
    assert version(path) == len(scripts())


async def test_an_older_file_is_brought_up_to_date_and_keeps_its_data(path: Path, russian: Russian) -> None:
    # CH-12
    older = version(path)
    with closing(connect(path)) as db:
        assert migrate(db, [*scripts(), (older + 1, NEXT)]) == older + 1
        assert db.execute("SELECT id, language FROM conversations").fetchall() == [(10, "ru")]
    assert version(path) == older + 1
    with closing(connect(path)) as db:
        db.execute(f"PRAGMA user_version = {older}")
    assert await works(path, russian)


async def test_a_file_with_the_former_names_of_tables_keeps_its_data(path: Path, tmp_path: Path, russian: Russian) -> None:
    # CH-12: the schema before 0009_names.sql, with rows as they were
    store = SqliteStore(path, russian)
    await store.put(case("1"))
    await store.close()
    before = tmp_path / "before.db"
    with closing(connect(before)) as db:
        migrate(db, scripts()[:8])
        db.execute("ATTACH ? AS now", (str(path),))
        for table in ("conversations", "phrases", "journal", "outbox", "documents", "audit"):
            former = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} ({former}) SELECT {former} FROM now.{table}")
        db.execute("INSERT INTO marks SELECT * FROM now.index_entries")
        assert db.execute("SELECT * FROM tips").fetchall() == db.execute("SELECT * FROM now.last_events").fetchall() == [(10, 12)]
    assert version(before) == 8
    assert await works(before, russian)
    with closing(sqlite3.connect(before)) as db, closing(sqlite3.connect(path)) as now:
        schema = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'archive%' ORDER BY type, name"
        assert db.execute(schema).fetchall() == now.execute(schema).fetchall()
        assert not db.execute("SELECT name FROM sqlite_schema WHERE name IN ('tips', 'marks', 'archived')").fetchall()
    store = SqliteStore(before, russian)
    assert await store.marked(Case, "due") == [case("1")]
    assert await store.count(Case, "conversation", "1") == 1
    await store.close()


async def test_a_script_that_fails_leaves_the_file_as_it_was(path: Path, russian: Russian) -> None:
    # CH-12
    older, before = version(path), columns(path)
    with closing(connect(path)) as db, pytest.raises(sqlite3.OperationalError, match="nothing_like_that"):
        migrate(db, [*scripts(), (older + 1, NEXT + "DROP TABLE nothing_like_that;")])
    assert (version(path), columns(path)) == (older, before)
    assert await works(path, russian)


async def test_a_process_that_dies_amid_a_script_leaves_the_file_as_it_was(path: Path, russian: Russian) -> None:
    # CH-12
    older, before = version(path), columns(path)
    ended = subprocess.run([sys.executable, "-c", DYING, str(path), NEXT], check=False, timeout=60)
    assert ended.returncode == 9
    assert (version(path), columns(path)) == (older, before)
    assert await works(path, russian)


async def test_a_file_of_a_newer_okno_is_refused_and_not_touched(path: Path, russian: Russian) -> None:
    newer = version(path) + 1
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {newer}")
    with pytest.raises(UnavailableStoreError, match="newer Okno") as refused:
        SqliteStore(path, russian)
    assert str(path) in str(refused.value)
    assert version(path) == newer


async def test_a_foreign_database_is_refused_and_not_touched(tmp_path: Path, russian: Russian) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE journal (somebody TEXT)")
    with pytest.raises(UnavailableStoreError, match="journal already exists"):
        SqliteStore(path, russian)
    with closing(sqlite3.connect(path)) as db:
        assert [row[0] for row in db.execute("SELECT name FROM sqlite_master")] == ["journal"]
