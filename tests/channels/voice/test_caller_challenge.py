"""Callers of whom a key is asked, through the whole hub and a real Asterisk (SE-02)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.conversations.address import Address
from hub.conversations.conversation import Closed, InQueue, WithBot, WithOperator
from hub.intake.intake_filter import PRESS, PRESS_BLOCKED
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import town

pytestmark = pytest.mark.peers

SENDERS = """[flood_limits]
calls = 1
calls_within_min = 60
elsewhere = "Приходите."
"""


@pytest.fixture
async def board(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    config = CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub) + SENDERS
    async with near(tmp_path, config, "on") as (house, hub), people(house) as crowd, town(exchange, tmp_path, ends_calls=True) as around:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


async def test_a_person_passes_by_a_key_at_once(board: Switchboard) -> None:
    # SE-02
    await board.operator("op1")
    telephone = await board.town.answers("op1")
    first = await board.town.calls(wait(0.5), number="79160000001", hangs_up=True)
    await first.over()
    await board.becomes("+79160000001", Closed)
    # Pressed twice: the first time it may not have been asked yet, and to the robot it means nothing.
    again = await board.town.calls(wait(3), press("5"), wait(3), press("5"), wait(4), press("0"), wait(6), number="79160000001", hangs_up=True)
    await board.spoken(PRESS)
    head = await board.becomes("+79160000001", WithOperator)
    assert isinstance(head.holder, WithOperator)
    await again.over()
    await telephone.over()


async def test_who_is_silent_comes_to_a_person_last_and_who_is_blocked_and_silent_does_not(board: Switchboard) -> None:
    # SE-02: he may be unable to press; a machine that a leader has blocked leaves nothing behind, and rings nobody
    blocked = await board.admin.does("POST", "/api/blocks", {
        "family": "voice", "pattern": "+7916000000*", "reason": "обзвон", "days": 1, "effect": "refuse"})
    machine = await board.town.calls(number="79160000003")
    await (await board.town.calls(wait(0.5), number="79170000004", hangs_up=True)).over()
    await board.becomes("+79170000004", Closed)
    silent = await board.town.calls(wait(20), press("0"), wait(8), number="79170000004", hangs_up=True)
    await board.spoken(PRESS)
    await board.becomes("+79170000004", WithBot)  # only once he was asked twice
    head = await board.becomes("+79170000004", InQueue)
    assert isinstance(head.holder, InQueue)
    assert head.holder.yields
    await machine.over()
    await board.spoken(f"{PRESS_BLOCKED} Приходите.")
    assert await board.store.at_address(Address("voice.asterisk", "+79160000003")) is None
    # He is let through by a key all the same.
    person = await board.town.calls(wait(3), press("1"), wait(4), number="79160000003", hangs_up=True)
    await board.becomes_known("+79160000003")
    await asyncio.gather(person.over(), silent.over())
    assert blocked["pattern"] == "+7916000000*"
