"""Operators dial at their telephones: each call is in the same journal as those that come in (CH-01)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.conversations.conversation import Closed, InQueue, WithBot, WithOperator
from hub.conversations.journal import DIALLED, CallStage, HandedOver, Telephoned
from hub.conversations.message import Message
from hub.reporting.contact_history import ContactProjection
from hub.telephony.outbound_calls import ANSWERED, BEGUN
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_call_originator import open_hub
from tests.channels.voice.test_telephone import Switchboard
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import wait
from tests.peers.sipp import Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers


@pytest.fixture
async def around(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    for name in ("sounds", "recordings"):
        (quiet.base / name).mkdir(exist_ok=True)
    async with town(quiet, tmp_path) as those:
        yield those


@pytest.fixture
async def board(quiet: Asterisk, around: Town, tmp_path: Path) -> AsyncIterator[Switchboard]:
    async with open_hub(quiet, around, tmp_path) as switchboard:
        yield switchboard


@pytest.mark.smoke
async def test_a_number_that_an_operator_dials_is_his_conversation(board: Switchboard) -> None:
    # CH-01, CH-12, CH-13
    await board.operator("op1")
    citizen = await board.town.answers("trunk", wait(2), hangs_up=True)
    telephone = await board.town.operator_calls("op1", "89160000051")
    head = await board.becomes("+79160000051", WithOperator)
    assert isinstance(head.holder, WithOperator)
    assert (head.holder.operator, head.holder.queue) == ("op1", "general")
    await board.joined()
    await asyncio.gather(citizen.over(), telephone.over())
    assert "88001002030" in citizen.header("From")
    detail = await board.detail("+79160000051")
    assert [(entry.stage, entry.party) for entry in detail] == [
        (CallStage.BEGAN, ""), (CallStage.JOINED, "op1"), (CallStage.PARTED, "op1"), (CallStage.ENDED, "")]
    journal = await board.journal("+79160000051")
    texts = [entry.text for entry in journal if isinstance(entry, Message)]
    assert texts[:2] == [BEGUN, ANSWERED]
    assert [entry.by for entry in journal if isinstance(entry, HandedOver) and entry.why == DIALLED] == ["op1", "op1"]
    stories = ContactProjection()
    stories.read(await board.store.moves_of([head.id]))
    assert [contact.callback for contact in stories.contacts] == [True]


async def test_a_colleague_is_called_and_the_journal_has_it(board: Switchboard) -> None:
    # CH-01, CH-12
    await board.operator("op1")
    await board.operator("op2")
    colleague = await board.town.answers("op2", wait(2), hangs_up=True)
    telephone = await board.town.operator_calls("op1", "op2")
    await asyncio.gather(colleague.over(), telephone.over())
    assert "op1" in colleague.header("From")
    head = await board.becomes("inside:op1", Closed)
    assert [entry.party for entry in await board.detail("inside:op1")] == ["", "op1", "op1", ""]
    moves = [entry for entry in await board.journal("inside:op1") if isinstance(entry, HandedOver)]
    assert [type(move.holder) for move in moves] == [WithBot, InQueue, WithOperator, Closed]
    stories = ContactProjection()
    stories.read(await board.store.moves_of([head.id]))
    assert stories.contacts == []


@pytest.mark.parametrize("dialled", ["101", "nobody", "op1", "+18095551234", "88095550101"])
async def test_what_is_no_number_or_a_dear_one_calls_nobody(board: Switchboard, dialled: str) -> None:
    # CH-01
    await board.operator("op1")
    citizen = await board.town.answers("trunk")
    telephone = await board.town.operator_calls("op1", dialled)
    await telephone.over()
    assert citizen.wire() == []


async def test_an_operator_who_puts_down_calls_it_off(board: Switchboard) -> None:
    # CH-01
    await board.operator("op1")
    citizen = await board.town.rings("trunk")
    telephone = await board.town.operator_calls("op1", "89160000052", wait(3), hangs_up=True)
    await asyncio.gather(citizen.over(), telephone.over())
    head = await board.call("+79160000052")
    assert isinstance(head.holder, WithOperator)

    async def told() -> bool:
        return any(isinstance(entry, Message) and "положил трубку" in entry.text for entry in await board.journal("+79160000052"))
    async with asyncio.timeout(PATIENCE_S):
        await eventually(told)
    assert not [entry for entry in await board.journal("+79160000052") if isinstance(entry, Telephoned)]
