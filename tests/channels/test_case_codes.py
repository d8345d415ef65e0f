"""Codes of cases guessed by the web: one address gets no further with many chats, and a crowd keeps no citizen out (F9 of the security review; ST-04)."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest

from hub.cases.guess_limits import FREE, TRIES
from tests.house import House, house_in, people, talking

CROWD = tuple(f"127.0.7.{n}" for n in range(1, FREE // TRIES + 2))
"""Enough addresses to slow a number."""


class Told(NamedTuple):
    """A case, and the code that its citizen was told."""

    house: House
    number: str
    code: str

    @property
    def wrong(self) -> str:
        return f"{(int(self.code) + 1) % 10 ** 8:08}"


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    with house_in(tmp_path, environment={"OKNO_LIMITS": "on"}) as house:
        async with people(house) as present:
            clerk = await present.clerk(await present.admin())
            citizen = await talking(present, clerk)
            draft = {"key": "k", "kind": "request", "topic": "other", "text": "Не выдают справку"}
            number = (await clerk.does("POST", f"/api/conversations/{citizen.conversation}/cases", draft))["case"]["number"]
            while not (found := re.search(r"Код для просмотра: ([\d ]+)\.", str((await citizen.line.hear("message"))["text"]))):
                pass
            yield Told(house, number, found[1].replace(" ", ""))


@asynccontextmanager
async def at(source: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(source, 0)), cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield http


async def by_chat(case: Told, code: str, source: str) -> str:
    """What a new chat from an address answers."""
    async with people(case.house) as present:
        await present.http.close()
        async with at(source) as present.http:
            citizen = await present.citizen()
            await citizen.say(f"статус {case.number} {code}")
            return str((await citizen.line.hear("message", author="system"))["text"])


async def by_page(case: Told, code: str, source: str) -> int:
    async with at(source) as http, http.post(f"{case.house.base}/case", data={"number": case.number, "code": code}) as page:
        return page.status


async def test_many_chats_of_one_address_are_one_asker(told: Told) -> None:
    # F9: each chat is new
    answers = [await by_chat(told, told.wrong, CROWD[0]) for _ in range(TRIES + 2)]
    assert ["трижды" in answer for answer in answers] == [False] * TRIES + [True] * 2
    assert await by_page(told, told.wrong, CROWD[0]) == 429  # and the page is the same door
    assert "трижды" in await by_chat(told, told.code, CROWD[0])


@pytest.mark.parametrize("how", ["page", "chat"])
async def test_a_crowd_keeps_no_citizen_out(told: Told, how: str) -> None:
    # F9: whoever comes from an address that has not failed gets in by the right code at once, and by a wrong one learns nothing sooner
    for source in CROWD:
        for _ in range(TRIES):
            await by_page(told, told.wrong, source)
    if how == "page":
        assert await by_page(told, told.code, "127.0.0.2") == 200
        assert [await by_page(told, told.wrong, "127.0.0.3") for _ in range(2)] == [404, 429]
        assert await by_page(told, told.code, "127.0.0.3") == 429
    else:
        assert told.number in await by_chat(told, told.code, "127.0.0.2")
        assert "слишком часто" in (await by_chat(told, told.wrong, "127.0.0.3") and await by_chat(told, told.code, "127.0.0.3"))
