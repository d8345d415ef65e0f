"""One hub a module where its tests do not disturb each other."""

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.house import House, People, house_in, people

# How long an example takes says how busy the machine is.
settings.register_profile("okno", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("okno")

HERE = Path(__file__).parent
WAITING = ("channels/voice", "browser", "journeys", "channels/sms", "channels/fax", "channels/email")
"""Folders whose tests wait for others most of their time: calls last real seconds, peers begin and end."""
BESIDE = 2
"""Files of other tests after each that waits: so many that neither the processors are idle at first nor whoever waits is left for the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order in which workers take them: those that wait come soon, and there is work for the processors beside each."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path.relative_to(HERE), []).append(item)
    others = iter([file for file in files if not file.as_posix().startswith(WAITING)])
    order: list[Path] = []
    for file in files:
        if file.as_posix().startswith(WAITING):
            order += [file, *islice(others, BESIDE)]
    items[:] = [item for file in (*order, *others) for item in files[file]]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
async def at(house: House) -> AsyncIterator[People]:
    """The people of one test at the module's hub."""
    async with people(house) as present:
        yield present
