"""Words are learnt once for all tests: the dictionary takes a while to load."""

import pytest

from bots.russian import Russian


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()
