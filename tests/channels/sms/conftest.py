from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.russian import Russian
from tests.channels.sms.wires import Wires
from tests.peers.smsc import Peer, node_smsc


@pytest.fixture
async def smsc() -> AsyncIterator[Peer]:
    async with node_smsc() as peer:
        yield peer


@pytest.fixture
def wires(tmp_path: Path, russian: Russian, smsc: Peer) -> Wires:
    return Wires(tmp_path, russian, smsc)
