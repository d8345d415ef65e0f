"""An Ami whose events a test can wait for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest

from channels.voice import events
from channels.voice.ami import PATIENT, Ami, AmiEndpoint, AmiTimeouts
from tests.channels.line import PATIENCE_S
from tests.peers.asterisk import PASSWORD, USER, Asterisk

E = TypeVar("E", bound=events.Event)


async def nothing() -> None:
    """Nothing to reconcile."""


class AmiListener:
    def __init__(self, port: int, password: str = PASSWORD, patience: AmiTimeouts = PATIENT,
                 on_up: Callable[[], Coroutine[None, None, None]] = nothing) -> None:
        self.heard: list[events.Event] = []
        self._changed = asyncio.Event()
        self.ami = Ami(AmiEndpoint("127.0.0.1", port, USER, password), self._hear, on_up, patience=patience)

    def _hear(self, event: events.Event) -> None:
        self.heard.append(event)
        self._changed.set()

    async def hears(self, kind: type[E], fits: Callable[[E], bool] = lambda _: True) -> E:
        """The first event of a kind that fits, of those before and those to come."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    for event in self.heard:
                        if isinstance(event, kind) and fits(event):
                            return event
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pytest.fail(f"no {kind.__name__} among {self.heard}")


@asynccontextmanager
async def at(exchange: Asterisk) -> AsyncIterator[AmiListener]:
    """Connected to a real Asterisk."""
    ear = AmiListener(exchange.ami)
    await ear.ami.connect()
    try:
        yield ear
    finally:
        ear.ami.close()
