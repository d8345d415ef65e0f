"""Parcels to send, and somebody who keeps what comes as a hub does."""

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta

from hub.federation.envelope import Envelope
from hub.federation.ports import Link
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import LinkError
from tests.channels.line import PATIENCE_S

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def parcel(source: str, to: str, number: int = 1, *, kind: str = "conversation.said") -> Envelope:
    data = json.dumps({"text": f"Здравствуйте, это «{number}»", "number": number}, ensure_ascii=False).encode()
    return Envelope(f"{source}-261124-{number:05d}.k.{to}", kind, source, to, NOW + timedelta(seconds=number), 1, data, TRACE)


async def insist(link: Link, sent: Envelope) -> None:
    """Send as a hub does: until it is known to be on this side's disk, under the same id."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(LinkError):
                await link.send(sent)
                return


class Keeper:
    """Takes what comes in the background, each by its id, and remembers how often and in which order."""

    def __init__(self, link: Link) -> None:
        self.kept: list[Envelope] = []
        self._news = asyncio.Condition()
        self._tasks = BackgroundTasks()
        self._tasks.spawn(self._keep(link))

    async def _keep(self, link: Link) -> None:
        async with aclosing(link.receive()) as parcels:
            async for each in parcels:
                async with self._news:
                    self.kept.append(each)
                    self._news.notify_all()

    def ids(self, source: str) -> list[str]:
        return [each.id for each in self.kept if each.source == source]

    async def has(self, enough: Callable[[list[Envelope]], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: bool(self.kept) and enough(self.kept))

    async def count(self, number: int) -> None:
        await self.has(lambda kept: len(kept) >= number)

    async def stop(self) -> None:
        await self._tasks.cancel()
