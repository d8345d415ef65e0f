"""A stalled hub ends by itself and is back, and what has stalled it twice is a person's: `okno run`, with a robot whose own code stands still."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bots.russian import Russian
from tests.channels.line import HungUpError
from tests.house import Citizen, Clerk, House, People, house_in, people
from tests.poison import CLIMBS, HOURS, OPEN, SLEEPS, centre, poisonous

STALL_S = 3
BACK_S = STALL_S + 12
"""From the word to the next answer: the stall itself, a start, and what a loaded machine takes besides."""


@pytest.fixture(scope="session")
def robot(tmp_path_factory: pytest.TempPathFactory) -> str:
    return poisonous(tmp_path_factory.mktemp("poison"), Russian())


async def process_after(house: House, before: int) -> int:
    """The next process of the hub, once it answers."""
    async with asyncio.timeout(BACK_S), aiohttp.ClientSession() as http:
        while True:
            try:
                if (pid := house.pid) not in {before, house.supervisor}:
                    async with http.get(f"{house.base}/readyz", timeout=aiohttp.ClientTimeout(1)) as answer:
                        if answer.status == 200 and house.pid == pid:
                            return pid
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.1)  # another process comes up: nothing of it can be awaited before it listens


async def in_line(clerk: Clerk, conversation: str) -> dict[str, object]:
    """The conversation, once it waits for a person."""
    async with asyncio.timeout(BACK_S):
        while True:
            found = await clerk.does("GET", f"/api/conversations/{conversation}")
            if found["conversation"]["holder"]["type"] == "queue":
                return found
            await asyncio.sleep(0.1)  # another process decides


# F3: the poison does not survive restarts. F1: SIGTERM, health and everybody else are not held up for ever.
@pytest.mark.parametrize("poison", [CLIMBS, SLEEPS], ids=["holds the GIL", "sleeps"])
async def test_a_message_that_stalls_the_hub_twice_is_a_persons(tmp_path: Path, robot: str, poison: str) -> None:
    with house_in(tmp_path, centre(tmp_path, robot, stall_s=STALL_S)) as house:
        async with people(house) as present:
            admin = await present.admin()
            neighbour, victim = await present.citizen(), await present.citizen()
            await neighbour.tell(HOURS)
            await neighbour.line.hear("message", author="bot", text=OPEN)
            first = house.pid
            await victim.say(poison)
            second = await process_after(house, first)
            asker = await present.citizen()
            await asker.say(HOURS)  # he is served meanwhile, or by the third process
            third = await process_after(house, second)
            found = await in_line(admin, victim.conversation)
            assert house.pid == third
            notes = [entry["text"] for entry in found["entries"] if entry.get("internal")]
            assert any("дважды останавливался" in note for note in notes)
            told = [entry["text"] for entry in found["entries"] if entry.get("author") == "bot"]
            assert any(text.startswith("Передаю ваше сообщение сотруднику.\nНомер обращения: ") for text in told)
            await neighbour.connect()
            await neighbour.tell("до скольки вы работаете")
            await neighbour.line.hear("message", author="bot", text=OPEN)
            assert house.stop() == 0
        log = house.log.read_text("utf8")
        assert log.count("the process before was ended and is started again") == 2
        assert log.count("actions.py") >= 2
        assert "in run" in log
