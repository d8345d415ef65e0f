"""What attacks on single doors need; browsers and hubs are as everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bots.russian import Russian
from okno.config import DEMO
from tests.browser.conftest import browser, crowd, hub, pages, stage
from tests.channels.sms.conftest import smsc, wires
from tests.channels.voice.conftest import around, exchange, line, quiet
from tests.channels.voice.conftest import hub as calls
from tests.house import House, house_in
from tests.peers.post_office import PostOffice

__all__ = ["around", "browser", "calls", "crowd", "exchange", "hub", "line", "pages", "quiet", "smsc", "stage", "wires"]


@contextmanager
def house_with_form(folder: Path) -> Iterator[House]:
    """The demonstration, with the written form besides."""
    config = folder / "okno.toml"
    demo = (DEMO / "okno.toml").read_text(encoding="utf8")
    config.write_text(f'{demo}\n[[channels]]\ndriver = "web.form"\n', encoding="utf8")
    with house_in(folder, config) as running:
        yield running


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()
