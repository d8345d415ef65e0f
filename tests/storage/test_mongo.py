"""MongoDB: the contract, what survives the process and the primary, and what only this store can do."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from pymongo import MongoClient

from bots.russian import Russian
from hub.audit.hash_chain import ChainDefect, verify_chain
from hub.cases.case import Case
from hub.conversations.message import Author
from hub.conversations.ports import Store
from hub.kernel.errors import UnavailableStoreError
from storage.keys.ring import new_key
from storage.mongo.audit import MongoReading
from storage.mongo.copy import totals_of_file
from storage.mongo.indexes import INDEXES, amiss
from storage.mongo.migration import moved, restored
from storage.mongo.schema import Row
from storage.mongo.store import MongoStore
from storage.mongo.wipe import wiped
from storage.sqlite import SqliteStore
from storage.vault import Vault
from tests.peers.mongo import Replicas, emptied, replicas
from tests.storage.contract import StoreContract
from tests.storage.contract_durable import DurableContract
from tests.storage.contract_erasure import LONG, closed, erase
from tests.storage.contract_marks import case
from tests.storage.data import adding, address, audit_entry, opening, ring, said, together, waiting_for

pytestmark = pytest.mark.peers

KEY = new_key()[0]


@pytest.fixture(scope="module")
def servers() -> Iterator[Replicas]:
    with replicas() as running:
        yield running


@contextmanager
def failing(servers: Replicas, command: str, how: Row) -> Iterator[None]:
    """The next such command of Okno fails."""
    with MongoClient[Row](servers.uri) as client:
        fail = partial(client.admin.command, "configureFailPoint", "failCommand")
        before = fail(mode="off")["count"]
        fail(mode={"times": 1}, data={"failCommands": [command], "appName": "okno", **how})
        yield
        assert fail(mode="off")["count"] == before + 1


FORMER_NAMES = """
    DROP TRIGGER conversation_has_number; DROP TABLE number_parts;
    DROP INDEX conversations_served; ALTER TABLE conversations DROP COLUMN served;
    ALTER TABLE index_entries RENAME TO marks; DROP INDEX index_entries_of_document; CREATE INDEX marks_of_document ON marks (kind, key);
    ALTER TABLE last_events RENAME TO tips; ALTER TABLE search_progress RENAME TO archived;
    DROP TRIGGER journal_advances_last_event;
    CREATE TRIGGER journal_moves_tip AFTER INSERT ON journal BEGIN SELECT 1; END;
    PRAGMA user_version = 8;
