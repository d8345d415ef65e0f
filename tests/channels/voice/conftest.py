"""One Asterisk a module: its calls are told apart by their numbers."""

from collections.abc import Iterator

import pytest

from tests.peers.asterisk import Asterisk, asterisk


@pytest.fixture(scope="module")
def exchange() -> Iterator[Asterisk]:
    with asterisk() as running:
        yield running
