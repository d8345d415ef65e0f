"""The transfer key of an operator's telephone is the desk's transfer; a REFER of the citizen's changes nothing (CH-09)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.conversations.citizen_left import GONE
from hub.conversations.conversation import WithOperator
from hub.conversations.journal import HandedOver
from hub.conversations.message import Message
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


async def test_the_transfer_key_of_a_telephone_transfers_as_the_desk_does(board: Switchboard, exchange: Asterisk) -> None:
    # CH-09
    await board.operator("op1")
    telephone = await board.town.answers("op1", wait(2), refer(f"sip:op2@{TRUNK}:{exchange.sip}"), wait(0.5), hangs_up=True)
    citizen = await board.town.calls(wait(1), press("0"), number=NUMBER)
    await telephone.until("SIP/2.0 200")
    second = await board.operator("op2")
    colleague = await board.town.answers("op2")
    await telephone.until("REFER")
    await board.becomes_of(f"+{NUMBER}", "op2")
    await colleague.until("ACK")
    await board.joined()
    journal = await board.journal(f"+{NUMBER}")
    assert [(entry.why, entry.by) for entry in journal if isinstance(entry, HandedOver)][-2:] == [("transferred", "op1"), ("accepted", "op2")]
    assert GONE not in [entry.text for entry in journal if isinstance(entry, Message)]
    head = await board.call(f"+{NUMBER}")
    await second.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await asyncio.gather(telephone.over(), colleague.over(), citizen.over())


@pytest.mark.parametrize(("to", "number"), [("89160000000", "79160000072"), ("anna-k", "79160000077")])
async def test_a_transfer_to_nobody_brings_the_citizen_back(board: Switchboard, exchange: Asterisk, to: str, number: str) -> None:
    # CH-09: the hub is asked about names with a hyphen, too
    clerk = await board.operator("op1")
    telephone = await board.town.answers("op1", wait(2), refer(f"sip:{to}@{TRUNK}:{exchange.sip}"), wait(0.5), hangs_up=True)
    citizen = await board.town.calls(wait(1), press("0"), number=number)
    head = await board.becomes(f"+{number}", WithOperator)
    await telephone.over()
    again = await board.town.answers("op1")
    await again.until("ACK")
    await board.joined()
    notes = [entry.text for entry in await board.journal(f"+{number}") if isinstance(entry, Message)]
    assert [note for note in notes if note.startswith(f"С телефона не передано «{to}»")]
    assert GONE not in notes
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await asyncio.gather(again.over(), citizen.over())


async def test_a_citizen_transfers_nobody(board: Switchboard, exchange: Asterisk) -> None:
    # CH-09
    number = "79160000073"
    clerk = await board.operator("op1")
    telephone = await board.town.answers("op1")
    citizen = await board.town.calls(wait(1), press("0"), wait(6), passes_on(number, f"sip:op2@{TRUNK}:{exchange.sip}"), number=number)
    await citizen.until("SIP/2.0 603")
    await board.joined()
    head = await board.becomes(f"+{number}", WithOperator)
    holder = head.holder
    assert isinstance(holder, WithOperator)
    assert (holder.operator, holder.left) == ("op1", None)
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await asyncio.gather(telephone.over(), citizen.over())
    assert len((await board.admin.does("GET", "/api/inbox?view=recent"))["conversations"]) == 1
