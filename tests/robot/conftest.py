"""The school of the robot, over both stores, and a model that is taught once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.dialogue.actions import NoActions
from bots.project.archive import pack
from bots.russian import Russian
from hub.conversations.ports import Store
from hub.robot.dialogue_version import Packed
from hub.robot.training_results import TrainedModel
from okno.adapters.workshop import Workshop
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from tests.robot.drafts import PROJECT
from tests.robot.school import VERSION, School


@pytest.fixture(params=["memory", "sqlite"])
async def school(request: pytest.FixtureRequest, tmp_path: Path, russian: Russian) -> AsyncIterator[School]:
    store: Store = MemoryStore(russian) if request.param == "memory" else SqliteStore(tmp_path / "okno.db", russian)
    made = School(store, tmp_path / "files", russian)
    await made.version_registry.bring(VERSION, Packed(pack(PROJECT), b"model"), 3, 1)
    yield made
    await store.close()


@pytest.fixture(scope="session")
def learnt(russian: Russian) -> TrainedModel:
    """What the workshop makes of PROJECT: for tests that begin where something of these examples already speaks."""
    made = asyncio.run(Workshop(russian, NoActions(), lambda _: None).make(pack(PROJECT), None, lambda _: None))
    assert isinstance(made, TrainedModel)
    return made
