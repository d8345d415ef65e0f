"""What attacks on single doors need; browsers and hubs are as everywhere."""

from collections.abc import Iterator

import pytest

from bots.russian import Russian
from tests.browser.conftest import browser, pages
from tests.peers.post_office import PostOffice

__all__ = ["browser", "pages"]


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()
