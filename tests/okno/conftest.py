"""A centre's store in a file, and on a server that starts with the first test that asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.okno.kept import File, Kept, Server
from tests.peers.mongo import Replicas, replicas


@pytest.fixture(scope="module")
def servers() -> Iterator[Replicas]:
    with replicas() as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("mongodb", marks=pytest.mark.peers)])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "sqlite":
        return File(tmp_path / "data" / "okno.db")
    servers: Replicas = request.getfixturevalue("servers")
    return Server(servers.uri, tmp_path.name[-30:])
