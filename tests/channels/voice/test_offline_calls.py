"""Calls that Asterisk has served while the hub was away are in the journal afterwards, each once (CH-06, CH-12, CH-14)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.voice.offline_calls import OfflineCallFolder
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithOperator
from hub.conversations.journal import HandedOver
from hub.conversations.message import Message
from hub.conversations.ports import Store
from hub.telephony.offline_calls import AWAY
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import House, people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import Town, town

pytestmark = pytest.mark.peers

WITH_AWAY = CENTRE.rstrip().removesuffix("}}") + ', away = "{base}/spool/away" }}\n'
MANY = 300


@pytest.fixture
async def around(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    for name in ("sounds", "recordings"):
        (quiet.base / name).mkdir(exist_ok=True)
    for left in away(quiet).glob("*"):
        left.unlink()
    async with town(quiet, tmp_path) as those:
        yield those


def away(exchange: Asterisk) -> Path:
    return exchange.base / "spool" / "away"


def config(exchange: Asterisk) -> str:
    return WITH_AWAY.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)


@asynccontextmanager
async def open_hub(exchange: Asterisk, around: Town, folder: Path) -> AsyncIterator[Switchboard]:
    async with near(folder, config(exchange)) as (house, hub), people(house) as crowd:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


async def told_once(store: Store, head: Conversation) -> list[HandedOver]:
    """The hand-overs that went on without the hub; it was told of them once."""
    records = [record.entry for record in await store.records(head.id, limit=1000)]
    assert len([entry for entry in records if isinstance(entry, Message) and entry.key.startswith("away:")]) == 1
    return [entry for entry in records if isinstance(entry, HandedOver)]


async def left_behind(exchange: Asterisk) -> Path:
    """The file of the only call."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := list(away(exchange).glob("*.call"))):  # noqa: ASYNC110 - Asterisk tells nobody
            await asyncio.sleep(0.01)
    return found[0]


