"""Three centres on three real servers, linked by mutual TLS as docker/nats/ sets them up."""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from okno.config import Config, LinkSettings, load
from okno.faults.config_error import ConfigError
from okno.link import link_of
from tests.link.contract import FEDERAL, MUNICIPAL, REGIONAL, Lines, LinkContract
from tests.link.overnats import OverNats
from tests.peers.nats import Federation, federation

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def servers() -> Iterator[Federation]:
    with federation("077") as running:
        yield running


class TestNats(LinkContract):
    @pytest.fixture
    async def lines(self, servers: Federation) -> AsyncGenerator[Lines, None]:
        async with OverNats(servers) as lines:
            yield lines


def config(**settings: object) -> Config:
    return structs.replace(load(None, {}), link=LinkSettings("nats", settings))


async def test_the_configuration_names_the_line(servers: Federation, tmp_path: Path) -> None:
    # LV-05: also before its server is there
    settings = msgspec.to_builtins(servers.settings(FEDERAL)) | {"server": "tls://127.0.0.1:1"}
    link = link_of(config(**settings))
    assert link is not None
    assert set(link.centres) == {REGIONAL, MUNICIPAL}
    assert not link.up(REGIONAL)
    await link.close()
    with pytest.raises(ConfigError, match="certificate"):
        link_of(config(**settings | {"certificate": str(tmp_path / "none.pem")}))
    with pytest.raises(ConfigError, match="centers"):
        link_of(config(**settings | {"centers": ["077"]}))
