"""Words are learnt once for all tests: the dictionary takes a while to load."""

from collections.abc import Iterator

import pytest
from pymongo import MongoClient

from bots.russian import Russian
from storage.mongo.schema import OPTIONS, Row
from tests.peers.mongo import replicas


@pytest.fixture(scope="session")
def russian() -> Russian:
    return Russian()


@pytest.fixture(scope="module")
def client() -> Iterator[MongoClient[Row]]:
    """Of a MongoDB that runs while a module's tests want it."""
    with replicas() as servers, MongoClient[Row](servers.uri, **OPTIONS) as client:
        yield client
