"""Who may speak on a line, and what he hears: by another's certificate nobody comes in, and nobody is sent what is not for him."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path

import nats
import pytest
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from tests.channels.line import PATIENCE_S
from tests.link.contract import FEDERAL, MUNICIPAL, REGIONAL
from tests.link.data import insist, parcel
from tests.link.overnats import OverNats
from tests.peers.authority import Authority
from tests.peers.nats import Federation, federation
from tests.peers.ports import free_ports

pytestmark = pytest.mark.peers

LEAF = """
server_name: rogue
listen: $NATS_CLIENTS
leafnodes {
  reconnect: "200ms"
  remotes: [ { urls: [ $NATS_PARENT ], tls { cert_file: tls/cert.pem, key_file: tls/key.pem, ca_file: tls/authority.pem } } ]
}
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[Federation]:
    with federation("077") as running:
        yield running


@pytest.fixture
async def lines(servers: Federation) -> AsyncGenerator[OverNats, None]:
    async with OverNats(servers) as lines:
        yield lines


async def silent(_: Exception) -> None:
    """It is raised as well."""


@pytest.mark.parametrize("certificate", [FEDERAL, MUNICIPAL])
async def test_a_server_lets_in_its_own_hub_alone(lines: OverNats, certificate: str) -> None:
    # SE-01: not even the levels beside it come to where its own hub does
    with pytest.raises(nats.errors.Error, match="Authorization"):
        await lines.client(REGIONAL, certificate)


async def test_nobody_comes_without_a_certificate_or_with_a_strangers(lines: OverNats, tmp_path: Path) -> None:
    # SE-01
    settings = lines.servers.settings(REGIONAL)
    for file in ("", "stranger"):
        stranger = Authority(tmp_path)
        stranger.issue(tmp_path, named=REGIONAL)
        context = ssl.create_default_context(cafile=settings.authority)
        if file:
            context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
        with pytest.raises((nats.errors.Error, OSError)):
            await nats.connect(settings.server, tls=context, allow_reconnect=False, error_cb=silent)


@pytest.mark.parametrize(("who", "subject"), [
    (MUNICIPAL, f"line.{REGIONAL}.{FEDERAL}.parcel"), (MUNICIPAL, f"line.{FEDERAL}.{REGIONAL}.parcel"),
    (REGIONAL, f"line.{FEDERAL}.{MUNICIPAL}.parcel"), (FEDERAL, f"line.{REGIONAL}.{MUNICIPAL}.parcel")])
async def test_no_hub_speaks_in_anothers_name(lines: OverNats, who: str, subject: str) -> None:
    # LV-05
    links = [lines.link(centre) for centre in (FEDERAL, REGIONAL, MUNICIPAL)]
    await asyncio.gather(*(link._ready for link in links))
    client = await lines.client(who)
    with pytest.raises(NoRespondersError):
        await client.request(subject, b"{}", timeout=PATIENCE_S)
    await client.close()
    for link in links:
        await link.close()


async def test_a_level_is_sent_nothing_that_is_not_for_it(lines: OverNats, tmp_path: Path) -> None:
    # LV-05: the municipal centre's certificate in the hands of somebody who listens to all that comes by its line
    (tmp_path / "leaf.conf").write_text(LEAF)
    lines.servers.servers[MUNICIPAL].kill()
    rogue = lines.servers.server(MUNICIPAL, tmp_path / "leaf.conf", free_ports(1)[0], lines.servers.leaves[REGIONAL])
    rogue.start()
    heard: list[str] = []
    told = asyncio.Event()

    async def listen(message: Msg) -> None:
        heard.append(message.subject)
        if message.subject.startswith(f"line.{MUNICIPAL}."):
            told.set()

    try:
        spy = await nats.connect(f"nats://{rogue.address}")
        await spy.subscribe(">", cb=listen)
        here, there = lines.link(FEDERAL), lines.link(REGIONAL)
        async with asyncio.timeout(PATIENCE_S), aclosing(there.receive()) as parcels:
            for n in range(20):
                await insist(here, parcel(FEDERAL, REGIONAL, n))
                await anext(parcels)
            await insist(there, parcel(REGIONAL, MUNICIPAL, 1))
            await told.wait()
        assert {subject for subject in heard if not subject.startswith("_")} <= {
            f"line.{MUNICIPAL}.{source}.{what}" for source in (FEDERAL, REGIONAL) for what in ("parcel", "beat")}
        await spy.close()
        for link in (here, there):
            await link.close()
    finally:
        rogue.kill()
        lines.servers.servers[MUNICIPAL].start()


async def test_a_centre_that_is_not_named_gets_no_line(lines: OverNats, tmp_path: Path) -> None:
    # SE-01
    (tmp_path / "leaf.conf").write_text(LEAF)
    unknown = lines.servers.server("099", tmp_path / "leaf.conf", free_ports(1)[0], lines.servers.leaves[REGIONAL])
    unknown.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            while "Authorization Violation" not in unknown.log():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
    finally:
        unknown.kill()
