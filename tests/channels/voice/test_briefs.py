"""An operator who picks up hears what the robot has noted before the citizen is joined (CH-09)."""

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.voice.call_phrases import brief
from channels.voice.phones import BRIEF_S
from channels.voice.prompts import RHVOICE, named, pieces
from hub.conversations.conversation import WithOperator
from hub.conversations.journal import StoredEvent
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_appointment import ready
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import town
from tests.rig import eventually

pytestmark = pytest.mark.peers


@pytest.fixture
async def board(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    config = 'robot = { project = "centre" }\n' + CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(tmp_path, config) as (house, hub), people(house) as crowd, town(exchange, tmp_path, ends_calls=True) as around:
        await ready(house, crowd)
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


async def noted(board: Switchboard, number: str) -> str:
    """The brief of a caller's conversation, once the robot has noted something."""
    async def so() -> bool:
        return bool(await told())

    async def told() -> str:
        records: list[StoredEvent] = await board.store.records((await board.call(number)).id, limit=1000)
        return brief(records)
    async with asyncio.timeout(PATIENCE_S):
        await eventually(so)
    return await told()


async def test_the_operator_hears_what_it_is_about(board: Switchboard, exchange: Asterisk) -> None:
    number = "+79160000091"
    citizen = await board.town.calls(wait(1), press("4"), wait(2), press("0"), number=number[1:])  # the fourth: «Мои права»
    await board.becomes_known(number)
    text = await noted(board, number)
    clerk = await board.operator("op1")
    telephone = await board.town.answers("op1", after_s=1.0)
    head = await board.becomes(number, WithOperator)
    await board.joined()
    sounds = [exchange.base / "sounds" / f"{named((*RHVOICE, piece))}.wav" for piece in pieces(text)]
    lengths_s = []
    for path in sounds:
        with wave.open(str(path)) as sound:
            lengths_s.append(sound.getnframes() / sound.getframerate())
    assert sum(lengths_s) <= BRIEF_S
    played = [line for line in exchange.log().splitlines() if "Playing" in line and sounds[0].stem in line]
    assert [line for line in played if "PJSIP/op1-" in line] == played != []
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await asyncio.gather(citizen.over(), telephone.over())


async def test_without_the_robot_there_is_nothing_to_hear(board: Switchboard) -> None:
    number = "+79160000092"
    clerk = await board.operator("op1")
    telephone = await board.town.answers("op1")
    citizen = await board.town.calls(wait(1), press("0"), number=number[1:])
    head = await board.becomes(number, WithOperator)
    await board.joined()
    assert not brief(await board.store.records(head.id, limit=1000))
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await asyncio.gather(citizen.over(), telephone.over())