"""
"""A file of before 0009_names.sql."""
READ = {"conversations", "journal", "documents", "marks", "audit"}


class _Contract(StoreContract, DurableContract):
    @pytest.fixture
    async def store(self, reopen: Callable[[], Store], servers: Replicas) -> AsyncIterator[Store]:
        store = reopen()
        yield store
        await store.close()
        await emptied(servers.uri, self.name)

    name = "okno"


@pytest.mark.smoke
class TestMongo(_Contract):
    @pytest.fixture
    def reopen(self, servers: Replicas, russian: Russian) -> Callable[[], Store]:
        return lambda: MongoStore(servers.uri, self.name, russian)

    async def test_a_batch_shares_one_commit(self, store: Store) -> None:
        # CH-10
        before = store.commits
        assert await together(store, *(opening(number) for number in range(10, 2010, 10))) == [None] * 200
        assert store.commits - before <= 2

    async def test_two_hubs_write_at_once(self, store: Store, reopen: Callable[[], Store]) -> None:
        # CH-10, SE-01: of two steps for the same state one wins; the audit is one chain without gaps
        other = reopen()
        await together(store, *(opening(number) for number in range(10, 210, 10)))
        steps = [[adding(number + 1, said(number + 2 + hub, number), audit_entries=(audit_entry(number),)) for number in range(10, 210, 10)] for hub in (0, 1)]
        told = await asyncio.gather(*(together(each, *mine) for each, mine in zip((store, other), steps, strict=True)))
        assert [sum(outcome is None for outcome in both) for both in zip(*told, strict=True)] == [1] * 20
        assert [number for number, _ in await store.audit_entries()] == list(range(20, 0, -1))
        assert await store.chain() == await other.chain()
        await other.close()

    async def test_what_somebody_did_to_the_audit_is_found(self, store: Store, servers: Replicas) -> None:
        # SE-01
        for number in range(5):
            await store.note(audit_entry(number))

        def seen() -> tuple[list[tuple[ChainDefect, int]], int, int]:
            with closing(MongoReading(servers.uri, self.name)) as audit:
                walked = verify_chain(audit.rows(1 << 62))
                return [(each.flaw, each.number) for each in walked.findings], walked.number, audit.remembered()
        assert seen() == ([], 5, 5)
        with MongoClient[Row](servers.uri) as client:
            audit = client[self.name].audit
            audit.insert_one({"_id": 2.5, "doc": "{}"})
            audit.update_one({"_id": 3}, {"$set": {"hash": None}})
            audit.delete_one({"_id": 5})
        assert seen() == ([(ChainDefect.INSERTED, 2), (ChainDefect.HASH, 3)], 4, 5)

    async def test_indexes_are_mended_at_the_start(
            self, store: Store, reopen: Callable[[], Store], servers: Replicas, caplog: pytest.LogCaptureFixture) -> None:
        # CH-06: one that somebody has dropped, or made otherwise, is told, and the promise is kept again
        with MongoClient[Row](servers.uri) as client:
            heads = client[self.name].conversations
            heads.drop_index("one_open")
            heads.create_index("address", name="one_open")
            heads.drop_index("held_by")
            client[self.name].journal.create_index("doc", name="somebody's own")
            with failing(servers, "createIndexes", {"errorCode": 13}), pytest.raises(UnavailableStoreError, match=r"this user may not.*readWrite"):
                reopen()
            heads.create_index("address", name="one_open")
            for told in (["one_open is there in another form: it is made anew", "held_by is not there: it is made"], []):
                caplog.clear()
                await reopen().close()
                assert [record.getMessage() for record in caplog.records] == [f"the index conversations.{each}" for each in told]
            assert heads.index_information()["one_open"]["unique"]
            heads.drop_index("one_open")
            heads.insert_many([{"_id": number, "address": "a", "open": True, "number": number} for number in (1, 2)])
            with pytest.raises(UnavailableStoreError, match=r"one_open is not there.*contradicts it"):
                reopen()

    @pytest.mark.parametrize("harm", [{"closeConnection": True}, {"errorCode": 189, "errorLabels": ["TransientTransactionError"]}])
    async def test_what_may_be_tried_again_is(self, store: Store, servers: Replicas, harm: Row) -> None:
        # CH-06: the server goes away in the middle, or steps down, and each thing is done once
        await store.commit(opening(10))
        for number, command in enumerate(("update", "insert", "commitTransaction"), 12):
            with failing(servers, command, harm):
                await store.commit(adding(number - 1, said(number, 10), audit_entries=(audit_entry(number),)))
        alone = harm if "closeConnection" in harm else {"errorCode": 189, "errorLabels": ["RetryableWriteError"]}
        with failing(servers, "find", alone):
            assert [record.id for record in await store.records(10)] == [11, 12, 13, 14]
        with failing(servers, "findAndModify", alone):
            assert (await store.lease("queue", "a", 60)).term == 1
        assert [number for number, _ in await store.audit_entries()] == [3, 2, 1]
        assert store.broken == ""

    async def test_all_is_read_by_an_index_and_of_a_conversation_by_its_shard(self, store: Store, servers: Replicas) -> None:
        # CH-10, CH-13: it costs what it gives, and on a sharded cluster asks one shard where one has it all
        await together(store, *(opening(number, said(number + 1, number, "маяк"), holder=waiting_for("a", 1), owed=(number + 1,))
                                for number in range(10, 510, 10)))
        await store.put(case("1"), audit_entry(1))
        with MongoClient[Row](servers.uri) as client:
            client[self.name].command("profile", 2)
            await store.commit(adding(11, said(12, 10, key="k"), settled=(11,)))
            await store.commit(closed(1000))
            await erase(store, 1000)
            await store.put(case("1", 5))
            of_one = [await store.records(10), await store.keys(10), await store.moves_of([10]), await store.tails(await store.conversations([10]))]
            of_all = [await store.moves(0, 1 << 62), await store.thoughts(0, 1 << 62), await store.owed(), await store.find("маяка"), await store.newest()]
            await asyncio.gather(store.waiting(["a"]), store.waiting([]), store.aside(), store.held("anna"), store.held(""), store.promised(), store.recent(),
                                 store.over(1 << 62), store.unheard(1 << 62), store.at_address(address("10")), store.with_addresses([address("10")]),
                                 store.marked(Case, "due"), store.count(Case, "due"), store.page(Case), store.get(Case, "1"), store.audit_entries(),
                                 store.deeds_about(["1"]), store.chain())
            client[self.name].command("profile", 0)
            told = list(client[self.name].system.profile.find({"ns": {"$ne": f"{self.name}.system.profile"}}))
            client[self.name].system.profile.drop()
        assert len(of_one) == 4
        scanned = [each["command"] for each in told if "COLLSCAN" in each.get("planSummary", "") and each["ns"].rpartition(".")[2] in READ]
        assert [(each.get("find") or each.get("aggregate") or each, each.get("filter")) for each in scanned] == []
        lines = {str(each["command"]["filter"]["queue"]): each["planSummary"] for each in told if "queue" in each["command"].get("filter", {})}
        assert lines == {"{'$in': ['a']}": "IXSCAN { queue: 1, since: 1, _id: 1 }", "{'$gt': ''}": "IXSCAN { since: 1, _id: 1 }",
                         "": "IXSCAN { queue: 1, since: 1, _id: 1 }"}
        asked = [each["command"].get("filter", each["command"].get("q")) for each in told
                 if each["ns"] == f"{self.name}.journal" and each["op"] in {"query", "update"}]
        assert len(asked) >= len(of_one) + len(of_all)
        assert len([each for each in asked if "conversation" not in each]) == len(of_all)

    async def test_a_transaction_that_is_begun_anew_is_counted(self, store: Store, servers: Replicas) -> None:
        # CH-10
        await store.commit(opening(10))
        before = store.repeats
        with failing(servers, "commitTransaction", {"errorCode": 251, "errorLabels": ["TransientTransactionError"]}):  # as after an election
            await store.commit(adding(11, said(12, 10)))
        assert store.repeats - before == 1
        assert (await store.records(10))[-1].id == 12

    async def test_all_is_written_into_new_files(self, store: Store, servers: Replicas) -> None:
        # SE-01: nothing is left of what was there before; what is there keeps its indexes and goes on
        await store.commit(opening(10, said(11, 10, "маяк")))
        await store.note(audit_entry(1))

        def files() -> set[str]:
            with MongoClient[Row](servers.uri) as client:
                return {str(client[self.name].command("collStats", each)["wiredTiger"]["uri"]) for each in INDEXES}
        before = files()
        assert wiped(servers.uri, self.name) is not None
        assert not before & files()
        with MongoClient[Row](servers.uri) as client:
            assert amiss(client[self.name]) == []
        await store.commit(adding(11, said(12, 10), audit_entries=(audit_entry(2),)))
        assert [hit.record.id for hit in await store.find("маяки")] == [11]
        assert [number for number, _ in await store.audit_entries()] == [2, 1]

    async def test_a_backup_is_a_file_of_sqlite(self, store: Store, russian: Russian, tmp_path: Path) -> None:
        # CH-12, LV-01: and so is the way back to one machine
        await together(store, *(opening(number, said(number + 1, number, key="k"), owed=(number + 1,)) for number in range(10, 1010, 10)))
        await store.note(audit_entry(1))
        told: list[float] = []
        await store.backup(str(tmp_path / "copy.db"), told.append)
        copy = SqliteStore(tmp_path / "copy.db", russian)
        for each in (store, copy):
            assert [len(await each.recent(limit=200)), (await each.newest())[0], len(await each.owed())] == [100, 1001, 100]
        assert (await copy.chain(), await copy.records(10), await copy.keys(500)) == (await store.chain(), await store.records(10), await store.keys(500))
        await copy.commit(adding(11, said(2000, 10)))
        await copy.close()
        assert told[-1] == 1.0


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_centre_moves_from_sqlite_while_it_works(servers: Replicas, russian: Russian, tmp_path: Path, *, sealed: bool) -> None:
    # LV-01, CH-12: what comes between the first time and the second, changes or is erased, is there after the second
    def vault() -> Vault:
        return Vault(ring(KEY) if sealed else None, "077")
    path, name = tmp_path / "okno.db", f"moved-{sealed}"
    before = SqliteStore(path, russian, vault(), archive_delay_s=0)
    await before.commit(closed(10, said(11, 10, LONG, author=Author.BOT), said(12, 10, "Потерял загранпаспорт", key="k"), said(13, 10)))
    await before.commit(opening(20, owed=(21,), holder=waiting_for("general", 3)))
    await before.commit(opening(30, said(31, 30, LONG, author=Author.BOT), said(32, 30, "загранпаспорт")))
    await before.put(case("1"), audit_entry(1))
    await before.put(case("2"))
    bring = partial(moved, path, servers.uri, name, russian, vault())
    await bring(lambda _: None)
    await erase(before, 10)
    await before.drop(type(case("1")), case("1").number)
    await before.commit(adding(21, said(22, 20, "ещё"), settled=(21,), audit_entries=(audit_entry(2),)))
    await before.commit(opening(40))
    told: list[float] = []
    assert await bring(told.append) == totals_of_file(path)
    assert told[-1] == 1.0
    after = MongoStore(servers.uri, name, russian, vault())
    asks: tuple[Callable[[Store], Awaitable[object]], ...] = (
        lambda store: store.recent(), lambda store: store.records(10), lambda store: store.records(30), lambda store: store.owed(),
        lambda store: store.waiting(["general"]), lambda store: store.audit_entries(), lambda store: store.chain(), lambda store: store.newest(),
        lambda store: store.marked(Case, "due"), lambda store: store.moves(0, 1 << 62), lambda store: store.over(50),
        lambda store: store.unheard(1 << 40), lambda store: store.find("загранпаспорта"))
    for ask in asks:
        assert await ask(after) == await ask(before)
    await after.commit(adding(22, said(50, 20), audit_entries=(audit_entry(3),)))
    await before.close()
    await after.close()
    # CH-12: a backup brings back its moment, whatever came since; one of an older version, too
    there = totals_of_file(path)
    assert await restored(path, servers.uri, name, russian, vault(), told.append) == there
    with closing(sqlite3.connect(path)) as file:
        file.executescript(FORMER_NAMES)
    with pytest.raises(UnavailableStoreError, match="another version"):
        await moved(path, servers.uri, name, russian, vault(), told.append, running=True)
    assert await restored(path, servers.uri, name, russian, vault(), told.append) == there


class TestSealedMongo(_Contract):
    # SE-01
    name = "sealed"

    @pytest.fixture
    def reopen(self, servers: Replicas, russian: Russian) -> Callable[[], Store]:
        return lambda: MongoStore(servers.uri, self.name, russian, Vault(ring(KEY), "077"))
