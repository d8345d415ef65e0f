"""The words of what was said are looked up beside the event loop: those of a long letter that were never met take a second."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.russian import Russian
from storage.keys.ring import new_key
from storage.vault import Vault
from tests.peers.mongo import Replicas, replicas
from tests.storage.contract_archive import caught_up, found
from tests.storage.data import opening, ring, said, together
from tests.storage.places import InFile, OnServer, Place


class Noting(Russian):
    """Notes which texts it was asked for while everybody else had to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.held_up = 0, list[str]()

    def indexed(self, text: str) -> str:
        self.asked += 1
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return super().indexed(text)
        self.held_up.append(text)
        return super().indexed(text)


@pytest.fixture(scope="module")
def servers() -> Iterator[Replicas]:
    with replicas() as running:
        yield running


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.peers)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "file":
        return InFile(tmp_path / "okno.db")
    servers: Replicas = request.getfixturevalue("servers")
    return OnServer(servers.uri, tmp_path.name[-30:])


async def test_words_are_looked_up_beside_the_loop(place: Place) -> None:
    # F2: a letter of 256 KB of words that the hub had never met held it up for 0.8 to 1.7 s
    words = Noting()
    store = place.store(words, Vault(ring(new_key()[0]), "077"))
    try:
        told = await together(store, *(opening(n, said(n + 1, n, "Справка о доходах"), said(n + 2, n, "маяк")) for n in range(10, 40, 10)))
        assert told == [None] * 3
        await caught_up(store, 32)
        assert await found(store, "справки") == [31, 21, 11]
    finally:
        await store.close()
    assert words.asked
    assert words.held_up == []
