"""Heartbeats: each hub asks every other one every few seconds; one heard of recently is up."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from math import inf

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

MISSED = 3
"""Missed beats after which a centre is not up."""


class Beats:
    def __init__(self, own: str, centres: Sequence[str], beat_s: float) -> None:
        self._own, self._beat_s = own, beat_s
        self._client = Client()
        self._heard = dict.fromkeys(centres, -inf)
        """Time of the last beat, by the clock of the loop."""

    def up(self, centre: str) -> bool:
        now = asyncio.get_running_loop().time()
        return now - self._heard.get(centre, -inf) < MISSED * self._beat_s

    async def begin(self, client: Client) -> None:
        self._client = client
        await client.subscribe(f"line.{self._own}.*.beat", cb=self._answer)

    async def ask(self, centre: str) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            with suppress(NatsError):
                await self._client.request(f"line.{centre}.{self._own}.beat", timeout=self._beat_s)
                self._heard[centre] = began
            await asyncio.sleep(began + self._beat_s - loop.time())

    async def _answer(self, asked: Msg) -> None:
        source = asked.subject.split(".")[2]
        if source in self._heard:
            self._heard[source] = asyncio.get_running_loop().time()
        with suppress(NatsError):
            await asked.respond(b"")
