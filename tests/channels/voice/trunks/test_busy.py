"""A trunk that carries one call, and two citizens: a real Asterisk refuses the second, who is listed and called back (CH-19, SL-07)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hub.conversations.conversation import Promised
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import asterisk
from tests.peers.scenarios import wait
from tests.peers.sipp import town
from tests.rig import eventually

pytestmark = pytest.mark.peers


async def test_who_finds_all_lines_busy_is_called_back(tmp_path: Path) -> None:
    # CH-19, SL-07
    with asterisk(TRUNK_LINES="1") as exchange:
        for name in ("sounds", "recordings"):
            (exchange.base / name).mkdir()
        config = CENTRE.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
        async with near(tmp_path, config) as (house, hub), people(house) as crowd, town(exchange, tmp_path, ends_calls=True) as around:
            board = Switchboard(hub, crowd, await crowd.admin(), around, exchange)

            async def declared() -> bool:
                return [(each["trunk"], each["lines"]) for each in await board.admin.does("GET", "/api/trunks")] == [("a1/trunk", 1)]
            async with asyncio.timeout(PATIENCE_S):
                await eventually(declared)
            await around.calls(wait(60), number="79160000091", hangs_up=True)
            await board.becomes_known("+79160000091")
            second = await around.calls(number="79160000092")
            await second.until("SIP/2.0 486")
            found: list[dict[str, Any]] = []

            async def listed() -> bool:
                found[:] = await board.admin.does("GET", "/api/refused-calls")
                return len(found) == 1
            async with asyncio.timeout(PATIENCE_S):
                await eventually(listed)
            (one,) = found
            assert (one["number"], one["dialled"], one["why"], one["state"]) == ("+79160000092", "88001002030", "busy", "open")
            (trunk,) = await board.admin.does("GET", "/api/trunks")
            assert (trunk["in_use"], trunk["most_today"], trunk["refused_today"]) == (1, 1, 1)
            await board.admin.does("POST", f"/api/refused-calls/{one['id']}/call-back")
            await board.becomes("+79160000092", Promised)
            (one,) = await board.admin.does("GET", "/api/refused-calls")
            assert (one["state"], one["by_name"]) == ("owed", "admin")
