"""The clock of 20 seconds, as it is seen on the wire and as the hub counts it (SL-03)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.reporting.contact_history import ContactProjection
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import tell, wait
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
