"""One SQLite file: the contract, what survives the process, and what only this store can do."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from bots import russian as russian_words
from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.conversations.address import Address
from hub.conversations.identities import Identity
from hub.conversations.message import Author
from hub.conversations.ports import Store
from hub.kernel.errors import StoreError
from storage import archive, reads, writer
from storage.sqlite import SqliteStore, connect
from tests.storage.contract import StoreContract
from tests.storage.contract_archive import caught_up, found
from tests.storage.contract_documents import MINE, OTHER
from tests.storage.contract_durable import DurableContract
from tests.storage.data import adding, address, audit_entry, opening, said, together


class TestSqlite(StoreContract, DurableContract):
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "okno.db"

    @pytest.fixture
    def reopen(self, path: Path, russian: Russian) -> Callable[[], Store]:
        return lambda: SqliteStore(path, russian, archive_delay_s=0)

    @pytest.fixture
    async def store(self, reopen: Callable[[], Store]) -> AsyncIterator[Store]:
        store = reopen()
        yield store
        await store.close()

    async def test_a_batch_shares_one_commit(self, store: Store) -> None:
        # CH-10
        before = store.commits
        assert await together(store, *(opening(number) for number in range(10, 2010, 10))) == [None] * 200
        assert store.commits - before <= 2

    async def test_who_is_patient_waits_for_others_where_commits_follow_each_other(
            self, store: Store, reopen: Callable[[], Store], path: Path, russian: Russian, monkeypatch: pytest.MonkeyPatch) -> None:
        # CH-10
        await store.close()
        store = SqliteStore(path, russian, archive_delay_s=1000)
        monkeypatch.setattr(writer, "PATIENCE_S", 1000.0)
        told: asyncio.Queue[StoreError | None] = asyncio.Queue()
        store.submit(opening(10), told.put_nowait, patient=True)
        assert await told.get() is None  # nothing was under way
        before = store.commits
        for last in (11, 12, 13):
            store.submit(adding(last, said(last + 1, 10)), told.put_nowait, patient=True)
            await asyncio.sleep(0)
        assert told.empty()
        await store.commit(opening(20))
        assert [told.get_nowait() for _ in range(3)] == [None] * 3
        assert store.commits - before == 1
        store.submit(adding(14, said(15, 10)), told.put_nowait, patient=True)
        await store.close()
        again = reopen()
        assert [record.id for record in await again.records(10)] == [11, 12, 13, 14, 15]
        await again.close()

    async def test_who_is_patient_waits_not_long(self, store: Store) -> None:
        # CH-10
        for number in range(10, 40, 10):
            told: asyncio.Queue[StoreError | None] = asyncio.Queue()
            store.submit(opening(number), told.put_nowait, patient=True)
            assert await told.get() is None

    async def test_who_goes_on_when_told_shares_the_next_commit(self, store: Store) -> None:
        # CH-10
        rounds, numbers = 5, range(10, 650, 10)
        await together(store, *(opening(number) for number in numbers))
        before = store.commits
        finished: asyncio.Queue[StoreError | None] = asyncio.Queue()

        def go_on(number: int, last: int, error: StoreError | None = None) -> None:
            if error or last > number + rounds:
                finished.put_nowait(error)
            else:
                store.submit(adding(last, said(last + 1, number)), partial(go_on, number, last + 1))

        for number in numbers:
            go_on(number, number + 1)
        assert [await finished.get() for _ in numbers] == [None] * len(numbers)
        assert store.commits - before <= 2 * rounds + 2  # the archive has its own between them

    async def test_nonsense_stops_nobody_and_breaks_nothing(self, store: Store) -> None:
        # CH-06
        half = "\ud800"  # half a character: SQLite takes no such text
        nonsense = asyncio.gather(store.drop(Operator, half), store.put(Operator("o", half, Role.OPERATOR)), return_exceptions=True)
        good = await together(store, opening(10), opening(20, name=half), opening(30))
        assert all(isinstance(outcome, Exception) for outcome in await nonsense)
        assert [outcome is None for outcome in good] == [True, False, True]
        assert store.broken == ""
        await store.commit(adding(11, said(12, 10)))

    async def test_an_exchange_that_fails_in_its_middle_changes_nothing(self, store: Store) -> None:
        # CH-16: no address is left between two people
        await store.put(MINE)
        with pytest.raises(StoreError):
            await store.exchange((OTHER,), (MINE, Operator("\ud800", "", Role.OPERATOR)), audit_entry(1, "join"))
        assert await store.all(Identity) == [MINE]
        assert await store.audit_entries() == []
        await store.exchange((OTHER,), (MINE,))
        assert await store.all(Identity) == [OTHER]

    async def test_a_persons_conversations_are_found_by_their_index_alone(self, store: Store, path: Path) -> None:
        # CH-16
        await store.commit(opening(10))
        said: list[str] = []
        with connect(path) as db:
            db.set_trace_callback(said.append)
            reads.with_addresses(db, [address("10"), Address("email.imap", "a@b.ru")], 0, 50)
            db.set_trace_callback(None)
            plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {said[0]}"))
        db.close()
        assert plan.count("USING COVERING INDEX conversations_by_address") == 4
        assert "SCAN conversations" not in plan

    async def test_promises_are_found_by_their_index_alone(self, store: Store, path: Path) -> None:
        # SL-05: the list costs what it shows, however many conversations there are
        await store.commit(opening(10))
        with sqlite3.connect(path) as db:
            plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {reads.PROMISED}", (0.0, 0, 50)))
        db.close()
        assert "USING INDEX conversations_promised (due>" in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan

    async def test_a_day_is_a_range_of_the_journal(self, store: Store, path: Path) -> None:
        # CH-13: it costs what happened on it, however many days there are
        await store.commit(opening(10))
        with sqlite3.connect(path) as db:
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {reads.MOVES}", (0, 0, b"", b""))]
        db.close()
        assert plan == ["SEARCH journal USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"]

    async def test_thoughts_are_found_by_their_index_alone(self, store: Store, path: Path) -> None:
        # LV-11: what was said between is not read
        await store.commit(opening(10))
        with sqlite3.connect(path) as db:
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {reads.THOUGHTS}", (0, 0))]
        db.close()
        assert "USING INDEX journal_thoughts" in plan[0]
        assert len(plan) == 1

    async def test_a_number_given_twice_is_refused_alone(self, store: Store) -> None:
        # RQ-01
        first, second = opening(10), opening(20)
        assert second.head is not None
        doubled = type(second)(20, 0, second.records, type(second.head)(20, "077-260101-00010-0", second.head.address, second.head.opened, second.head.holder))
        outcomes = await together(store, first, doubled, opening(30))
        assert [outcome is None for outcome in outcomes] == [True, False, True]
        assert store.broken == ""

    async def test_a_backup_is_consistent_while_work_goes_on(self, store: Store, tmp_path: Path, russian: Russian) -> None:
        # CH-12
        assert await together(store, *(opening(number) for number in range(10, 5010, 10))) == [None] * 500
        steps: list[float] = []
        backup = asyncio.create_task(store.backup(str(tmp_path / "copy.db"), steps.append))
        last = 11
        for record in range(1_000_000, 1_000_050):
            await store.commit(adding(last, said(record, 10)))
            last = record
        await backup
        assert steps == sorted(steps)
        assert steps[-1] == 1
        copy = SqliteStore(tmp_path / "copy.db", russian)
        assert len(await copy.recent(limit=1000)) == 500
        head = await copy.conversation(10)
        assert head is not None
        assert [r.id for r in await copy.records(10, limit=100)][1:] == list(range(1_000_000, head.last + 1))
        await copy.close()

    async def test_the_archive_is_searched_over_all_its_tables(
            self, store: Store, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        # CH-12
        monkeypatch.setattr(archive, "RECENT", 3)
        monkeypatch.setattr(archive, "VOLUME", 10)
        monkeypatch.setattr(archive, "SAMPLE", 1)
        expected = []
        for number in range(10, 130, 10):
            await store.commit(opening(number, said(number + 1, number, "справка"), said(number + 2, number, "маяк" if number > 10 else "маяк якорь")))
            await caught_up(store, number + 2)
            expected.insert(0, number + 1)
        with sqlite3.connect(path) as db:
            tables = db.execute("SELECT kind, part FROM archive").fetchall()
            kept = db.execute("SELECT count(*) FROM sqlite_schema WHERE name GLOB 'archive_recent_????'").fetchone()[0]
        assert [kind for kind, _ in tables].count("recent") == archive.KEPT == kept
        assert len(tables) >= archive.KEPT + 2
        db.close()
        assert await found(store, "справки") == expected
        assert await found(store, "справки", before=expected[5], limit=4) == expected[6:10]
        assert await found(store, "справка маяк") == []
        assert await found(store, "якорь") == [12]

    async def test_what_was_stored_just_before_the_end_is_found_after_the_start(
            self, store: Store, reopen: Callable[[], Store], path: Path, russian: Russian) -> None:
        # CH-12
        await store.close()
        slow = SqliteStore(path, russian, archive_delay_s=1000)
        await slow.commit(opening(10, said(11, 10, "маяк")))
        await slow.close()
        again = reopen()
        await caught_up(again, 11)
        await again.close()

    async def test_words_made_otherwise_are_indexed_anew(
            self, store: Store, reopen: Callable[[], Store], path: Path, russian: Russian, monkeypatch: pytest.MonkeyPatch) -> None:
        # SE-03: what is taken out again must be what was put in
        await store.commit(opening(10, said(11, 10, "справка"), said(12, 10, "маяк")))
        await caught_up(store, 12)
        await store.close()
        monkeypatch.setattr(russian_words, "RULES", "2")
        slow = SqliteStore(path, russian, archive_delay_s=1000)
        assert await found(slow, "справка") == []
        await slow.close()
        again = reopen()
        await caught_up(again, 12)
        assert await found(again, "справка") == [11]
        await again.close()

    async def test_what_only_one_has_heard_is_no_phrase(self, store: Store, path: Path) -> None:
        # SE-03: it may hold what he told, and would outlive him
        def phrases() -> list[tuple[int]]:
            with sqlite3.connect(path) as db:
                found: list[tuple[int]] = db.execute("SELECT id FROM phrases").fetchall()
            db.close()
            return found
        told = "Пётр, вы записаны на вторник, приходите с паспортом в окно номер семь. " * 2
        await store.commit(opening(10, said(11, 10, told, author=Author.BOT), said(12, 10, told, author=Author.BOT)))
        assert phrases() == []
        await store.commit(opening(20, said(21, 20, told, author=Author.BOT)))
        assert len(phrases()) == 1
        assert await store.records(20) == [said(21, 20, told, author=Author.BOT)]
