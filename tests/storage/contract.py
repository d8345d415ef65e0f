"""What every store promises: inherit StoreContract and give it a `store`."""

from collections.abc import AsyncIterator

import pytest

from hub.conversations.ports import Store
from tests.storage.contract_archive import ArchiveContract
from tests.storage.contract_documents import DocumentsContract
from tests.storage.contract_erasure import ErasureContract
from tests.storage.contract_leases import LeasesContract
from tests.storage.contract_marks import MarksContract
from tests.storage.contract_reads import ReadsContract
from tests.storage.contract_steps import StepsContract


class StoreContract(StepsContract, ReadsContract, ArchiveContract, DocumentsContract, MarksContract, ErasureContract, LeasesContract):
    """The whole promise. A store that survives its process inherits DurableContract, too, and gives a `reopen`."""

    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        raise NotImplementedError
        yield
