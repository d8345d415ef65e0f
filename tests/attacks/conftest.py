"""What attacks on single doors need; browsers and hubs are as everywhere."""

from collections.abc import Iterator

import pytest

from bots.russian import Russian
from tests.browser.conftest import browser, crowd, hub, pages, stage
from tests.peers.post_office import PostOffice

__all__ = ["browser", "crowd", "hub", "pages", "stage"]


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()
