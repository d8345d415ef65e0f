"""The store that forgets keeps all promises but one."""

from collections.abc import AsyncIterator

import pytest

from bots.russian import Russian
from hub.conversations.ports import Store
from hub.kernel.errors import UnavailableStoreError
from storage.memory import MemoryStore
from tests.storage.contract import StoreContract


class TestMemory(StoreContract):
    @pytest.fixture
    async def store(self, russian: Russian) -> AsyncIterator[Store]:
        store = MemoryStore(russian)
        yield store
        await store.close()

    async def test_there_is_nothing_to_back_up(self, store: Store) -> None:
        with pytest.raises(UnavailableStoreError, match="forgets"):
            await store.backup("copy.db", lambda _: None)
