"""What attacks on single doors need; browsers and hubs are as everywhere."""

from collections.abc import Iterator

import pytest

from bots.russian import Russian
from tests.peers.post_office import PostOffice


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()
