"""A transfer key of a telephone, or a REFER of the citizen's: the talk goes on, for calls are passed on at the desk alone (CH-09)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.conversations.conversation import WithOperator
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import TRUNK, Asterisk
from tests.peers.scenarios import passes_on, press, refer, wait
from tests.peers.sipp import town

pytestmark = pytest.mark.peers

NUMBER = "79160000071"


@pytest.fixture
async def board(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    config = CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(tmp_path, config) as (house, hub), people(house) as crowd, town(exchange, tmp_path, ends_calls=True) as around:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


async def test_nobody_is_thrown_out_by_a_transfer_of_his_own(board: Switchboard, exchange: Asterisk) -> None:
    # CH-09
    clerk = await board.operator("op1")
    colleague = f"sip:op2@{TRUNK}:{exchange.sip}"
    telephone = await board.town.answers("op1", wait(2), refer(colleague))
    citizen = await board.town.calls(wait(1), press("0"), wait(6), passes_on(NUMBER, colleague), number=NUMBER)
    await asyncio.gather(telephone.until("SIP/2.0 603"), citizen.until("SIP/2.0 603"))
    await board.joined()
    head = await board.becomes(f"+{NUMBER}", WithOperator)
    holder = head.holder
    assert isinstance(holder, WithOperator)
    assert (holder.operator, holder.left) == ("op1", None)
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await asyncio.gather(telephone.over(), citizen.over())
    assert len((await board.admin.does("GET", "/api/inbox?view=recent"))["conversations"]) == 1
