"""Operators call citizens back: their telephone first, then the citizen's; each call once, and told in the timeline (SL-05, CH-14)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from channels.voice.settings import read
from hub.conversations.callback_promise import Outcome
from hub.conversations.conversation import Closed, Conversation, InQueue, Promised, WithOperator
from hub.conversations.journal import Attempted
from hub.conversations.message import Message
from hub.telephony.outbound_calls import ANSWERED, BEGUN, CUT, TOLD
from hub.telephony.ports import CallOutcome
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import Clerk, people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, wait
from tests.peers.sipp import Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers

LABEL = "МФЦ: ответ на обращение"
TRUNKS = '["PJSIP/{{number}}@trunk", "PJSIP/{{number}}@trunk2"]'
CALLS = CENTRE.replace("settings = {{ ", f'settings = {{{{ label = "{LABEL}", shown = "88001002030", trunks = {TRUNKS}, ').replace(
    "queues =", 'notices = {{ quiet_from = "{quiet_from}", quiet_until = "23:59" }}\nqueues =')


@pytest.fixture
async def around(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    for name in ("sounds", "recordings"):
        (quiet.base / name).mkdir(exist_ok=True)
    async with town(quiet, tmp_path) as those:
        yield those


@asynccontextmanager
async def open_hub(exchange: Asterisk, around: Town, folder: Path, quiet_from: str = "23:59") -> AsyncIterator[Switchboard]:
    config = CALLS.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub, quiet_from=quiet_from)
    async with near(folder, config) as (house, hub), people(house) as crowd:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


@pytest.fixture
async def board(quiet: Asterisk, around: Town, tmp_path: Path) -> AsyncIterator[Switchboard]:
    async with open_hub(quiet, around, tmp_path) as switchboard:
        yield switchboard


async def promised(board: Switchboard, number: str) -> tuple[Clerk, Conversation]:
    """Somebody was promised a call, and op1 has taken it."""
    citizen = await board.town.calls(wait(3), press("0"), wait(2), number=number, hangs_up=True)
    await board.becomes(f"+{number}", InQueue)
    await citizen.over()
    head = await board.becomes(f"+{number}", Promised)
    clerk = await board.operator("op1")
    await clerk.does("POST", f"/api/conversations/{head.id}/take")
    return clerk, head


async def calls(clerk: Clerk, head: Conversation, key: str = "") -> None:
    await clerk.does("POST", f"/api/conversations/{head.id}/call", {"key": key or uuid4().hex})


async def told(board: Switchboard, head: Conversation, text: str) -> None:
    """Wait until it stands in the timeline."""
    async def so() -> bool:
        return text in await notes(board, head)
    async with asyncio.timeout(PATIENCE_S):
        await eventually(so)


async def notes(board: Switchboard, head: Conversation) -> list[str]:
    return [entry.text for entry in await board.journal(head.address.value) if isinstance(entry, Message)]


async def test_the_operator_is_called_first_and_then_the_citizen(board: Switchboard) -> None:
    # SL-05, CH-14
    clerk, head = await promised(board, "79160000021")
    telephone, citizen = await board.town.answers("op1"), await board.town.answers("trunk", wait(1))
    await calls(clerk, head, "once")
    await calls(clerk, head, "once")
    assert (await clerk.act(head.id, "call", {"key": "other"}))[1]["error"] == "calling"
    await board.joined()
    assert (await telephone.until("SIP/2.0 200")).at < (await citizen.until("INVITE")).at
    assert LABEL in citizen.header("From")
    assert "88001002030" in citizen.header("From")
    assert "79160000021" in citizen.header("To")
    await told(board, head, ANSWERED)
    await clerk.does("POST", f"/api/conversations/{head.id}/keep", {"key": "k", "text": "Паспорт готов"})
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await asyncio.gather(telephone.over(), citizen.over())
    assert isinstance((await board.call("+79160000021")).holder, Closed)
    assert (await notes(board, head)).count(BEGUN) == 1


async def test_whoever_hangs_up_has_left(board: Switchboard) -> None:
    # SL-05
    clerk, head = await promised(board, "79160000022")
    telephone, citizen = await board.town.answers("op1"), await board.town.answers("trunk", wait(2), hangs_up=True)
    await calls(clerk, head)
    await asyncio.gather(telephone.over(), citizen.over())

    async def left() -> bool:
        holder = (await board.call("+79160000022")).holder
        return isinstance(holder, WithOperator) and holder.left is not None
    await eventually(left)


@pytest.mark.parametrize(("status", "outcome"), [
    ("486 Busy Here", Outcome.BUSY), ("603 Decline", Outcome.BUSY), ("480 Temporarily Unavailable", Outcome.NO_ANSWER),
    ("404 Not Found", Outcome.UNREACHABLE), ("503 Service Unavailable", Outcome.UNREACHABLE)])
async def test_what_was_in_vain_is_an_attempt(board: Switchboard, status: str, outcome: Outcome) -> None:
    # SL-05: it goes back to the promises by itself
    clerk, head = await promised(board, "79160000023")
    telephone, citizen = await board.town.answers("op1"), await board.town.refuses("trunk", status)
    other = await board.town.refuses("trunk2", status)
    await calls(clerk, head)
    after = await board.becomes("+79160000023", Promised)
    assert after.promise is not None
    assert [attempt.outcome for attempt in after.promise.attempts] == [outcome]
    assert [entry.by for entry in await board.journal("+79160000023") if isinstance(entry, Attempted)] == ["op1"]
    await asyncio.gather(telephone.over(), citizen.over())
    assert bool(other.wire()) == status.startswith("503")  # the number is the same by every trunk


@pytest.mark.parametrize("first", ["503 Service Unavailable", "502 Bad Gateway"])
async def test_a_trunk_that_is_out_of_order_is_passed_by(board: Switchboard, first: str) -> None:
    # SL-05, SL-07
    clerk, head = await promised(board, "79160000028")
    await board.town.refuses("trunk", first)
    telephone, citizen = await board.town.answers("op1"), await board.town.answers("trunk2", hangs_up=True)
    await calls(clerk, head)
    await told(board, head, ANSWERED)
    await asyncio.gather(telephone.over(), citizen.over())
    assert "79160000028" in citizen.header("To")
    assert not [entry for entry in await board.journal("+79160000028") if isinstance(entry, Attempted)]


async def test_a_telephone_that_rang_is_not_rung_by_the_next_trunk(board: Switchboard) -> None:
    # SL-05
    clerk, head = await promised(board, "79160000029")
    telephone, citizen = await board.town.answers("op1"), await board.town.rings_and_fails("trunk")
    other = await board.town.answers("trunk2")
    await calls(clerk, head)
    await board.becomes("+79160000029", Promised)
    await asyncio.gather(telephone.over(), citizen.over())
    assert other.wire() == []


async def test_without_the_operator_nobody_is_called(board: Switchboard) -> None:
    # SL-05
    clerk, head = await promised(board, "79160000024")
    await board.town.refuses("op1")
    citizen = await board.town.answers("trunk")
    await calls(clerk, head)
    await told(board, head, TOLD[CallOutcome.NOT_PICKED_UP])
    assert citizen.wire() == []
    assert isinstance((await board.call("+79160000024")).holder, WithOperator)


async def test_an_operator_who_puts_down_calls_it_off(board: Switchboard) -> None:
    # SL-05
    clerk, head = await promised(board, "79160000025")
    telephone, citizen = await board.town.answers("op1", wait(1), hangs_up=True), await board.town.rings("trunk")
    await calls(clerk, head)
    await told(board, head, TOLD[CallOutcome.GIVEN_UP])
    await asyncio.gather(telephone.over(), citizen.over())
    assert not [entry for entry in await board.journal("+79160000025") if isinstance(entry, Attempted)]


async def test_a_restart_dials_nobody_again(quiet: Asterisk, around: Town, tmp_path: Path) -> None:
    # SL-05, CH-06
    async with open_hub(quiet, around, tmp_path) as board:
        clerk, head = await promised(board, "79160000026")
        telephone, citizen = await around.answers("op1"), await around.rings("trunk")
        await calls(clerk, head)
        await citizen.until("INVITE")
    await asyncio.gather(telephone.over(), citizen.over())
    again = await around.answers("trunk")
    async with open_hub(quiet, around, tmp_path) as board:
        await told(board, head, CUT)
        assert (await notes(board, head)).count(BEGUN) == 1
    async with open_hub(quiet, around, tmp_path) as board:
        assert (await notes(board, head)).count(CUT) == 1
    assert again.wire() == []


async def test_quiet_hours_are_kept_unless_it_is_urgent(quiet: Asterisk, around: Town, tmp_path: Path) -> None:
    # SL-05, CH-15
    async with open_hub(quiet, around, tmp_path, quiet_from="00:00") as board:
        clerk, head = await promised(board, "79160000027")
        status, refusal = await clerk.act(head.id, "call", {"key": "k"})
        assert (status, refusal["error"]) == (409, "quiet_hours")
        telephone, citizen = await around.answers("op1"), await around.answers("trunk", hangs_up=True)
        await clerk.does("POST", f"/api/conversations/{head.id}/call", {"key": "k", "urgent": True})
        await asyncio.gather(telephone.over(), citizen.over())


@pytest.mark.parametrize("wrong", [{"label": "я" * 33}, {"label": 'a "b"'}, {"shown": "eight"}])
def test_a_label_fits_a_telephone(wrong: dict[str, str]) -> None:
    # 41-ФЗ
    with pytest.raises(msgspec.ValidationError, match=next(iter(wrong))):
        read({"password_file": "p", "sounds": "s", "recordings": "r"} | wrong)


