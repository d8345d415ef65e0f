from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.post_office import PostOffice


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "reply.key"
    path.write_text("a secret that signs reply addresses\n", encoding="utf8")
    return path


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()
