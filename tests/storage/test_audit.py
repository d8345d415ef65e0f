"""The audit's chain in a file: linked by the writer, whole after a kill, of old files too, and whatever somebody does to the rows is found."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.audit.hash_chain import START, ChainDefect, ChainReport, link_hash, verify_chain
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, StoreError
from storage import reads
from storage.audit import FileReading
from storage.codec import dump
from storage.memory import MemoryStore
from storage.migrate import migrate, scripts
from storage.sqlite import SqliteStore, connect
from tests.storage.data import adding, at, audit_entry, opening, said, together

RECORDS = 9
WRITER = "tests.storage.endless_audit"
FORGED = "UPDATE audit SET doc = CAST(replace(CAST(doc AS TEXT), 'anna', 'olga') AS BLOB) WHERE id = {}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "okno.db"


@pytest.fixture
async def store(path: Path, russian: Russian) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path, russian)
    yield store
    await store.close()


def walked(path: Path) -> ChainReport:
    with closing(FileReading(path)) as db:
        return verify_chain(db.rows(1 << 62))


async def test_changes_and_jobs_of_one_batch_are_one_chain(store: SqliteStore, path: Path) -> None:
    # SE-01
    await store.commit(opening(10))
    before = store.commits
    work = [together(store, adding(11, said(12, 10), audit_entries=(audit_entry(1, "reply"), audit_entry(2, "note")))), store.note(audit_entry(3, "search")),
            store.put(Operator("anna", "Анна", Role.OPERATOR), audit_entry(4, "operator_added")), store.drop(Operator, "anna", audit_entry(5, "gone"))]
    await asyncio.gather(*work)
    assert store.commits - before <= 2
    seen = walked(path)
    assert (seen.flaws, seen.count, seen.number) == (0, 5, 5)
    assert await store.chain() == (5, seen.hash)
    assert sorted(each.what for _, each in await store.audit_entries()) == ["gone", "note", "operator_added", "reply", "search"]


async def test_what_is_refused_leaves_no_gap(store: SqliteStore, path: Path) -> None:
    # SE-01
    await store.commit(opening(10))
    late = adding(99, said(13, 10), audit_entries=(audit_entry(1, "never"),))
    outcome = await together(store, adding(11, said(12, 10), audit_entries=(audit_entry(1),)), late, adding(12, said(14, 10), audit_entries=(audit_entry(2),)))
    assert [type(each) for each in outcome] == [type(None), ConflictError, type(None)]
    with pytest.raises(StoreError):
        await store.put(Operator("o", "О", Role.OPERATOR), audit_entry(3, by="\ud800"))
    with pytest.raises(StoreError):
        await store.drop(Operator, "\ud800", audit_entry(4))
    await store.note(audit_entry(5))
    seen = walked(path)
    assert (seen.flaws, seen.count) == (0, 3)
    assert await store.get(Operator, "o") is None


async def test_all_stores_keep_the_same_chain(store: SqliteStore, russian: Russian) -> None:
    # SE-01
    memory = MemoryStore(russian)
    assert await store.chain() == await memory.chain() == (0, START)
    for each in (store, memory):
        await each.commit(opening(10))
        await each.commit(adding(11, said(12, 10), audit_entries=(audit_entry(1),)))
        await each.note(audit_entry(2))
    assert await store.chain() == await memory.chain() == (2, link_hash(link_hash(START, 1, dump(audit_entry(1))), 2, dump(audit_entry(2))))


async def test_two_processes_write_one_chain(store: SqliteStore, path: Path, russian: Russian) -> None:
    # SE-01: `okno user add` beside the hub
    other = SqliteStore(path, russian)
    await asyncio.gather(*(each.note(audit_entry(number)) for number in range(40) for each in (store, other)))
    await other.close()
    assert (walked(path).flaws, walked(path).count) == (0, 80)


async def test_the_database_itself_refuses_to_change_the_past(store: SqliteStore, path: Path) -> None:
    # SE-01
    await store.note(audit_entry(1))
    with closing(sqlite3.connect(path)) as db:
        for wrong in ("UPDATE audit SET doc = x'7b7d'", "DELETE FROM audit", "REPLACE INTO audit VALUES (1, x'7b7d', x'00')"):
            with pytest.raises(sqlite3.IntegrityError):
                db.execute(wrong)
    assert (walked(path).flaws, walked(path).count) == (0, 1)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, russian: Russian) -> Path:
    """A file with some records, whose triggers somebody has dropped."""
    path = tmp_path_factory.mktemp("audit") / "okno.db"

    async def write() -> None:
        store = SqliteStore(path, russian)
        for number in range(RECORDS):
            await store.note(audit_entry(number, "open"))
        await store.close()
    asyncio.run(write())
    with closing(sqlite3.connect(path)) as db:
        db.executescript("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; DROP TRIGGER audit_is_continued;"
                         "PRAGMA journal_mode = DELETE;")
    return path


NUMBERS = st.integers(1, RECORDS)


@st.composite
def harms(draw: st.DrawFn) -> tuple[str, ChainDefect, int]:
    """SQL that does one harm, with what it is and the record that it is done to."""
    at, other = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True)))
    swap = f"""UPDATE audit SET id = -1 WHERE id = {at}; UPDATE audit SET id = {at} WHERE id = {other};
               UPDATE audit SET id = {other} WHERE id = -1"""
    shift = f"UPDATE audit SET id = -id WHERE id > {at}; UPDATE audit SET id = -id {{}} 1 WHERE id < 0"
    return draw(st.sampled_from([
        (FORGED.format(at), ChainDefect.ALTERED, at),
        (f"UPDATE audit SET doc = CAST(doc AS TEXT) WHERE id = {at}", ChainDefect.ALTERED, at),
        (f"UPDATE audit SET hash = zeroblob(32) WHERE id = {at}", ChainDefect.HASH, at),
        (f"DELETE FROM audit WHERE id = {at}", ChainDefect.DROPPED, at),
        (f"DELETE FROM audit WHERE id >= {other}", ChainDefect.CUT, other),
        (swap, ChainDefect.MOVED, at),
        (f"{shift.format('+')}; INSERT INTO audit SELECT {at + 1}, doc, hash FROM audit WHERE id = {at}", ChainDefect.INSERTED, at + 1),
        (f"INSERT INTO audit VALUES (-{at}, x'7b7d', zeroblob(32))", ChainDefect.INSERTED, -at),
    ]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(harms())
def test_any_harm_is_found_and_named(written: Path, tmp_path: Path, harm: tuple[str, ChainDefect, int]) -> None:
    # SE-01
    sql, flaw, number = harm
    path = tmp_path / "harmed.db"
    path.write_bytes(written.read_bytes())
    with closing(sqlite3.connect(path)) as db:
        db.executescript(sql)
    with closing(FileReading(path)) as db:
        seen, remembered = verify_chain(db.rows(1 << 62), number=0), db.remembered()
    if flaw is ChainDefect.CUT:
        assert (seen.flaws, seen.number, remembered) == (0, number - 1, RECORDS)
    else:
        assert (seen.findings[0].flaw, seen.findings[0].number) == (flaw, number)


async def test_an_old_file_is_linked_as_it_lies(path: Path, russian: Russian) -> None:
    # SE-01, CH-12
    with closing(connect(path)) as db:
        migrate(db, scripts()[:2])
        db.executemany("INSERT INTO audit (doc) VALUES (?)", [(dump(audit_entry(number)),) for number in range(5000)])
        db.execute("DELETE FROM audit WHERE id = 17")
    store = SqliteStore(path, russian)
    await store.note(audit_entry(9, "after"))
    assert (await store.audit_entries(limit=1))[0][0] == 5001
    await store.close()
    seen = walked(path)
    assert [(each.flaw, each.number) for each in seen.findings] == [(ChainDefect.DROPPED, 17)]  # a gap of before the chain stays visible
    assert seen.count == 5000


async def test_a_file_without_deeds_is_linked_from_its_first(path: Path, russian: Russian) -> None:
    # SE-01, CH-12
    with closing(connect(path)) as db:
        migrate(db, scripts()[:2])
    store = SqliteStore(path, russian)
    await store.note(audit_entry(1))
    await store.close()
    assert (walked(path).flaws, walked(path).number) == (0, 1)


def test_a_killed_process_leaves_a_whole_chain(path: Path) -> None:
    # SE-01, CH-06
    acknowledged = 0
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-m", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                acknowledged += int(line)
                if int(line) and acknowledged % 100 > 60:
                    break
            writer.kill()
        seen = walked(path)
        assert seen.flaws == 0
        assert seen.number >= acknowledged
        acknowledged = seen.number


async def test_who_has_looked_is_found_in_the_index_alone_and_a_harmed_record_stops_nobody(store: SqliteStore, path: Path) -> None:
    # ST-05
    for n in range(20):
        await store.note(AuditEntry(at(n), "anna", "open", str(n % 2)))
    with closing(connect(path)) as db:
        db.execute("DROP TRIGGER audit_is_not_changed")
        db.execute("UPDATE audit SET doc = x'ff00' WHERE id = 3")
        plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN SELECT id, doc FROM audit WHERE {reads.ABOUT} IN (?, ?)", ("0", "1")))
    assert "USING INDEX audit_about" in plan
    assert [number for number, _ in await store.deeds_about(["0"])] == [19, 17, 15, 13, 11, 9, 7, 5, 1]
    await store.note(AuditEntry(at(21), "anna", "open", "0"))
    assert len(await store.deeds_about(["0"])) == 10
