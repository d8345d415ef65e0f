import pytest

from bots.russian import Russian


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()
