from collections.abc import AsyncIterator

import pytest

from tests.peers.telegram import BotApi


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi().running() as api:
        yield api
