"""Pages that cost much to write, above all of conversations that a stranger has made as long as he could: others are served (SE-02)."""

import asyncio
from collections.abc import Iterator
from time import perf_counter

import pytest

from channels.web.appeal import grouped, new_code
from tests.attacks.conftest import house_with_form
from tests.channels.test_web_form import sheet
from tests.house import House, People

pytestmark = pytest.mark.journeys

COSTLY = "'\n" * 3_990
"""Each sign of it becomes several, or a paragraph."""
MESSAGES, PAGES = 60, 16
LENGTH = MESSAGES * len(COSTLY)
"""What a page has at least."""
AT_ONCE_S = 1.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_form(tmp_path_factory.mktemp("pages")) as running:
        yield running


@pytest.mark.parametrize("more", ["", "/events"])
async def test_others_are_served_while_long_pages_are_written(house: House, at: People, more: str) -> None:
    page = f"{house.base}/form/{grouped(code := new_code())}"
    async with at.http.post(house.base + "/form", data=sheet(code, "оператор"), allow_redirects=False) as answer:
        assert answer.status == 303
    for number in range(MESSAGES):
        async with at.http.post(page, data=sheet(new_code(), f"{COSTLY}{number}"), allow_redirects=False) as answer:
            assert answer.status == 303

    async def look() -> None:
        async with at.http.get(page + more) as answer:
            assert answer.status == 200
            while answer.content.total_bytes < LENGTH:
                await answer.content.readany()

    slowest = 0.0
    looking = [asyncio.create_task(look()) for _ in range(PAGES)]
    while not all(each.done() for each in looking):
        began = perf_counter()
        async with at.http.get(house.base + "/healthz") as answer:
            assert answer.status == 200
        slowest = max(slowest, perf_counter() - began)
    await asyncio.gather(*looking)
    assert slowest < AT_ONCE_S, slowest


async def test_the_description_of_the_api_is_made_once(house: House, at: People) -> None:
    # Anybody may ask for it, and it has almost a megabyte.
    began = perf_counter()
    for _ in range(50):
        async with at.http.get(house.base + "/api/openapi.json") as answer:
            assert await answer.read()
    assert perf_counter() - began < 5


def test_nothing_went_wrong(house: House) -> None:
    assert house.complaints() == []