async def test_a_call_without_the_hub_is_in_the_journal_afterwards(quiet: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-06, CH-12, CH-13
    phone = await around.answers("op1", wait(3), hangs_up=True)
    citizen = await around.calls(number="79160000041")
    await asyncio.gather(citizen.over(), phone.over())
    began = datetime.fromtimestamp((await citizen.until("INVITE")).at, UTC)
    file = await left_behind(quiet)
    content = file.read_bytes()
    picked_up = datetime.fromtimestamp((await phone.until("SIP/2.0 200")).at, UTC)
    for _ in range(2):
        async with open_hub(quiet, around, tmp_path) as board:
            head = await board.becomes("+79160000041", Closed)
            async with asyncio.timeout(PATIENCE_S):
                while file.exists():  # noqa: ASYNC110 - no event of ours
                    await asyncio.sleep(0.01)
            moves = await told_once(board.store, head)
            assert [type(move.holder) for move in moves[-3:]] == [InQueue, WithOperator, Closed]
            queued, talk, over = moves[-3:]
            assert talk.by == over.by == "op1"
            assert abs((queued.at - began).total_seconds()) < 5
            assert abs((talk.at - picked_up).total_seconds()) < 2
            assert timedelta(seconds=1) < over.at - talk.at < timedelta(seconds=8)
        # As if the hub had died after it had stored the call, and before the file was gone.
        file.write_bytes(content)
    assert not [entry for entry in moves if entry.why == "left"]


@pytest.mark.smoke
async def test_who_gives_up_without_the_hub_is_owed_a_call(quiet: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-14
    citizen = await around.calls(wait(1), number="79160000042", hangs_up=True)
    await citizen.over()
    await left_behind(quiet)
    async with open_hub(quiet, around, tmp_path) as board:
        head = await board.becomes("+79160000042", Promised)
        assert head.promise is not None
        assert head.promise.address == Address("voice.asterisk", "+79160000042")
        await told_once(board.store, head)


async def test_who_waited_for_the_hub_and_was_served_without_it(quiet: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-06, CH-12, CH-14
    async with open_hub(quiet, around, tmp_path) as board:
        citizen = await around.calls(wait(3), press("0"), number="79160000043")
        before = await board.becomes("+79160000043", InQueue)
    phone = await around.answers("op1", wait(1), hangs_up=True)
    await citizen.over()
    await phone.over()
    await left_behind(quiet)
    async with open_hub(quiet, around, tmp_path) as board:
        after = await board.becomes("+79160000043", Closed)
        assert after.id == before.id
        moves = await told_once(board.store, after)
        assert [move.why for move in moves[-2:]] == [AWAY, AWAY]
        assert isinstance(moves[-2].holder, WithOperator)
        assert isinstance(before.holder, InQueue)
        assert moves[-2].holder.waiting_since == before.holder.since


async def test_who_still_waits_in_asterisks_queue_comes_back_to_the_hub(quiet: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-06
    await around.rings("op1")
    citizen = await around.calls(wait(30), press("0"), number="79160000044")
    async with asyncio.timeout(PATIENCE_S):
        while "!Queue!" not in quiet.cli("core show channels concise"):  # noqa: ASYNC110 - no event of ours
            await asyncio.sleep(0.1)
    async with open_hub(quiet, around, tmp_path) as board:
        await board.becomes("+79160000044", InQueue)
        await citizen.stop()
    assert list(away(quiet).glob("*.call")) == []


async def test_a_hub_that_is_killed_while_it_reads_tells_each_call_once(quiet: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-06, CH-12
    began = datetime.now(UTC) - timedelta(hours=1)
    for number in range(MANY):
        at = round((began + timedelta(seconds=number)).timestamp())
        line = f"{at}|{at + 20}|5|PJSIP/op1|{at + 60}|7916{number:07d}|88001002030|end\n"
        (away(quiet) / f"{at}.{number}.call").write_text(line, encoding="utf8")
    path = tmp_path / "centre.toml"
    path.write_text(config(quiet), encoding="utf8")
    house = House(tmp_path, path)

    async def until(fewer: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(list(away(quiet).glob("*.call"))) > fewer:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.001)
    for fewer in (MANY - 20, MANY // 2):
        house.begin()
        await until(fewer)
        house.kill()
        assert list(away(quiet).glob("*.call"))
    house.begin()
    await until(0)
    assert house.stop() == 0
    async with near(tmp_path, config(quiet)) as (_, hub):
        for number in range(MANY):
            head = await hub.store.at_address(Address("voice.asterisk", f"+7916{number:07d}"))
            assert head is not None
            moves = await told_once(hub.store, head)
            assert [type(move.holder) for move in moves[1:]] == [InQueue, WithOperator, Closed]


@pytest.mark.parametrize("line", ["", "1|2|3|PJSIP/op1|4|1|2", "a|b|c|PJSIP/op1|d|1|2|end", "1|2|3|PJSIP/op1|4|1|2|en"])
def test_what_is_not_whole_stays(tmp_path: Path, line: str) -> None:
    # CH-12
    (tmp_path / "1.1.call").write_text(line, encoding="utf8")
    assert OfflineCallFolder(tmp_path, "PJSIP/{login}").calls() == []
    assert (tmp_path / "1.1.call").exists()


def test_who_has_answered_is_known_by_his_telephone(tmp_path: Path) -> None:
    # CH-12
    (tmp_path / "9.1.call").write_text("100|103|4|PJSIP/ivanov|160|79160000001|8800|end", encoding="utf8")
    (tmp_path / "9.2.call").write_text("90||||91|||end", encoding="utf8")
    first, second = OfflineCallFolder(tmp_path, "PJSIP/{login}").calls()
    assert (first.uniqueid, first.operator, first.answered) == ("9.2", "", None)
    assert (second.operator, second.answered) == ("ivanov", datetime.fromtimestamp(107, UTC))
