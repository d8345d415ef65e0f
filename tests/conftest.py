"""One hub a module where its tests do not disturb each other."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.house import House, People, house_in, people

# How long an example takes says how busy the machine is.
settings.register_profile("okno", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("okno")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
async def at(house: House) -> AsyncIterator[People]:
    """The people of one test at the module's hub."""
    async with people(house) as present:
        yield present
