"""An administrator who has just signed in."""

import pytest

from tests.house import Clerk, People


@pytest.fixture
async def admin(at: People) -> Clerk:
    return await at.admin()
