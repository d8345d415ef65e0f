"""Several hubs on one store: whichever is reached serves, one leads, and another does as soon as that one is gone (LV-01, SL-01)."""

import asyncio
import os
import signal
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from time import monotonic

import aiohttp
import pytest
import pytest_asyncio

from tests.house import House, people
from tests.journeys.crowd import TOGETHER_S, Crowd, callers
from tests.journeys.street import GONE, Street
from tests.journeys.test_kill import seed
from tests.peers.authority import Authority
from tests.peers.cluster import Cluster, cluster_in
from tests.peers.mongo import Replicas, replicas

MINUTES, EVERY_S = float(os.environ.get("OKNO_TEST_MINUTES", "0")), 10
"""So long something dies every ten seconds: for a proof, not for every day."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def servers() -> Iterator[Replicas]:
    with replicas(3) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(servers: Replicas, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    authority = Authority(folder)
    authority.issue(folder)
    shown = f'certificate = "cert.pem"\nkey = "key.pem"\nauthority = "{authority.file.name}"\n'
    async with cluster_in(folder, servers, more=shown) as running:
        yield running


# LV-01: whoever comes is served, whichever hub he comes to, and sees what comes by another.
async def test_whoever_comes_to_any_hub_is_served(cluster: Cluster) -> None:
    first, second, third = cluster.hubs
    async with people(cluster) as crowd, people(first) as here, people(third) as there, asyncio.timeout(TOGETHER_S):
        admin = await crowd.admin()
        operator = await crowd.clerk(admin)
        line = await operator.live()
        await operator.does("PUT", "/api/presence", {"presence": "ready"})
        for hub in (first, second, third):
            answer = await where(hub, "/leads")
            assert answer == (200 if hub is await cluster.leader() else 503)
        for present in (here, there):
            citizen = await present.citizen()
            await citizen.tell("позовите оператора")
            await line.hear("offer")
            await operator.does("POST", f"/api/conversations/{citizen.conversation}/accept")
            await operator.does("POST", f"/api/conversations/{citizen.conversation}/reply", {"text": "Здравствуйте!", "key": "k1"})
            await citizen.line.hear("message", text="Здравствуйте!")


# SE-01: whose address a request comes from is said by the hubs alone, and only they come to each other.
async def test_hubs_let_nobody_in_but_hubs(cluster: Cluster, tmp_path: Path) -> None:
    leads = await cluster.leader()
    inner, number = f"https://{leads.environment['OKNO_INNER']}", (await cluster.lease()).owner  # type: ignore[union-attr]
    Authority(tmp_path).issue(tmp_path)
    for pair in (None, tmp_path):
        with pytest.raises(aiohttp.ClientError):
            await asked(inner, number, keys(cluster, pair))
    for shown in ("", "guessed"):
        assert await asked(inner, shown, keys(cluster, cluster.folder)) == 403
    assert await asked(inner, number, keys(cluster, cluster.folder)) == 401
    assert await asked(cluster.base, number, None) == 401


def keys(cluster: Cluster, pair: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=cluster.folder / "authority.pem")
    if pair is not None:
        context.load_cert_chain(pair / "cert.pem", pair / "key.pem")
    return context


async def asked(base: str, number: str, key: ssl.SSLContext | None) -> int:
    headers = {"Okno-Door": f"{number} http 10.0.0.1"}
    async with aiohttp.ClientSession() as http, http.get(f"{base}/api/me", headers=headers, ssl=key or True) as answer:
        return answer.status


# SE-02: the audit names the address of whoever came, not that of the hub that carried him.
async def test_a_hub_tells_for_whom_it_asks(cluster: Cluster) -> None:
    leads = await cluster.leader()
    door = next(hub for hub in cluster.hubs if hub is not leads)
    async with people(cluster) as crowd, aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=("127.0.0.9", 0))) as http:
        admin = await crowd.admin()
        async with http.post(f"{door.base}/api/session", json={"login": "stranger", "password": "wrong"}) as answer:
            assert answer.status == 401
        audit_entries = await admin.does("GET", "/api/audit")
        assert next(audit_entry["detail"] for audit_entry in audit_entries if audit_entry["by"] == "stranger") == "127.0.0.9"


async def where(hub: House, path: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(hub.base + path) as answer:
        return answer.status


# SL-01: an update without a pause: one hub after the other is stopped and started, and nobody is sent away.
async def test_a_rolling_restart_sends_nobody_away(cluster: Cluster) -> None:
    async with people(cluster) as present, asyncio.timeout(TOGETHER_S):
        async def restart(street: Street) -> None:
            for hub in cluster.hubs:
                await street.more(30)
                async with callers(cluster) as answers:
                    assert await asyncio.to_thread(hub.stop) == 0
                    await cluster.leader()
                    await answers.more(5)
                await cluster.begin_hub(hub)
                assert set(answers.all) == {200}
        assert not await Crowd(cluster, present, Random(seed()), 12, 2).live(restart)
    assert not [line for hub in cluster.hubs for line in hub.complaints()]


# SL-01: while nobody leads, whoever still asks the hub that led hears that nothing was done.
async def test_a_hub_that_has_handed_over_says_so(cluster: Cluster) -> None:
    lease, hub = await cluster.lease(), await cluster.leader()
    assert lease is not None
    others = [each for each in cluster.hubs if each is not hub]
    for each in others:
        each.tell(signal.SIGSTOP)
    hub.tell(signal.SIGTERM)
    await cluster.unled()
    assert await asked(f"https://{hub.environment['OKNO_INNER']}", lease.owner, keys(cluster, cluster.folder)) == 421
    for each in others:
        each.tell(signal.SIGCONT)
    assert await asyncio.to_thread(hub.wait) == 0
    assert await cluster.leader() is not hub
    await cluster.begin_hub(hub)


# LV-01, CH-06: whoever has slept while another led, and finds the lease free, has it for a new term: nothing is stored for the old one.
async def test_a_hub_that_slept_until_nobody_leads_begins_anew(cluster: Cluster) -> None:
    lease, hub = await cluster.lease(), await cluster.leader()
    assert lease is not None
    others = [each for each in cluster.hubs if each is not hub]
    hub.tell(signal.SIGSTOP)
    await cluster.knows(await cluster.leader(after=lease.term), leads=True)
    for each in others:
        each.tell(signal.SIGSTOP)
    await cluster.unled()
    hub.tell(signal.SIGCONT)
    async with people(hub) as present, asyncio.timeout(TOGETHER_S):
        stored = None
        while stored is None:
            with suppress(*GONE):
                stored = await (await present.citizen()).tell("Здравствуйте")
    for each in others:
        each.tell(signal.SIGCONT)
        await cluster.knows(each, leads=False)


# LV-01, CH-06: hubs and the store's primary die, or sleep and wake up, while people talk.
async def test_whatever_dies_nothing_is_lost_or_doubled(cluster: Cluster) -> None:
    chance, done = Random(seed()), Counter[str]()
    async with people(cluster) as present, asyncio.timeout(TOGETHER_S + MINUTES * 60):
        async def trouble(street: Street) -> None:
            for harm in harms(chance):
                next_at = monotonic() + (EVERY_S if MINUTES else 0)
                await street.more(30)
                await harm(cluster)
                done[harm.__name__] += 1
                await asyncio.sleep(next_at - monotonic())
            await street.more(30)
        crowd = Crowd(cluster, present, chance, 12, 2)
        assert not await crowd.live(trouble)
        print(f"{crowd.street.acknowledged} acknowledged, none lost, none doubled; {dict(done)}")


def harms(chance: Random) -> Iterator[Callable[[Cluster], Awaitable[None]]]:
    """Each once, or any of them for so many minutes."""
    every, end = (leader_dies, primary_dies, leader_sleeps, waiting_hub_dies), monotonic() + MINUTES * 60
    yield from every
    while monotonic() < end:
        yield chance.choice(every)


async def leader_dies(cluster: Cluster) -> None:
    lease = await cluster.lease()
    assert lease is not None
    hub = await cluster.leader()
    hub.kill()
    assert await cluster.leader(after=lease.term) is not hub
    await cluster.begin_hub(hub)


async def waiting_hub_dies(cluster: Cluster) -> None:
    leads = await cluster.leader()
    hub = next(each for each in cluster.hubs if each is not leads)
    hub.kill()
    await cluster.begin_hub(hub)


async def primary_dies(cluster: Cluster) -> None:
    member = await asyncio.to_thread(cluster.servers.primary)
    member.kill()
    await asyncio.to_thread(cluster.servers.primary)
    member.start()


async def leader_sleeps(cluster: Cluster) -> None:
    """So long that another leads: when it wakes up, what it still has in hand is stored by nobody."""
    lease = await cluster.lease()
    assert lease is not None
    hub = await cluster.leader()
    hub.tell(signal.SIGSTOP)
    await cluster.leader(after=lease.term)
    hub.tell(signal.SIGCONT)
    await cluster.knows(hub, leads=False)
