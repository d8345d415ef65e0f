"""One, two and four hubs on three members of MongoDB: what a message costs and where, how long a claim takes among many, and a takeover.

Citizens come to all hubs alike; one of them leads (docs/decisions/0081-many-hubs.md). Processor time is counted for each process by /proc:
on a machine with few cores the rate says what the client and the store took, too.
"""

import asyncio
import itertools
import os
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp
import uvloop

from benchmarks.chat import SEEN, asking, percentile, sessions
from benchmarks.chat_client import closed_loop, open_loop, talkers
from benchmarks.report import report, rounded
from tests.house import Citizen, Clerk, House, people
from tests.journeys.street import GONE
from tests.peers.cluster import Cluster, cluster_in
from tests.peers.mongo import Replicas, emptied, replicas

COUNTS = (1, 2, 4)
ROUND_S, WINDOW = 5.0, 1
PEAK_PER_S, PEAK_S = 500, 10
CLAIMERS, CLAIMED = 16, 64
TAKEOVERS, TALKING, BETWEEN, AGAIN_S = 20, 4, 100, 0.1
"""How often the leader is killed, how many talk at each hub, how much is said in between, and when whoever was cut off comes again."""
GOALS = ["takeover_s <= 5", "per_s_4 >= 4000", "peak_p99_ms_4 <= 50"]


def cpu_s(pid: int) -> float:
    """Seconds of a processor that a process has used (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def messages(cluster: Cluster, servers: Replicas) -> dict[str, float]:
    """Closed loop at every door, then the country's peak; what a message costs the leader, all other hubs, and the store."""
    leader = await cluster.leader()
    others, count = [hub for hub in cluster.hubs if hub is not leader], len(cluster.hubs)
    asked = [address for hub in cluster.hubs for address in (await sessions(hub.base))[:100 // count]]
    asking_hub = await talkers(asked, b'"author":"bot"')
    await asyncio.sleep(1)  # the greetings are answers, too, and do not count
    seen = asking(itertools.cycle(SEEN))
    await closed_loop(asking_hub, seen, 1, WINDOW)
    stores = [member.pid for member in servers.members]

    def spent() -> list[float]:
        return [cpu_s(leader.pid), sum(cpu_s(hub.pid) for hub in others), sum(map(cpu_s, stores))]

    before = spent()
    rate, waited = await closed_loop(asking_hub, seen, ROUND_S, WINDOW)
    costs = [(after - had) / (rate * ROUND_S) * 1e6 for after, had in zip(spent(), before, strict=True)]
    peak = await open_loop(asking_hub, seen, PEAK_PER_S, PEAK_S)
    for talker in asking_hub:
        talker.transport.close()
    leads, doors, store = costs
    return {f"per_s_{count}": rounded(rate), f"p99_ms_{count}": percentile(waited, 99), f"peak_p99_ms_{count}": percentile(peak, 99),
            f"leader_cpu_us_{count}": rounded(leads), f"doors_cpu_us_{count}": rounded(doors), f"store_cpu_us_{count}": rounded(store),
            f"store_share_{count}": rounded(store / sum(costs))}


async def claims(cluster: Cluster) -> dict[str, float]:
    """Many operators at all doors want whoever waits in one line: how long a claim takes, and that each has one holder."""
    async with people(cluster) as crowd:
        admin = await crowd.admin()
        waiting = [await crowd.citizen() for _ in range(CLAIMED)]
        for citizen in waiting:
            await citizen.tell("позовите оператора")
            await citizen.line.hear("state", holder="queue")
        clerks = [await crowd.clerk(admin) for _ in range(CLAIMERS)]
        waits: list[float] = []
        won = await asyncio.gather(*(claim(clerk, waiting, waits) for clerk in clerks))
        assert sum(won) == CLAIMED
    return {"claim_p50_ms": percentile(waits, 50), "claim_p99_ms": percentile(waits, 99),
            "claims_per_s": rounded(len(waits) / sum(waits) * CLAIMERS)}


async def claim(clerk: Clerk, waiting: list[Citizen], waits: list[float]) -> int:
    """Take one after the other; how many were still free."""
    won = 0
    for citizen in waiting:
        start = perf_counter()
        status, _ = await clerk.act(citizen.conversation, "take")
        waits.append(perf_counter() - start)
        won += status == 200
    return won


async def takeover(cluster: Cluster) -> dict[str, float]:
    """From the moment in which the leader is killed until somebody new is served by another hub.

    People talk all the time, so that it may die in the midst of a transaction and leave its locks behind.
    """
    waits: list[float] = []
    told = asyncio.Semaphore(0)
    async with aiohttp.ClientSession() as http:
        talks = [asyncio.create_task(talk(http, hub, told)) for hub in cluster.hubs for _ in range(TALKING)]
        for _ in range(TAKEOVERS):
            for _ in range(BETWEEN):
                await told.acquire()
            leader = await cluster.leader()
            another = next(hub for hub in cluster.hubs if hub is not leader)
            start = perf_counter()
            leader.kill()
            await served(another)
            waits.append(perf_counter() - start)
            await cluster.begin_hub(leader)
        for each in talks:
            each.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
    return {"takeover_s": rounded(median(waits)), "takeover_longest_s": rounded(max(waits))}


async def talk(http: aiohttp.ClientSession, hub: House, told: asyncio.Semaphore) -> None:
    """Say one thing after the other, and come again whenever the hub is gone."""
    while True:
        try:
            citizen = await Citizen(http, hub.base).enter()
            while True:
                await citizen.tell("Где получить паспорт?")
                told.release()
        except GONE:
            await asyncio.sleep(AGAIN_S)


async def served(hub: House) -> None:
    async with aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.post(f"{hub.base}/chat/sessions") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                continue


async def measure(servers: Replicas) -> dict[str, float]:
    figures: dict[str, float] = {}
    for count in COUNTS:
        await emptied(servers.uri, "okno")
        with tempfile.TemporaryDirectory() as folder:
            async with cluster_in(Path(folder), servers, count) as cluster:
                figures |= await messages(cluster, servers)
                if count == COUNTS[-1]:
                    figures |= await claims(cluster)
    await emptied(servers.uri, "okno")
    with tempfile.TemporaryDirectory() as folder:
        async with cluster_in(Path(folder), servers, lease_s=3) as cluster:
            figures |= await takeover(cluster)
    return figures


def main() -> None:
    with replicas(3) as servers:
        report("hubs", uvloop.run(measure(servers)), GOALS)


if __name__ == "__main__":
    main()
