"""MongoDB: the contract, what survives the process and the primary, and what only this store can do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.ports import Store
from storage.keys.ring import new_key
from storage.mongo import MongoStore
from storage.sqlite import SqliteStore
from storage.vault import Vault
from tests.peers.mongo import Replicas, emptied, replicas
from tests.storage.contract import StoreContract
from tests.storage.contract_durable import DurableContract
from tests.storage.data import adding, deed, opening, ring, said, together

KEY = new_key()[0]


@pytest.fixture(scope="module")
def servers() -> Iterator[Replicas]:
    with replicas() as running:
        yield running


class _Contract(StoreContract, DurableContract):
    @pytest.fixture
    async def store(self, reopen: Callable[[], Store], servers: Replicas) -> AsyncIterator[Store]:
        store = reopen()
        yield store
        await store.close()
        await emptied(servers.uri, self.name)

    name = "okno"


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
        steps = [[adding(number + 1, said(number + 2 + hub, number), deeds=(deed(number),)) for number in range(10, 210, 10)] for hub in (0, 1)]
        told = await asyncio.gather(*(together(each, *mine) for each, mine in zip((store, other), steps, strict=True)))
        assert [sum(outcome is None for outcome in both) for both in zip(*told, strict=True)] == [1] * 20
        assert [number for number, _ in await store.deeds()] == list(range(20, 0, -1))
        assert await store.chain() == await other.chain()
        await other.close()

    async def test_a_backup_is_a_file_of_sqlite(self, store: Store, russian: Russian, tmp_path: Path) -> None:
        # CH-12, LV-01: and so is the way back to one machine
        await together(store, *(opening(number, said(number + 1, number, key="k"), owed=(number + 1,)) for number in range(10, 1010, 10)))
        await store.note(deed(1))
        told: list[float] = []
        await store.backup(str(tmp_path / "copy.db"), told.append)
        copy = SqliteStore(tmp_path / "copy.db", russian)
        for each in (store, copy):
            assert [len(await each.recent(limit=200)), (await each.newest())[0], len(await each.owed())] == [100, 1001, 100]
        assert (await copy.chain(), await copy.records(10), await copy.keys(500)) == (await store.chain(), await store.records(10), await store.keys(500))
        await copy.commit(adding(11, said(2000, 10)))
        await copy.close()
        assert told[-1] == 1.0


class TestSealedMongo(_Contract):
    # SE-01
    name = "sealed"

    @pytest.fixture
    def reopen(self, servers: Replicas, russian: Russian) -> Callable[[], Store]:
        return lambda: MongoStore(servers.uri, self.name, russian, Vault(ring(KEY), "077"))
