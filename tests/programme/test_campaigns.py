"""Campaigns that tell of a number, and the calls around them: from reports of another centre, over the API of a running hub (GV-10)."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from hub.programme.campaign import LEAST, SIDE, CampaignEffect, effect, known
from tests.house import Clerk, House, People, people
from tests.past import CAMPAIGN, house_with_calls

LIST = "/api/programme/sheets/campaigns"
ROW = {"type": "campaign", "id": "1", "title": "Ввод номера 122 в республике", "number": "122", "subject": "16", "day": str(CAMPAIGN), "medium": "телевидение, МФЦ"}
SEEDS = range(100)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_calls(tmp_path_factory.mktemp("calls")) as running:
        yield running


@pytest_asyncio.fixture
async def there(busy: House) -> AsyncIterator[People]:
    async with people(busy) as present:
        yield present


async def put(boss: Clerk, row: dict[str, Any]) -> tuple[int, Any]:
    return await boss.call("PUT", f"{LIST}/rows/{row['id']}", {"version": (await boss.does("GET", LIST))["version"], "row": row})


async def test_a_campaign_shows_the_calls_before_and_after_it(there: People) -> None:
    # GV-10
    admin = await there.admin()
    boss, anna = await there.clerk(admin, "supervisor"), await there.clerk(admin)
    for row in (ROW, ROW | {"id": "2", "number": "+78001000001", "subject": "50"}, ROW | {"id": "3", "number": "+79990000000", "subject": ""},
                ROW | {"id": "4", "subject": "50"}):
        assert (await put(boss, row))[0] == 200
    told = {each["campaign"]["id"]: each for each in await boss.does("GET", "/api/programme/campaigns")}
    found = told["1"]["effect"]
    assert told["1"]["centres"] == ["Центр телефонного обслуживания республики"]
    # One day was never reported: it is unknown, and no day without calls.
    assert (len(found["calls"]), found["calls"][25], found["known_before"], found["known_after"]) == (2 * SIDE + 1, None, 27, 28)
    assert 95 < found["before"] < 105
    assert 145 < found["after"] < 155
    assert 30 < found["low"] < 50 < found["high"] < 70
    # This hub's own centre has worked since yesterday: that is too little, and its days before are unknown.
    own = told["2"]["effect"]
    assert (own["known_before"], own["known_after"], own["before"], own["low"]) == (0, 1, None, None)
    # Nobody is called under this number at all, or in this territory.
    assert [told[each]["centres"] for each in "34"] == [[], []]
    assert (await anna.call("GET", "/api/programme/campaigns"))[0] == 403
    table = list(csv.reader(io.StringIO((await boss.does("GET", f"{LIST}/file")).decode("utf-8-sig")), delimiter=";"))
    assert table[0][:6] == ["Номер", "Содержание", "Телефон", "Субъект", "Дата", "Носитель"]


async def test_a_campaign_needs_a_number_a_date_and_a_medium(there: People) -> None:
    # GV-10
    boss = await there.clerk(await there.admin(), "supervisor")
    for wrong in ({"number": "восемь"}, {"number": "8 (800) 100-00-16"}, {"day": ""}, {"medium": ""}, {"subject": "республика"}):
        assert (await put(boss, ROW | {"id": "9"} | wrong))[0] == 400


def around(change: float, seed: int) -> CampaignEffect:
    """A centre with weekends of half the calls and a noise of 8 %."""
    chance = Random(seed)
    days = [100 * (0.5 if number % 7 > 4 else 1) * (change if number > SIDE else 1) * chance.gauss(1, 0.08) for number in range(2 * SIDE + 1)]
    return effect([known((round(each), round(each)) for each in days)])


def test_a_planted_change_is_found_and_chance_is_not() -> None:
    # GV-10
    assert all((each.low or 0) > 0 for each in (around(1.5, seed) for seed in SEEDS))
    assert sum((each.low or 0) > 0 or (each.high or 0) < 0 for each in (around(1.0, seed) for seed in SEEDS)) <= 5


def test_too_few_days_conclude_nothing() -> None:
    # GV-10
    for few in (LEAST - 1, LEAST):
        one = effect([[None] * (SIDE - few) + [10] * (few + 1) + [20] * SIDE])
        assert (one.known_before, one.before is None) == (few, few < LEAST)
    # Together two centres are known on days on which both are.
    two = effect([[10] * (2 * SIDE + 1), [None] * SIDE + [5] * (SIDE + 1)])
    assert (two.known_before, two.calls[-1], two.before) == (0, 15, None)
    assert effect([]).calls == (None,) * (2 * SIDE + 1)


def test_days_before_the_first_contact_are_unknown() -> None:
    # GV-10
    assert known([None, (0, 0), (3, 0), (0, 0), None, (5, 4)]) == [None, None, 0, 0, None, 4]
