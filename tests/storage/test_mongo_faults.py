"""Three members of a replica set, whose primary dies while hubs write: what was acknowledged is there, and once (CH-06, FD-06)."""

import asyncio
from collections.abc import Iterator
from time import monotonic

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.audit.hash_chain import START, link_hash
from hub.kernel.errors import StoreError
from hub.kernel.leases import Lease
from storage.mongo.leases import still_held
from storage.mongo.store import MongoStore
from tests.peers.mongo import Replicas, replicas
from tests.storage.data import adding, audit_entry, opening, said

pytestmark = pytest.mark.peers

LOCKED_S = 60
"""MongoDB's transactionLifetimeLimitSeconds."""


@pytest.fixture(scope="module")
def servers() -> Iterator[Replicas]:
    with replicas(3) as running:
        yield running


class Teller:
    """Somebody who says one thing after the other, as a channel does that tries again until it is taken."""

    def __init__(self, store: MongoStore, number: int) -> None:
        self._store, self.number, self.told = store, number, 0
        self._id = number + 1

    async def talk(self, until: asyncio.Event) -> None:
        await self._store.commit(opening(self.number))
        while not until.is_set():
            self._id += 1
            record = said(self._id, self.number, key=f"k{self._id}")
            await self._taken(record)
            self.told += 1

    async def _taken(self, record: object) -> None:
        while True:
            head = await self._read()
            if head == record.id:  # type: ignore[attr-defined]  # the answer was lost, not the message
                return
            try:
                await self._store.commit(adding(head, record, audit_entries=(audit_entry(self._id),)))  # type: ignore[arg-type]
            except StoreError:
                continue
            return

    async def _read(self) -> int:
        while True:
            try:
                head = await self._store.conversation(self.number)
            except StoreError:
                continue
            assert head is not None
            return head.last


async def test_a_hub_that_died_in_a_transaction_holds_up_nobody(servers: Replicas, russian: Russian) -> None:
    # SL-01: what it keeps locked it would keep for a minute
    await MongoStore(servers.uri, "locked", russian).close()
    dead = MongoStore(servers.uri, "locked", russian, lease=(lease := Lease("hub", "a", 1, 10)))
    await dead.commit(replace(opening(10), audit_entries=(audit_entry(1),)))
    session = await dead._writer._in_session()
    await session.start_transaction()
    await still_held(dead._db, lease, session)
    await dead._db.conversations.update_one({}, {"$inc": {"last": 1}}, session=session)
    await dead._db.schema.update_one({"_id": "audit"}, {"$max": {"newest": 2}}, session=session)
    began = monotonic()
    waits, leads = MongoStore(servers.uri, "locked", russian), MongoStore(servers.uri, "locked", russian, lease=Lease("hub", "b", 2, 10))
    await leads.commit(replace(opening(20), audit_entries=(audit_entry(2),)))
    assert monotonic() - began < LOCKED_S / 2
    assert [number for number, _ in await waits.audit_entries()] == [2, 1]
    for store in (waits, leads, dead):
        await store.close()


@pytest.mark.smoke
async def test_the_primary_dies_while_two_hubs_write(servers: Replicas, russian: Russian) -> None:
    hubs = [MongoStore(servers.uri, "okno", russian) for _ in range(2)]
    tellers = [Teller(hubs[n % 2], 100_000 * (n + 1)) for n in range(8)]
    enough = asyncio.Event()

    async def harm() -> None:
        for _ in range(2):
            before = sum(teller.told for teller in tellers)
            dead = await asyncio.to_thread(servers.primary)
            dead.kill()
            while sum(teller.told for teller in tellers) < before + 80:  # noqa: ASYNC110 - others' work
                await asyncio.sleep(0.01)
            dead.start()
        enough.set()

    await asyncio.gather(harm(), *(teller.talk(enough) for teller in tellers))
    for teller in tellers:
        records = await hubs[0].records(teller.number, limit=100_000)
        assert [record.id for record in records] == list(range(teller.number + 1, teller.number + 2 + teller.told))
    audit_entries = await hubs[1].audit_entries(limit=100_000)
    assert [number for number, _ in audit_entries] == list(range(len(audit_entries), 0, -1))
    rows = [row async for row in hubs[0]._db.audit.find(sort=[("_id", 1)])]
    last = START
    for row in rows:
        last = link_hash(last, row["_id"], row["doc"])
        assert row["hash"] == last
    assert len(audit_entries) == sum(teller.told for teller in tellers)
    for hub in hubs:
        await hub.close()
