"""The hub is away while people wait and talk: nobody is dropped, and the state is right afterwards (CH-06, CH-14)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.conversations.conversation import InQueue, Promised, WithOperator
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers


@pytest.fixture
async def around(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    async with town(exchange, tmp_path, ends_calls=True) as those:
        yield those


@asynccontextmanager
async def open_hub(exchange: Asterisk, around: Town, folder: Path) -> AsyncIterator[Switchboard]:
    config = CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(folder, config) as (house, hub), people(house) as crowd:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


@pytest.mark.smoke
async def test_who_waits_keeps_his_place_while_the_hub_is_away(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-06, CH-14
    async with open_hub(exchange, around, tmp_path) as board:
        citizen = await around.calls(wait(3), press("0"), number="79160000011")
        before = await board.becomes("+79160000011", InQueue)
    async with open_hub(exchange, around, tmp_path) as board:
        await around.answers("op1")
        await board.operator("op1")
        after = await board.becomes("+79160000011", WithOperator)
        assert after.id == before.id
        await asyncio.to_thread(exchange.hang_up_all)
        await citizen.over()


async def test_who_hangs_up_while_the_hub_is_away_has_left(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-14
    async with open_hub(exchange, around, tmp_path) as board:
        citizen = await around.calls(wait(3), press("0"), wait(4), number="79160000012", hangs_up=True)
        await board.becomes("+79160000012", InQueue)
    await citizen.over()
    async with open_hub(exchange, around, tmp_path) as board:
        await board.becomes("+79160000012", Promised)


async def test_who_talks_goes_on_talking_while_the_hub_is_away(exchange: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-06
    async with open_hub(exchange, around, tmp_path) as board:
        telephone = await around.answers("op1")
        await board.operator("op1")
        citizen = await around.calls(wait(3), press("0"), number="79160000013")
        await board.becomes("+79160000013", WithOperator)
        await board.joined()
    async with open_hub(exchange, around, tmp_path) as board:
        await board.joined()
        await asyncio.to_thread(exchange.hang_up_all)
        await asyncio.gather(citizen.over(), telephone.over())

        async def left() -> bool:
            holder = (await board.call("+79160000013")).holder
            return isinstance(holder, WithOperator) and holder.left is not None
        await eventually(left)
