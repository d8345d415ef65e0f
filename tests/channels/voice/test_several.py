"""Several Asterisks for one hub: what happens to one touches no caller of another (CH-06, CH-10, CH-14, SL-05, LV-09)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator
from hub.conversations.delivery_status import Bookmark
from hub.conversations.journal import CallStage
from hub.conversations.message import Message
from hub.telephony.outbound_calls import ANSWERED, BEGUN
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_telephone import Switchboard
from tests.house import Clerk, people
from tests.paper import near
from tests.peers.asterisk import Asterisk, asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers

CENTRE = """centre = {{ code = "077", name = "Контакт-центр" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
notices = {{ quiet_from = "23:59", quiet_until = "23:59" }}
[[channels]]
driver = "voice.asterisk"
[channels.settings]
password_file = "{first.base}/password"
{hosts}
"""
HOST = """[[channels.settings.hosts]]
system = "{system}"
sounds = "{exchange.base}/sounds"
recordings = "{exchange.base}/recordings"
port = {exchange.ami}
listen_port = {exchange.hub}
"""


class Pair:
    """One hub, two exchanges, and the town around each."""

    def __init__(self, first: Switchboard, second: Switchboard) -> None:
        self.first, self.second = first, second

    async def notes(self, head: Conversation) -> list[str]:
        return [entry.text for entry in await self.first.journal(head.address.value) if isinstance(entry, Message)]

    async def told(self, head: Conversation, text: str) -> None:
        async def so() -> bool:
            return text in await self.notes(head)
        try:
            await eventually(so)
        except AssertionError as error:
            message = f"«{text}» is not in {await self.notes(head)}"
            raise AssertionError(message) from error

    async def both(self) -> None:
        """Wait until the hub has reached either exchange: until then it calls by the other. What is tried again is «cut off» meanwhile."""
        async def so() -> bool:
            (voice,) = [beat for beat in await self.first.admin.does("GET", "/api/channels") if beat["channel"] == "voice.asterisk"]
            return "a1: Asterisk" in str(voice) and "a2: Asterisk" in str(voice)
        async with asyncio.timeout(PATIENCE_S):
            await eventually(so)

    async def left(self, number: str) -> None:
        """Wait until the operator is told that the caller is gone."""
        async def so() -> bool:
            holder = (await self.first.call(number)).holder
            return isinstance(holder, WithOperator) and holder.left is not None
        async with asyncio.timeout(PATIENCE_S):
            await eventually(so)


@pytest.fixture
def both() -> Iterator[tuple[Asterisk, Asterisk]]:
    with asterisk() as first, asterisk() as second:
        for exchange in (first, second):
            for name in ("sounds", "recordings"):
                (exchange.base / name).mkdir()
        yield first, second


@pytest.fixture
async def towns(both: tuple[Asterisk, Asterisk], tmp_path: Path) -> AsyncIterator[tuple[Town, Town]]:
    folders = tmp_path / "first", tmp_path / "second"
    for folder in folders:
        folder.mkdir()
    async with town(both[0], folders[0]) as first, town(both[1], folders[1]) as second:
        yield first, second


@asynccontextmanager
async def open_hub(both: tuple[Asterisk, Asterisk], towns: tuple[Town, Town], folder: Path) -> AsyncIterator[Pair]:
    hosts = "".join(HOST.format(system=f"a{number}", exchange=exchange) for number, exchange in enumerate(both, 1))
    async with near(folder, CENTRE.format(first=both[0], hosts=hosts)) as (house, hub), people(house) as crowd:
        admin = await crowd.admin()
        yield Pair(*(Switchboard(hub, crowd, admin, around, exchange) for around, exchange in zip(towns, both, strict=True)))


@pytest.fixture
async def pair(both: tuple[Asterisk, Asterisk], towns: tuple[Town, Town], tmp_path: Path) -> AsyncIterator[Pair]:
    async with open_hub(both, towns, tmp_path) as those:
        await those.both()
        yield those


async def promised(pair: Pair, number: str) -> tuple[Clerk, Conversation]:
    """Somebody who was in line at the second exchange was promised a call, and op1 has taken it."""
    citizen = await pair.second.town.calls(wait(3), press("0"), wait(2), number=number, hangs_up=True)
    await pair.second.becomes(f"+{number}", InQueue)
    await citizen.over()
    head = await pair.second.becomes(f"+{number}", Promised)
    clerk = await pair.first.operator("op1")
    await clerk.does("POST", f"/api/conversations/{head.id}/take")
    return clerk, head


async def test_an_exchange_that_dies_takes_its_own_callers_only(both: tuple[Asterisk, Asterisk], pair: Pair) -> None:
    # CH-06, CH-10, CH-14
    await pair.first.operator("op1")
    await pair.first.town.answers("op1")
    citizen = await pair.first.town.calls(wait(3), press("0"), wait(25), number="79160000031", hangs_up=True)
    await pair.first.becomes("+79160000031", WithOperator)
    await pair.first.joined()
    await pair.first.operator("op2")
    await pair.second.town.answers("op2")
    await pair.second.town.calls(wait(3), press("0"), number="79160000032")
    taken = await pair.second.becomes("+79160000032", WithOperator)
    assert isinstance(taken.holder, WithOperator)
    assert taken.holder.operator == "op2"
    await pair.second.joined()
    await pair.second.town.calls(wait(3), press("0"), number="79160000033")
    await pair.second.becomes("+79160000033", InQueue)

    both[1].kill()
    await pair.left("+79160000032")
    head = await pair.second.becomes("+79160000033", Promised)
    assert head.promise is not None
    assert head.promise.address.value == "+79160000033"
    await pair.first.joined()
    talking = (await pair.first.call("+79160000031")).holder
    assert isinstance(talking, WithOperator)
    assert talking.left is None

    await pair.both()
    await citizen.over()
    both[1].start()
    detail = await pair.second.detail("+79160000032")
    assert [(entry.stage, entry.cause) for entry in detail if entry.stage is not CallStage.PARTED] == [
        (CallStage.BEGAN, 0), (CallStage.JOINED, 0), (CallStage.ENDED, 0)]
    assert {entry.call.partition("-")[0] for entry in detail} == {"a2"}


async def test_a_call_back_goes_by_the_exchange_that_is_there(both: tuple[Asterisk, Asterisk], pair: Pair) -> None:
    # SL-05, CH-14
    clerk, head = await promised(pair, "79160000034")
    both[0].kill()
    telephone, citizen = await pair.second.town.answers("op1"), await pair.second.town.answers("trunk", wait(1), hangs_up=True)
    await clerk.does("POST", f"/api/conversations/{head.id}/call", {"key": uuid4().hex})
    await pair.told(head, ANSWERED)
    await asyncio.gather(telephone.over(), citizen.over())
    assert (await pair.notes(head)).count(BEGUN) == 1
    both[0].start()


async def test_where_the_telephone_is_not_the_next_exchange_is_tried(
        both: tuple[Asterisk, Asterisk], pair: Pair, tmp_path: Path) -> None:
    # SL-05
    clerk, head = await promised(pair, "79160000035")
    phones = tmp_path / "phones"
    phones.write_text("op1 registers a-password\n", encoding="utf8")
    both[0].render(PHONES=str(phones))
    both[0].cli("module reload res_pjsip.so")
    elsewhere = await pair.first.town.answers("op1")
    telephone, citizen = await pair.second.town.answers("op1"), await pair.second.town.answers("trunk", wait(1), hangs_up=True)
    await clerk.does("POST", f"/api/conversations/{head.id}/call", {"key": uuid4().hex})
    await pair.told(head, ANSWERED)
    await asyncio.gather(telephone.over(), citizen.over())
    assert elsewhere.wire() == []


async def test_a_telephone_that_has_rung_is_not_rung_by_another(pair: Pair) -> None:
    # SL-05
    clerk, head = await promised(pair, "79160000036")
    await pair.first.town.refuses("op1")
    telephone, citizen = await pair.second.town.answers("op1"), await pair.second.town.answers("trunk")
    await clerk.does("POST", f"/api/conversations/{head.id}/call", {"key": uuid4().hex})
    await pair.told(head, "Телефон оператора не ответил: заявителю не звонили.")
    assert (telephone.wire(), citizen.wire()) == ([], [])


async def test_an_exchange_that_is_gone_when_the_hub_starts_has_lost_its_callers(
        both: tuple[Asterisk, Asterisk], towns: tuple[Town, Town], tmp_path: Path) -> None:
    # CH-06, CH-14
    async with open_hub(both, towns, tmp_path) as pair:
        await towns[1].calls(wait(3), press("0"), number="79160000037")
        await pair.second.becomes("+79160000037", InQueue)
    both[1].kill()
    async with open_hub(both, towns, tmp_path) as pair:
        async def owed() -> bool:
            return isinstance((await pair.first.call("+79160000037")).holder, Promised)
        async with asyncio.timeout(PATIENCE_S):
            await eventually(owed)
    both[1].start()


@pytest.mark.parametrize("mark", ["1795621305.1", "a9/1795621305.1"])
async def test_marks_of_the_old_form_and_of_exchanges_no_longer_ours(
        both: tuple[Asterisk, Asterisk], towns: tuple[Town, Town], tmp_path: Path, mark: str) -> None:
    # CH-06, CH-14
    async with open_hub(both, towns, tmp_path) as pair:
        citizen = await towns[0].calls(wait(3), press("0"), number="79160000038")
        head = await pair.first.becomes("+79160000038", InQueue)
    both[0].hang_up_all()
    await citizen.stop()
    async with open_hub(both, towns, tmp_path) as pair:
        await pair.first.becomes("+79160000038", Promised)
        async def forgotten() -> bool:
            return not await pair.first.store.all(Bookmark)
        await eventually(forgotten)
        # As another caller of a hub of the last version: in line, and his call is over.
        store = pair.first.store
        await store.put(Bookmark(f"voice.asterisk/{head.id}", mark))
    async with open_hub(both, towns, tmp_path) as pair:
        await eventually(forgotten)
        assert await pair.first.store.at_address(Address("voice.asterisk", "+79160000038")) is not None
