"""The only operator's telephone is in use: the caller is offered to it again after a pause (CH-08, LV-08)."""

import asyncio
from pathlib import Path

import pytest

from hub.conversations.conversation import InQueue, WithOperator
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import town

pytestmark = pytest.mark.peers

PAUSE_S = 2


async def test_a_telephone_in_use_rings_again(exchange: Asterisk, tmp_path: Path) -> None:
    # CH-08, LV-08
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    centre = CENTRE.replace("queues =", f"routing = {{{{ refusal_s = {PAUSE_S} }}}}\nqueues =")
    config = centre.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(tmp_path, config) as (house, hub), people(house) as crowd, town(exchange, tmp_path, ends_calls=True) as around:
        board = Switchboard(hub, crowd, await crowd.admin(), around, exchange)
        clerk = await board.operator("op1")
        busy = await around.refuses("op1")
        citizen = await around.calls(wait(1), press("0"), number="79160000081")
        await busy.over()
        await board.becomes("+79160000081", InQueue)
        telephone = await around.answers("op1")
        head = await board.becomes("+79160000081", WithOperator)
        await board.joined()
        await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
        await asyncio.gather(citizen.over(), telephone.over())
