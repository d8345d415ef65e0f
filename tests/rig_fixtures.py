"""Each test of the hub runs over the store that forgets and over the one that does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.conversations.ports import Store
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from tests.rig import PEOPLE, Clock, Rig


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, russian: Russian) -> AsyncIterator[Store]:
    store: Store = MemoryStore(russian) if request.param == "memory" else SqliteStore(tmp_path / "okno.db", russian)
    for operator in PEOPLE:
        await store.put(operator)
    yield store
    await store.close()


@pytest.fixture
async def rig(store: Store, clock: Clock) -> AsyncIterator[Rig]:
    rig = await Rig(store, clock).start()
    yield rig
    await rig.stop()


@pytest.fixture
async def disk(tmp_path: Path, russian: Russian) -> AsyncIterator[SqliteStore]:
    """The store whose disk can be made to fail."""
    store = SqliteStore(tmp_path / "okno.db", russian)
    yield store
    await store.close()


@pytest.fixture
async def on_disk(disk: SqliteStore, clock: Clock) -> AsyncIterator[Rig]:
    rig = await Rig(disk, clock).start()
    yield rig
    await rig.stop()
