"""The public page of indicators and the same as open data: nobody can be told from them, foreign readers understand them (GV-14, MC-07)."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from random import Random

import aiohttp
import pytest
import pytest_asyncio

from hub.programme.open_data import COLUMNS, INDICATORS, K, withheld
from tests.house import House
from tests.past import house_with_effect

ADDRESS = "https://centre.example/open-data"


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_with_effect(tmp_path_factory.mktemp("open")) as running:
        yield running


@pytest_asyncio.fixture
async def stranger(busy: House) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(busy.base) as session:
        yield session


async def read(stranger: aiohttp.ClientSession, name: str) -> str:
    async with stranger.get(f"/open-data{name}") as answer:
        assert answer.status == 200
        return await answer.text()


async def test_the_file_and_its_dictionary_fit(stranger: aiohttp.ClientSession) -> None:
    # GV-11, GV-14
    rows = list(csv.DictReader(io.StringIO(await read(stranger, "/indicators.csv"))))
    assert list(rows[0]) == list(COLUMNS)
    told = json.loads(await read(stranger, "/indicators.csv-metadata.json"))
    assert told["url"] == f"{ADDRESS}/indicators.csv"
    assert [each["name"] for each in told["tableSchema"]["columns"]] == list(COLUMNS)
    assert {each["indicator"] for each in rows} <= {each["indicator"] for each in told["notes"]} == {str(each) for each in INDICATORS}
    assert all(not each["of"] or int(each["of"]) >= K or int(each["of"]) == 0 for each in rows)
    covered, = [each for each in rows if each["indicator"] == "covered_subjects"]
    assert (covered["value"], covered["of"]) == ("0", "89")
    assert all(float(each["low"]) <= float(each["value"]) <= float(each["high"]) for each in rows if each["low"])


async def test_the_page_tells_the_same_to_everybody_without_a_script(stranger: aiohttp.ClientSession) -> None:
    # GV-14
    text = await read(stranger, "")
    assert "Показатели программы" in text
    assert 'data-id="covered_subjects"' in text
    for name in ("indicators.csv", "indicators.csv-metadata.json", "catalogue.jsonld"):
        assert f'href="/open-data/{name}"' in text


async def test_the_catalogue_has_what_dcat_ap_demands(stranger: aiohttp.ClientSession) -> None:
    # GV-14
    told = json.loads(await read(stranger, "/catalogue.jsonld"))
    of = {each["@type"]: each for each in told["@graph"]}
    catalogue, dataset, file = (of[f"dcat:{kind}"] for kind in ("Catalog", "Dataset", "Distribution"))
    for each in (catalogue, dataset):
        assert {"dct:title", "dct:description", "dct:publisher"} <= each.keys()
        assert each["dct:publisher"]["@id"] == of["foaf:Agent"]["@id"]
    assert catalogue["dcat:dataset"]["@id"] == dataset["@id"]
    assert dataset["dcat:distribution"]["@id"] == file["@id"]
    assert file["dcat:downloadURL"]["@id"] == f"{ADDRESS}/indicators.csv"


async def test_without_an_address_nothing_is_published(house: House) -> None:
    # GV-14
    async with aiohttp.ClientSession(house.base) as session, session.get("/open-data") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(("people", "hidden"), [
    ([], set()), ([100, 50], set()), ([0, 50], set()), ([3], {0}), ([3, 50], {0, 1}), ([3, 50, 9], {0, 2}), ([4, 4, 50], {0, 1}), ([1, 2, 50], {0, 1, 2})])
def test_small_groups_are_withheld_and_so_is_what_would_tell_them(people: list[int], hidden: set[int]) -> None:
    # GV-14
    assert withheld(people) == hidden


def test_no_difference_of_what_is_published_is_a_small_group() -> None:
    # GV-14
    chance = Random(28)
    for _ in range(500):
        people = [chance.choice((0, 1, 2, 4, 5, 9, 40)) for _ in range(chance.randrange(2, 7))]
        hidden = withheld(people)
        rest = sum(people) - sum(count for at, count in enumerate(people) if at not in hidden)
        if rest:  # what is left of the sum is that of all hidden groups, of which no single one can be told
            assert len([at for at in hidden if people[at]]) > 1 or sum(1 for count in people if count) == 1
            assert rest >= K or len(hidden) == sum(1 for count in people if count)
        assert all(not 0 < people[at] < K for at, _ in enumerate(people) if at not in hidden)
