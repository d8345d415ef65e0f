"""What attacks on single doors need; browsers and hubs are as everywhere."""

from collections.abc import Iterator

import pytest

from bots.russian import Russian
from tests.browser.conftest import browser, crowd, hub, pages, stage
from tests.channels.sms.conftest import smsc, wires
from tests.channels.voice.conftest import around, exchange, line, quiet
from tests.channels.voice.conftest import hub as calls
from tests.peers.post_office import PostOffice

__all__ = ["around", "browser", "calls", "crowd", "exchange", "hub", "line", "pages", "quiet", "smsc", "stage", "wires"]


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()
