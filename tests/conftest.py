"""One hub a module where its tests do not disturb each other."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.house import House, People, house_in, people


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
async def at(house: House) -> AsyncIterator[People]:
    """The people of one test at the module's hub."""
    async with people(house) as present:
        yield present
