"""Three centres on three real servers, linked by mutual TLS as docker/nats/ sets them up."""

from collections.abc import AsyncGenerator, Iterator

import pytest

from tests.link.contract import Lines, LinkContract
from tests.link.overnats import OverNats
from tests.peers.nats import Federation, federation


@pytest.fixture(scope="module")
def servers() -> Iterator[Federation]:
    with federation(cabled=True) as running:
        yield running


class TestNats(LinkContract):
    @pytest.fixture
    async def lines(self, servers: Federation) -> AsyncGenerator[Lines, None]:
        async with OverNats(servers) as lines:
            yield lines
