"""Residents and operators who go on talking whatever happens to several hubs, and others who come newly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

import aiohttp

from tests.house import People
from tests.journeys.ledger import faults_of
from tests.journeys.street import Attendant, Resident, Street
from tests.peers.cluster import Cluster

QUESTIONS = ["Как получить загранпаспорт?", "Где получить справку о несудимости?", "Как записать ребёнка в школу?"]
TOGETHER_S = 240
NEVER = 1_000_000
"""Nobody falls silent before it is time to go home."""


class Crowd:
    """Residents and operators who go on talking whatever happens to the hubs, and what is wrong afterwards."""

    def __init__(self, cluster: Cluster, present: People, chance: Random, citizens: int, clerks: int) -> None:
        self.street, self._present, self._chance = Street(cluster, NEVER), present, chance
        self.residents = [Resident(n, self.street, present.http, Random(chance.random()), QUESTIONS, calls=n < 2 * clerks) for n in range(citizens)]
        self._clerks = clerks

    async def live(self, trouble: Callable[[Street], Awaitable[None]]) -> list[str]:
        """Everything that is amiss once the trouble is over and all have gone home."""
        admin = await self._present.admin()
        attendants = [Attendant(await self._present.clerk(admin), self.residents[2 * n:2 * n + 2], self.street, Random(self._chance.random()))
                      for n in range(self._clerks)]
        async with asyncio.TaskGroup() as tasks:
            for someone in (*(resident.live() for resident in self.residents), *(attendant.work() for attendant in attendants)):
                tasks.create_task(someone)
            await trouble(self.street)
            await asyncio.gather(*(someone.in_line.wait() for attendant in attendants for someone in attendant.residents))
            self.street.home.set()
        replies = {c: kept for attendant in attendants for c, kept in attendant.replies.items()}
        assert all(replies.values())
        return [fault for each in self.residents for fault in await faults_of(each, admin, replies.get(each.citizen.conversation, {}))]


class Callers:
    """Who comes newly, one after the other, and how each is answered."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.all: list[int] = []
        self._news = asyncio.Event()

    async def come(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                try:
                    async with http.post(f"{self._base}/chat/sessions", json={}) as answer:
                        self.all.append(answer.status)
                except aiohttp.ClientConnectionError:
                    continue  # a hub that ends hangs up on whoever has just come and said nothing yet: he comes again
                self._news.set()

    async def more(self, count: int) -> None:
        until = len(self.all) + count
        while len(self.all) < until:
            self._news.clear()
            await self._news.wait()


@asynccontextmanager
async def callers(cluster: Cluster) -> AsyncIterator[Callers]:
    come = Callers(cluster.base)
    coming = asyncio.create_task(come.come())
    try:
        yield come
    finally:
        coming.cancel()
