"""Several hubs on one store, with a line to a centre on another: whatever dies, what goes within and what goes over the line is there once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from tests.house import house_in, people
from tests.journeys.branches import Country
from tests.journeys.country import MUNICIPAL, REGIONAL, settled
from tests.journeys.country_ledger import faults_at_rest
from tests.journeys.crowd import TOGETHER_S, Crowd
from tests.journeys.street import Street
from tests.journeys.test_cluster import EVERY_S, MINUTES, leader_dies, leader_sleeps, primary_dies, waiting_hub_dies
from tests.journeys.test_kill import seed
from tests.peers.cluster import Cluster, cluster_in
from tests.peers.mongo import replicas
from tests.peers.nats import Federation, Server, federation

AWAY_S = 3
Harm = Callable[[], Awaitable[None]]


@pytest.mark.timeout(2 * TOGETHER_S + 90 * MINUTES)
async def test_whatever_dies_on_either_side_of_a_line(tmp_path: Path) -> None:
    # LV-01, LV-04, CH-06, RT-08, SL-01: hubs, the store's primary, the servers of the line
    chance, done = Random(seed()), Counter[str]()
    with replicas(3) as store, federation() as servers, house_in(tmp_path / MUNICIPAL, settled(tmp_path / MUNICIPAL, MUNICIPAL, servers)) as house:
        config = settled(tmp_path / REGIONAL, REGIONAL, servers)
        async with (cluster_in(config.parent, store, config=config) as cluster, people(cluster) as here, people(house) as there,
                    asyncio.timeout(2 * TOGETHER_S + 90 * MINUTES)):
            country, over = Country(Random(chance.random())), asyncio.Event()
            for code, each, present in ((REGIONAL, cluster, here), (MUNICIPAL, house, there)):
                await country.add(code, each, present).open(4, ready=False)
            crowd = Crowd(cluster, here, chance, 8, 2)

            async def trouble(street: Street) -> None:
                for name, harm in harms(cluster, servers, chance):
                    next_at = monotonic() + (EVERY_S if MINUTES else 0)
                    await street.more(20)
                    print(f"{datetime.now(UTC):%H:%M:%S} {name}")
                    await harm()
                    print(f"{datetime.now(UTC):%H:%M:%S} survived")
                    done[name] += 1
                    await asyncio.sleep(next_at - monotonic())
                await street.more(20)
                over.set()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(country.live(partial(country.keep_coming, 5, over)))
                within = tasks.create_task(crowd.live(trouble))
            faults, became = await faults_at_rest(country, servers)
            print(f"{crowd.street.acknowledged} acknowledged within; handed over: {dict(became)}; died: {dict(done)}")
            assert not [*within.result(), *faults], "\n".join([*within.result(), *faults][:20])


def harms(cluster: Cluster, servers: Federation, chance: Random) -> Iterator[tuple[str, Harm]]:
    """Each once, or any of them for so many minutes; what concerns the store alone test_cluster.py has every day."""
    end = monotonic() + MINUTES * 60
    within = (leader_dies, primary_dies, leader_sleeps, waiting_hub_dies) if MINUTES else (leader_dies,)
    every: tuple[tuple[str, Harm], ...] = (
        *((harm.__name__, partial(harm, cluster)) for harm in within),
        *((f"server_of_{code}_dies", partial(server_dies, servers.servers[code], chance)) for code in (REGIONAL, MUNICIPAL)))
    yield from every
    while monotonic() < end:
        yield chance.choice(every)


async def server_dies(server: Server, chance: Random) -> None:
    server.kill()
    await asyncio.sleep(chance.uniform(0, AWAY_S))
    await asyncio.to_thread(server.start)
