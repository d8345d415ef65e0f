"""The power fails again and again while people talk: what was acknowledged is there, once, and in its order."""

import asyncio
import os
import time
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest

from bots.knowledge.knowledge_file import read_articles
from hub.knowledge.article import Purpose
from tests.house import House, People, house_in, knowledge_alone, people
from tests.journeys.ledger import faults_of
from tests.journeys.street import Attendant, Resident, Street

CITIZENS, KILLS, CLERKS, EACH = 200, 20, 5, 4
TOGETHER_S = 250
"""Alone they take 30 s; beside three other workers on two cores several times as long."""
LONG_TALK = 300
"""Messages of 16 kB: more than the kernel keeps for somebody who does not read."""


def seed() -> int:
    """Printed when a test fails; OKNO_TEST_SEED repeats it."""
    number = int(os.environ.get("OKNO_TEST_SEED", "0")) or Random().getrandbits(32)
    print(f"OKNO_TEST_SEED={number}")
    return number


@pytest.fixture(scope="module")
def questions() -> list[str]:
    articles = read_articles(files("okno.demo").joinpath("articles.toml").read_text("utf8"))
    return [question for article in articles if article.purpose is Purpose.ANSWER for question in article.questions[:3]]


def populate(street: Street, present: People, chance: Random, questions: list[str], citizens: int, callers: int) -> list[Resident]:
    return [Resident(n, street, present.http, Random(chance.random()), questions, calls=n < callers) for n in range(citizens)]


async def cut_the_power(street: Street, kills: int, chance: Random) -> None:
    """Mostly while everybody talks, and every fourth time while the hub is still starting."""
    done = 0
    while done < kills:
        await street.more(chance.randint(20, 700))
        await asyncio.sleep(chance.uniform(0, 0.05))
        street.power_cut()
        done += 1
        if done < kills and done % 4 == 0:
            street.house.begin()
            await asyncio.sleep(chance.uniform(0, 1.5))
            street.power_cut()
            done += 1
        await street.power_back()


# CH-06: loss = 0 over a test with restarts. CH-12: an unalterable record of every contact.
@pytest.mark.smoke
async def test_twenty_power_cuts_lose_and_double_nothing(tmp_path: Path, questions: list[str]) -> None:
    chance = Random(seed())
    with house_in(tmp_path, knowledge_alone(tmp_path)) as house:
        async with people(house) as present, asyncio.timeout(TOGETHER_S):
            admin = await present.admin()
            street = Street(house)
            residents = populate(street, present, chance, questions, CITIZENS, CLERKS * EACH)
            attendants = [Attendant(await present.clerk(admin), residents[n * EACH:(n + 1) * EACH], street, Random(chance.random()))
                          for n in range(CLERKS)]
            async with asyncio.TaskGroup() as tasks:
                for someone in residents:
                    tasks.create_task(someone.live())
                for attendant in attendants:
                    tasks.create_task(attendant.work())
                await cut_the_power(street, KILLS, chance)
                await asyncio.gather(*(someone.in_line.wait() for attendant in attendants for someone in attendant.residents))
                street.home.set()
            replies = {c: kept for attendant in attendants for c, kept in attendant.replies.items()}
            faults = [fault for r in residents for fault in await faults_of(r, admin, replies.get(r.citizen.conversation, {}))]
            print(f"{street.acknowledged} acknowledged, {sum(map(len, replies.values()))} replies")
        assert not faults, "\n".join(faults[:20])
        assert all(replies.values())
        assert not house.complaints()


# CH-06: a planned stop loses nothing either.
@pytest.mark.smoke
async def test_a_stop_under_load_is_quick_and_loses_nothing(tmp_path: Path, questions: list[str]) -> None:
    chance = Random(seed())
    with house_in(tmp_path, knowledge_alone(tmp_path)) as house:
        async with people(house) as present, asyncio.timeout(TOGETHER_S):
            admin = await present.admin()
            street = Street(house)
            residents = populate(street, present, chance, questions, 50, 0)
            async with asyncio.TaskGroup() as tasks:
                for someone in residents:
                    tasks.create_task(someone.live())
                for _ in range(3):
                    await street.more(chance.randint(50, 300))
                    street.up.clear()
                    assert await stopped(house) == 0
                    await street.power_back()
                street.home.set()
            faults = [fault for r in residents for fault in await faults_of(r, admin, {})]
        assert not faults, "\n".join(faults[:20])
        assert not house.complaints()


async def stopped(house: House) -> int:
    """Stop as an init system does: the exit code, within 5 s."""
    start = time.monotonic()
    code = await asyncio.to_thread(house.stop)
    assert time.monotonic() - start < 5
    return code


# CH-06: somebody whose telephone went dead in the middle does not hold up the stop.
async def test_a_stop_does_not_wait_for_those_who_do_not_answer(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        async with people(house) as present:
            talking = await present.citizen()
            silent = [await dead_telephone(present, house) for _ in range(5)]
            await talking.tell("Как получить загранпаспорт?")
            desk = await (await present.admin()).live()
            await desk.hear("hello")
            ended = asyncio.create_task(stopped(house))
            assert await talking.line.hung_up() == 1001
            assert await desk.hung_up() == 1012
            assert await ended == 0
            for _, writer in silent:
                writer.close()
        assert not house.complaints()


async def dead_telephone(present: People, house: House) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A citizen whose socket is open and whose end takes nothing more and answers nothing, not even a close frame."""
    citizen = await present.citizen()
    for _ in range(LONG_TALK):
        await citizen.say("Я" * 8000)
    for _ in range(LONG_TALK):
        await citizen.line.hear("stored")
    await citizen.line.close()
    reader, writer = await asyncio.open_connection(*house.listen.split(":"), limit=1 << 10)
    writer.write(f"GET /chat/socket?token={citizen.token} HTTP/1.1\r\nHost: {house.listen}\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer
