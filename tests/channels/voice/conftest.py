"""One Asterisk a module: its calls are told apart by their numbers. Everybody around it comes and goes with a test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.channels.voice.ami_listener import AmiListener, at
from tests.channels.voice.hub import Hub, hub_at
from tests.peers.asterisk import Asterisk, asterisk
from tests.peers.sipp import Town, town
from tests.whisper import whole_model


@pytest.fixture(scope="module")
def exchange() -> Iterator[Asterisk]:
    with asterisk() as running:
        yield running


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a speech model."""
    return whole_model(tmp_path_factory.mktemp("whisper"))


@pytest.fixture
def quiet(exchange: Asterisk) -> Iterator[Asterisk]:
    """Whoever a test has left on the line is gone before the next: without a hub they would ring its telephones."""
    yield exchange
    exchange.hang_up_all()


@pytest.fixture
async def hub(quiet: Asterisk) -> AsyncIterator[Hub]:
    async with hub_at(quiet.hub) as ours:
        yield ours


@pytest.fixture
async def around(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(quiet, tmp_path) as those:
        yield those


@pytest.fixture
async def line(quiet: Asterisk) -> AsyncIterator[AmiListener]:
    async with at(quiet) as listening:
        yield listening
