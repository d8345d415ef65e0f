"""The clock of 20 seconds, as it is seen on the wire and as the hub counts it (SL-03)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.reporting.contact_history import ContactProjection, DelayCause
from hub.reporting.interval_figures import intervals
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import press, tell, wait
from tests.peers.sipp import town

pytestmark = pytest.mark.peers

NUMBERS = [f"7916000003{n}" for n in range(4)]
WITHIN_S = 0.1


@pytest.fixture
async def board(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Switchboard]:
    for name in ("sounds", "recordings"):
        (quiet.base / name).mkdir(exist_ok=True)
    config = CENTRE.format(base=quiet.base, ami=quiet.ami, hub=quiet.hub)
    async with near(tmp_path, config) as (house, hub), people(house) as crowd, town(quiet, tmp_path) as around:
        yield Switchboard(hub, crowd, await crowd.admin(), around, quiet)


async def test_half_a_minute_with_the_robot_is_a_breach_of_the_call_and_none_of_the_line(board: Switchboard) -> None:
    # SL-08, D3: the caller speaks to the robot by keys for 30 s, and has an operator at once
    number = "79160000039"
    clerk = await board.operator("op1")
    telephone = await board.town.answers("op1")
    citizen = await board.town.calls(*(wait(6), press("9")) * 5, tell("0", number), number=number)
    await telephone.until("SIP/2.0 200")
    await board.joined()
    head = await board.call(f"+{number}")
    stories = ContactProjection()
    stories.read(await board.store.moves_of([head.id]))
    now = datetime.now(UTC)
    figures, = intervals(stories.contacts, stories.pledges, [head.opened], now)
    assert (figures.calls, figures.calls_answered, figures.calls_late, figures.calls_in_time) == (1, 1, 1, 0)
    assert (figures.line_in_time, figures.line_late) == (1, 0)
    late, = figures.breaches
    assert late.cause is DelayCause.BEFORE_LINE
    assert late.call_wait_s is not None
    assert late.call_wait_s > 29
    assert late.wait_s < 20
    await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
    await asyncio.gather(citizen.over(), telephone.over())


async def test_the_hub_counts_what_the_wire_shows(board: Switchboard) -> None:
    # SL-03, D2, D3: from the key that puts him in line to the operator's 200
    clerk, gaps = await board.operator("op1"), []
    for number in NUMBERS:
        telephone = await board.town.answers("op1", after_s=1.5)
        citizen = await board.town.calls(wait(1), tell("0", number), number=number)
        pressed, answered = await citizen.until("INFO"), await telephone.until("SIP/2.0 200")
        await board.joined()
        head = await board.call(f"+{number}")
        stories = ContactProjection()
        stories.read(await board.store.moves_of([head.id]))
        (contact,) = stories.contacts
        gaps.append(abs((answered.at - pressed.at) - contact.wait(datetime.now(UTC)).total_seconds()))
        await clerk.does("POST", f"/api/conversations/{head.id}/close", {"topic": "other"})
        await asyncio.gather(citizen.over(), telephone.over())
    # What a busy machine adds to one of them is no error of the clock.
    assert min(gaps) < WITHIN_S, gaps
