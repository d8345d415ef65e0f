"""A stalled hub ends by itself and is back, and what has stalled it twice is a person's: `okno run`, with a robot whose own code stands still."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from bots.russian import Russian
from tests.house import Clerk, House, house_in, people
from tests.peers.ports import free_ports
from tests.poison import CLIMBS, HOURS, OPEN, SLEEPS, centre, poisonous

STALL_S = 3
AGAIN = "the process before was ended and is started again"
BACK_S = STALL_S + 12
"""From the word to the next answer: the stall itself, a start, and what a loaded machine takes besides."""


@pytest.fixture(scope="session")
def robot(tmp_path_factory: pytest.TempPathFactory) -> str:
    return poisonous(tmp_path_factory.mktemp("poison"), Russian())


@contextmanager
def stalling(folder: Path, config: Path) -> Iterator[House]:
    """A hub that comes back to the same port."""
    with house_in(folder, config, {"OKNO_LISTEN": f"127.0.0.1:{free_ports(1)[0]}"}) as house:
        yield house


async def logged(house: House, word: str, times: int = 1) -> str:
    """The log, once a word stands in it so often."""
    async with asyncio.timeout(times * BACK_S):
        while (log := house.log.read_text("utf8")).count(word) < times:
            await asyncio.sleep(0.1)  # another process writes
    return log


async def back(house: House) -> None:
    """Wait until the hub answers again: not for longer than a stall and a start take."""
    async with asyncio.timeout(BACK_S), aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with http.get(f"{house.base}/readyz", timeout=aiohttp.ClientTimeout(1)) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)  # another process comes up: nothing of it can be awaited before it listens


async def in_line(clerk: Clerk, conversation: str) -> dict[str, object]:
    """The conversation, once it waits for a person."""
    async with asyncio.timeout(BACK_S):
        while True:
            found = await clerk.does("GET", f"/api/conversations/{conversation}")
            if found["conversation"]["holder"]["kind"] == "queue":
                return found
            await asyncio.sleep(0.1)  # another process decides


# F3: the poison does not survive restarts. F1: SIGTERM, health and everybody else are not held up for ever.
@pytest.mark.parametrize("poison", [CLIMBS, SLEEPS], ids=["holds the GIL", "sleeps"])
async def test_a_message_that_stalls_the_hub_twice_is_a_persons(tmp_path: Path, robot: str, poison: str) -> None:
    with stalling(tmp_path, centre(tmp_path, robot, stall_s=STALL_S)) as house:
        async with people(house) as present:
            admin = await present.admin()
            neighbour, victim = await present.citizen(), await present.citizen()
            await neighbour.tell(HOURS)
            await neighbour.line.hear("message", author="bot", text=OPEN)
            await victim.say(poison)
            await logged(house, AGAIN)
            await back(house)
            log = await logged(house, "was set aside")
            await back(house)
            found = await in_line(admin, victim.conversation)
            notes = [entry.get("text", "") for entry in found["entries"] if entry.get("author") == "system"]
            assert any("дважды останавливался" in note for note in notes), found
            told = [entry["text"] for entry in found["entries"] if entry.get("author") == "bot"]
            assert any(text.startswith("Передаю ваше сообщение сотруднику.\nНомер обращения: ") for text in told)
            await neighbour.connect()
            await neighbour.tell("до скольки вы работаете")
            await neighbour.line.hear("message", author="bot", text=OPEN)
            assert house.stop() == 0
        assert log.count(AGAIN) == 2
        assert log.count("actions.py") == 2
        assert 'by=stall' in log
