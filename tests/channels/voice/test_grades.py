"""A caller whose operator has put down is asked how content he was, and says it by a key (OC-03)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.voice.call_phrases import ASKS, GRADED
from hub.conversations.conversation import WithOperator
from hub.conversations.message import Author, Message
from hub.quality.csat import Csat
from hub.quality.review import key_of
from tests.channels.voice.ami_listener import at
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import town
from tests.rig import eventually

pytestmark = pytest.mark.peers

NUMBER = "+79160000041"


@pytest.fixture
async def board(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    config = 'quality = { csat_channels = ["voice"] }\n' + CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(tmp_path, config) as (house, hub), people(house) as crowd, town(exchange, tmp_path, ends_calls=True) as around:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


async def test_a_caller_presses_a_key_when_his_operator_has_put_down(board: Switchboard, exchange: Asterisk) -> None:  # OC-03
    clerk = await board.operator("op1")
    telephone = await board.town.answers("op1", wait(1), hangs_up=True)
    citizen = await board.town.calls(wait(3), press("0"), number=NUMBER.removeprefix("+"))
    head = await board.becomes(NUMBER, WithOperator)
    await telephone.over()
    await board.spoken(ASKS)
    listed = await asyncio.to_thread(exchange.cli, "core show channels concise")
    channel, = [line.split("!")[0] for line in listed.splitlines() if NUMBER.removeprefix("+") in line.split("!")[7]]
    async with at(exchange) as manager:
        async def graded() -> bool:
            await manager.ami.wish("PlayDTMF", Channel=channel, Digit="4", Receive="true")
            await asyncio.sleep(0.2)  # the pace of a finger: before the question is heard, it answers nothing
            return any(each.grade for each in await board.store.all(Csat))
        await eventually(graded)
    await board.spoken(GRADED)
    await citizen.over()
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})

    async def known() -> bool:
        (grade,), now = await board.store.all(Csat), await board.call(NUMBER)
        return now.served is not None and grade.key == key_of(now.id, now.served)
    await eventually(known)
    (grade,) = await board.store.all(Csat)
    assert (grade.grade, grade.operator, grade.queue, grade.channel) == (4, "op1", "general", "voice")
    said = [entry.text for entry in await board.journal(NUMBER) if isinstance(entry, Message) and entry.author is Author.CITIZEN]
    assert said == ["оператор"]  # what he has pressed is in no journal
