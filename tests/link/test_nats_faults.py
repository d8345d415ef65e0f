"""What becomes of a line whose servers and hubs are killed, whose ids are forgotten, and by which nonsense comes: each parcel once, in order."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import msgspec
import pytest
from nats import NATS
from nats.errors import Error as NatsError

from hub.kernel.background_tasks import BackgroundTasks
from hub.link.envelope import pack
from hub.link.jetstream import ASIDE, IN, OUT
from tests.channels.line import PATIENCE_S
from tests.link.contract import FEDERAL, MUNICIPAL, REGIONAL
from tests.link.data import Keeper, insist, parcel
from tests.link.overnats import OverNats
from tests.peers.nats import Federation, federation

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def servers() -> Iterator[Federation]:
    with federation("077") as running:
        yield running


@pytest.fixture
async def lines(servers: Federation) -> AsyncGenerator[OverNats, None]:
    async with OverNats(servers) as lines:
        yield lines


def hub(does: str, centre: str, servers: Federation) -> subprocess.Popen[bytes]:
    """A hub of its own process."""
    return subprocess.Popen([sys.executable, "-m", "tests.link.hub", does, centre, msgspec.json.encode(servers.settings(centre))], stdout=subprocess.PIPE)


@pytest.mark.parametrize("killed", [FEDERAL, REGIONAL, MUNICIPAL])
async def test_a_server_is_killed_under_traffic(lines: OverNats, killed: str) -> None:
    # RT-10, LV-05: the sender's own, the one in between, and the receiver's
    here, there = lines.link(FEDERAL), lines.link(MUNICIPAL)
    keepers = {FEDERAL: Keeper(here), MUNICIPAL: Keeper(there)}
    server = lines.servers.servers[killed]

    async def harm() -> None:
        await keepers[MUNICIPAL].count(10)
        server.kill()
        await asyncio.to_thread(server.start)

    async def talk(source: str, to: str) -> None:
        link = here if source == FEDERAL else there
        for n in range(150):
            await insist(link, parcel(source, to, n))

    await asyncio.gather(harm(), talk(FEDERAL, MUNICIPAL), talk(MUNICIPAL, FEDERAL))
    for to, source in ((MUNICIPAL, FEDERAL), (FEDERAL, MUNICIPAL)):
        await keepers[to].count(150)
        assert keepers[to].ids(source) == [parcel(source, to, n).id for n in range(150)]
        await keepers[to].stop()
    for link in (here, there):
        await link.close()


@pytest.mark.smoke
async def test_a_hub_is_killed_that_sends(lines: OverNats) -> None:
    # RT-08: what it was told to be stored arrives, before what the next one sends
    there = lines.link(REGIONAL)
    keeper = Keeper(there)
    with hub("send", FEDERAL, lines.servers) as sender:
        assert sender.stdout
        told = [int(await asyncio.to_thread(sender.stdout.readline)) for _ in range(60)]
        sender.kill()
    again = lines.link(FEDERAL)
    await insist(again, parcel(FEDERAL, REGIONAL, 10_000))
    await keeper.has(lambda kept: kept[-1].id == parcel(FEDERAL, REGIONAL, 10_000).id)
    ids = keeper.ids(FEDERAL)
    assert ids[:60] == [parcel(FEDERAL, REGIONAL, n).id for n in told]
    assert ids == sorted(set(ids))
    await keeper.stop()
    for link in (there, again):
        await link.close()


@pytest.mark.smoke
async def test_a_hub_is_killed_that_receives(lines: OverNats) -> None:
    # RT-08: what comes again is what it may not have stored, in its order; whoever holds it knows the ids
    here = lines.link(FEDERAL)
    ids = [parcel(FEDERAL, REGIONAL, n).id for n in range(60)]
    with hub("receive", REGIONAL, lines.servers) as receiver:
        assert receiver.stdout
        for n in range(30):
            await insist(here, parcel(FEDERAL, REGIONAL, n))
        stored = [(await asyncio.to_thread(receiver.stdout.readline)).decode().strip() for _ in range(20)]
        receiver.kill()
        stored += receiver.stdout.read().decode().split()
    assert stored == ids[:len(stored)]
    for n in range(30, 60):
        await insist(here, parcel(FEDERAL, REGIONAL, n))
    again = lines.link(REGIONAL)
    keeper = Keeper(again)
    await keeper.has(lambda kept: kept[-1].id == ids[-1])
    rest = keeper.ids(FEDERAL)
    assert rest == ids[-len(rest):]
    assert set(stored + rest) == set(ids)
    await keeper.stop()
    for link in (here, again):
        await link.close()


async def test_an_id_is_known_when_the_servers_have_forgotten_it(lines: OverNats) -> None:
    # RT-08
    here, there = lines.link(FEDERAL), lines.link(REGIONAL)
    keeper = Keeper(there)
    for n in (1, 2):
        await insist(here, parcel(FEDERAL, REGIONAL, n))
    await keeper.count(2)
    ours, theirs = await lines.client(FEDERAL), await lines.client(REGIONAL)
    await left(theirs, IN, 0)
    for n in (1, 2):
        await until_taken(ours, f"line.{REGIONAL}.{FEDERAL}.parcel", pack(parcel(FEDERAL, REGIONAL, n)))  # with no id that a server could know
    await insist(here, parcel(FEDERAL, REGIONAL, 3))
    await keeper.count(3)
    assert keeper.ids(FEDERAL) == [parcel(FEDERAL, REGIONAL, n).id for n in (1, 2, 3)]
    assert (await theirs.jetstream().stream_info(IN)).state.last_seq == 5
    await keeper.stop()
    for each in (here, there, ours, theirs):
        await each.close()


async def test_nonsense_is_set_aside_and_the_next_one_comes(lines: OverNats, caplog: pytest.LogCaptureFixture) -> None:
    # RT-08
    there = lines.link(REGIONAL)
    await asyncio.shield(there._ready)
    rogue = await lines.client(FEDERAL)
    subject = f"line.{REGIONAL}.{FEDERAL}.parcel"
    forged, astray, good = parcel(MUNICIPAL, REGIONAL), parcel(FEDERAL, MUNICIPAL), parcel(FEDERAL, REGIONAL)
    for content in (b"\xff{", pack(forged), pack(astray), pack(good)):
        await until_taken(rogue, subject, content)
    async with asyncio.timeout(PATIENCE_S), aclosing(there.receive()) as parcels:
        assert await anext(parcels) == good
    client = await lines.client(REGIONAL)
    aside = client.jetstream()
    kept = [await aside.get_msg(ASIDE, n) for n in (1, 2, 3)]
    assert [message.data for message in kept] == [b"\xff{", pack(forged), pack(astray)]
    assert "CloudEvents" in kept[0].headers["Okno-Why"]  # type: ignore[index]
    assert sum("dead letters" in line for line in caplog.messages) == 3
    for each in (client, rogue):
        await each.close()
    await there.close()


async def left(client: NATS, stream: str, number: int) -> None:
    """Wait until no more than so many messages are in a stream."""
    async with asyncio.timeout(PATIENCE_S):
        while (await client.jetstream().stream_info(stream)).state.messages > number:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


async def until_taken(client: NATS, subject: str, content: bytes) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await client.jetstream(timeout=1).publish(subject, content)
            except NatsError:
                continue
            return


async def test_nothing_is_left_on_the_way(lines: OverNats) -> None:
    # LV-05: a level in between keeps nothing, and what has arrived lies nowhere but with whoever it is for
    here, there = lines.link(FEDERAL), lines.link(MUNICIPAL)
    keeper = Keeper(there)
    for n in range(5):
        await insist(here, parcel(FEDERAL, MUNICIPAL, n))
    await keeper.count(5)
    clients = {centre: await lines.client(centre) for centre in (FEDERAL, REGIONAL, MUNICIPAL)}
    await left(clients[FEDERAL], OUT, 0)
    await left(clients[MUNICIPAL], IN, 0)
    assert [each.config.name for each in await clients[REGIONAL].jetstream().streams_info()] == []
    await keeper.stop()
    for client in clients.values():
        await client.close()
    for link in (here, there):
        await link.close()


async def test_whoever_leads_no_more_takes_nothing_from_whoever_does(lines: OverNats) -> None:
    # LV-01, RT-08: a hub that slept is still connected, reads on, and can store nothing
    here, slept, leads = lines.link(FEDERAL), lines.link(REGIONAL), lines.link(REGIONAL)
    keeper, reading = Keeper(leads), BackgroundTasks()

    async def in_vain() -> None:
        while True:
            async with aclosing(slept.receive()) as parcels:
                await anext(parcels)

    reading.spawn(in_vain())
    for n in range(60):
        await insist(here, parcel(FEDERAL, REGIONAL, n))
    await keeper.count(60)
    assert keeper.ids(FEDERAL) == [parcel(FEDERAL, REGIONAL, n).id for n in range(60)]
    await reading.cancel()
    await keeper.stop()
    for link in (here, slept, leads):
        await link.close()
