"""Calls through the whole hub and a real Asterisk: robot, line, operator's telephone, and the end (CH-01, CH-10, LV-08)."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.voice.prompts import RHVOICE, named, pieces
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithOperator
from hub.conversations.journal import CallStage, HandedOver, Offered, Telephoned
from hub.conversations.message import Author, Message
from okno.app import Hub
from tests.channels.line import PATIENCE_S
from tests.house import Clerk, People, people
from tests.http.test_announcements import in_force
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers

CENTRE = """centre = {{ code = "077", name = "Контакт-центр" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
[[channels]]
driver = "voice.asterisk"
settings = {{ password_file = "{base}/password", sounds = "{base}/sounds", recordings = "{base}/recordings", port = {ami}, listen_port = {hub} }}
"""


class Switchboard:
    """A hub in this process with an Asterisk beside it, and whoever works and calls there."""

    def __init__(self, hub: Hub, crowd: People, admin: Clerk, around: Town, exchange: Asterisk) -> None:
        self.store, self.crowd, self.admin, self.town, self._exchange = hub.store, crowd, admin, around, exchange

    async def operator(self, login: str) -> Clerk:
        """Somebody on duty whose telephone has his name."""
        clerk = await self._signed_in(login, "operator")
        await clerk.does("PUT", "/api/presence", {"presence": "ready"})
        return clerk

    async def senior(self, login: str) -> Clerk:
        """Somebody who is offered nothing."""
        return await self._signed_in(login, "senior")

    async def _signed_in(self, login: str, role: str) -> Clerk:
        opened = await self.admin.does("POST", "/api/operators", {"login": login, "name": login.title(), "role": role, "queues": ["general"]})
        return await self.crowd.stranger(login).sign_in(opened["one_time_password"])

    async def call(self, number: str) -> Conversation:
        """The conversation of a caller, as it is stored."""
        head: Conversation | None = await self.store.at_address(Address("voice.asterisk", number))
        assert head is not None
        return head

    async def becomes_known(self, number: str) -> None:
        """Wait until the call is a conversation."""
        async def so() -> bool:
            return await self.store.at_address(Address("voice.asterisk", number)) is not None
        await eventually(so)

    async def becomes(self, number: str, holder: type) -> Conversation:
        async def so() -> bool:
            head = await self.store.at_address(Address("voice.asterisk", number))
            return head is not None and isinstance(head.holder, holder)
        async with asyncio.timeout(PATIENCE_S):
            await eventually(so)
        return await self.call(number)

    async def becomes_of(self, number: str, operator: str) -> None:
        """Wait until this operator has the call."""
        async def his() -> bool:
            holder = (await self.call(number)).holder
            return isinstance(holder, WithOperator) and holder.operator == operator
        async with asyncio.timeout(PATIENCE_S):
            await eventually(his)

    async def joined(self) -> None:
        """Wait until two hear each other."""
        async def so() -> bool:
            bridges = self._exchange.cli("bridge show all").splitlines()[1:]
            return any(re.search(r"\b2\b", line) for line in bridges)
        async with asyncio.timeout(PATIENCE_S):
            await eventually(so)

    async def spoken(self, text: str) -> None:
        """Wait until a text was made a sound for somebody who listens."""
        sounds = [self._exchange.base / "sounds" / f"{named((*RHVOICE, piece))}.wav" for piece in pieces(text)]
        async with asyncio.timeout(PATIENCE_S):
            while not all(sound.exists() for sound in sounds):  # noqa: ASYNC110 - no event of ours
                await asyncio.sleep(0.05)

    async def detail(self, number: str) -> list[Telephoned]:
        """What is told of a call that is over."""
        async def over() -> bool:
            return any(isinstance(entry, Telephoned) and entry.stage is CallStage.ENDED for entry in await self.journal(number))
        async with asyncio.timeout(PATIENCE_S):
            await eventually(over)
        return [entry for entry in await self.journal(number) if isinstance(entry, Telephoned)]

    async def journal(self, number: str) -> list[object]:
        return [record.entry for record in await self.store.records((await self.call(number)).id, limit=1000)]


@pytest.fixture
async def board(exchange: Asterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    config = CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(tmp_path, config) as (house, hub), people(house) as crowd, town(exchange, tmp_path, ends_calls=True) as around:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


@pytest.mark.smoke
async def test_a_call_reaches_an_operator_by_one_key(board: Switchboard) -> None:
    # CH-01, CH-10, CH-12, CH-13, LV-08, SL-02
    await board.operator("op1")
    telephone = await board.town.answers("op1")
    citizen = await board.town.calls(wait(3), press("0"), wait(6), number="79160000001", hangs_up=True)
    head = await board.becomes("+79160000001", WithOperator)
    assert isinstance(head.holder, WithOperator)
    assert head.holder.operator == "op1"
    await board.joined()
    await citizen.over()
    await telephone.over()
    journal = await board.journal("+79160000001")
    said = [entry for entry in journal if isinstance(entry, Message)]
    assert "робот" in said[0].text
    assert [entry.text for entry in said if entry.author is Author.CITIZEN] == ["оператор"]
    assert len([entry for entry in journal if isinstance(entry, Offered)]) == 1
    assert [entry.why for entry in journal if isinstance(entry, HandedOver)][-1] == "accepted"
    async def left() -> bool:
        holder = (await board.call("+79160000001")).holder
        return isinstance(holder, WithOperator) and holder.left is not None
    await eventually(left)
    detail = await board.detail("+79160000001")
    assert [(entry.stage, entry.party, entry.cause) for entry in detail] == [
        (CallStage.BEGAN, "88001002030", 0), (CallStage.JOINED, "op1", 0), (CallStage.PARTED, "op1", 0), (CallStage.ENDED, "", 16)]
    assert len({entry.call for entry in detail}) == 1
    picked_up = datetime.fromtimestamp((await telephone.until("SIP/2.0 200")).at, UTC)
    assert timedelta(0) < detail[1].at - picked_up < timedelta(seconds=2)


async def test_who_hangs_up_in_line_is_promised_a_call(board: Switchboard) -> None:
    # CH-14
    citizen = await board.town.calls(wait(3), press("0"), wait(4), number="79160000002", hangs_up=True)
    await board.becomes("+79160000002", InQueue)
    await citizen.over()
    head = await board.becomes("+79160000002", Promised)
    assert head.promise is not None
    assert head.promise.address.value == "+79160000002"


async def test_a_telephone_that_refuses_passes_the_call_to_the_next(board: Switchboard) -> None:
    # LV-08
    await board.operator("op1")
    await board.operator("op2")
    await board.town.refuses("op1")
    await board.town.answers("op2")
    citizen = await board.town.calls(wait(3), press("0"), wait(8), number="79160000003", hangs_up=True)
    head = await board.becomes("+79160000003", WithOperator)
    assert isinstance(head.holder, WithOperator)
    assert head.holder.operator == "op2"
    await citizen.over()


async def test_the_end_of_the_conversation_ends_the_call(board: Switchboard) -> None:
    # CH-14
    clerk = await board.operator("op1")
    telephone = await board.town.answers("op1")
    citizen = await board.town.calls(wait(3), press("0"), number="79160000004")
    head = await board.becomes("+79160000004", WithOperator)
    await board.joined()
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await telephone.over()
    await citizen.over()
    assert isinstance((await board.call("+79160000004")).holder, Closed)


@pytest.mark.smoke
async def test_a_transfer_rings_the_colleague_and_frees_the_first(board: Switchboard) -> None:
    # LV-08
    clerks = {name: await board.operator(name) for name in ("op1", "op2")}
    telephone, second = await board.town.answers("op1"), await board.town.answers("op2")
    citizen = await board.town.calls(wait(3), press("0"), number="79160000005")
    head = await board.becomes("+79160000005", WithOperator)
    assert isinstance(head.holder, WithOperator)
    giver, taker = ("op1", "op2") if head.holder.operator == "op1" else ("op2", "op1")
    await clerks[giver].does("POST", f"/api/conversations/{head.id}/transfer", {"operator": taker, "note": "о паспорте"})
    await (telephone if giver == "op1" else second).over()
    await board.becomes_of("+79160000005", taker)
    await board.joined()
    await clerks[taker].does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await citizen.over()


async def test_callers_hear_what_is_announced_and_reach_a_person(board: Switchboard) -> None:
    # CH-11
    author, boss = await board.crowd.clerk(board.admin, "designer"), await board.crowd.clerk(board.admin, "supervisor")
    await in_force(author, boss, "portal", "Портал не работает")
    await in_force(author, boss, "line", "Ждать придётся дольше", "joining", ("general",))
    await board.town.calls(number="79160000006")
    await board.spoken("Объявление. Портал не работает")
    await board.town.calls(wait(3), press("0"), number="79160000007")
    await board.becomes("+79160000007", InQueue)
    await board.spoken("Объявление. Ждать придётся дольше")
