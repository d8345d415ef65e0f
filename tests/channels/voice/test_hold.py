"""A caller in line hears the place again, and is called back instead for a key (CH-14)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from channels.voice.call_phrases import CALL_BACK
from hub.conversations.conversation import InQueue, Promised
from hub.conversations.message import Author, Message
from hub.dispatch.overflow import ANSWER_LATER
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import town

pytestmark = pytest.mark.peers


@pytest.fixture
async def board(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    config = CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub).replace("settings = { ", "settings = { hold_s = 5, ")
    async with near(tmp_path, config) as (house, hub), people(house) as crowd, town(exchange, tmp_path, ends_calls=True) as around:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


async def test_a_key_ends_waiting_with_a_promise(board: Switchboard) -> None:
    # CH-14, SL-05
    number = "+79160000095"
    citizen = await board.town.calls(wait(1), press("0"), wait(40), press("1"), number=number[1:])
    await board.becomes(number, InQueue)
    await board.spoken(CALL_BACK)
    head = await board.becomes(number, Promised)
    assert head.promise is not None
    assert head.promise.address.value == number
    await citizen.over()  # the hub has said that it will call, and hung up
    said = [entry for entry in await board.journal(number) if isinstance(entry, Message)]
    assert [entry.text for entry in said if entry.author is Author.CITIZEN] == ["оператор", ANSWER_LATER]
    await board.spoken(next(entry.text for entry in said if "перезвоним" in entry.text))
    assert isinstance((await board.call(number)).holder, Promised)
