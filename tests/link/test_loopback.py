"""Centres of one process, linked in memory."""

from collections.abc import AsyncGenerator

import pytest

from hub.link.loopback import Loopback, LoopbackLink
from tests.link.contract import CENTRES, FEDERAL, REGIONAL, Lines, LinkContract


class InMemory:
    def __init__(self) -> None:
        self._lines = Loopback(CENTRES)

    def link(self, centre: str) -> LoopbackLink:
        return self._lines.link(centre)

    async def cut(self) -> None:
        await self._lines.cut(FEDERAL, REGIONAL)

    async def mend(self) -> None:
        await self._lines.mend(FEDERAL, REGIONAL)


class TestLoopback(LinkContract):
    @pytest.fixture
    async def lines(self) -> AsyncGenerator[Lines, None]:
        yield InMemory()
