"""No screen needs a refresh: a hundred conversations move while it has no line and its hub starts anew, and it shows what is."""

import pytest

from tests.browser.no_refresh import Moving
from tests.browser.stage import Stage
from tests.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_hundred_conversations_move_while_nobody_looks(stage: Stage, hub: House) -> None:
    # CH-06, CH-08; how soon it is right is for benchmarks/desk.py
    async with Moving(stage, hub) as settings_transfer:
        await settings_transfer.caught_up()
