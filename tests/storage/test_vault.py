"""A database whose documents are sealed: it keeps every promise, and whoever gets the files gets nothing to read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.cases.case import Case
from hub.conversations.address import Address
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message, Source
from hub.conversations.ports import Store
from hub.kernel.errors import SealedError, StoreError, UnavailableStoreError
from hub.notifications.notice import OptOut
from storage.keys.ring import new_key
from storage.mongo import rotation as mongo_rotation
from storage.sqlite import SqliteStore
from storage.vault import LOOKED_S, Vault
from tests.peers.mongo import Replicas, replicas
from tests.storage.contract import StoreContract
from tests.storage.contract_archive import caught_up, found
from tests.storage.contract_durable import DurableContract
from tests.storage.contract_marks import case
from tests.storage.data import adding, address, at, moving, opening, ring, said, together, waiting_for
from tests.storage.places import InFile, OnServer, Place

KEY, OTHER = new_key()[0], new_key()[0]
NAME, NUMBER = "Константинопольский", "79161234567"
ANSWER = "Ваша запись подтверждена, приходите с паспортом в окно номер семь, " * 3
"""Long enough to be kept as a phrase where it comes out of an article."""


class TestSealed(StoreContract, DurableContract):
    # SE-01
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "okno.db"

    @pytest.fixture
    def reopen(self, path: Path, russian: Russian) -> Callable[[], Store]:
        return lambda: SqliteStore(path, russian, Vault(ring(KEY), "077"), archive_delay_s=0)

    @pytest.fixture
    async def store(self, reopen: Callable[[], Store]) -> AsyncIterator[Store]:
        store = reopen()
        yield store
        await store.close()


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


@pytest.fixture
async def opened(place: Place, russian: Russian) -> AsyncIterator[Callable[..., Store]]:
    """A store of the same place, with the keys that are given."""
    stores: list[Store] = []

    def opened(*keys: str) -> Store:
        stores.append(place.store(russian, Vault(ring(*keys), "077") if keys else Vault()))
        return stores[-1]

    yield opened
    for store in stores:
        await store.close()


def answered(record: int, conversation: int) -> StoredEvent:
    return StoredEvent(record, conversation, Message(Author.BOT, ANSWER, at(record), source=Source("visit", "Визит", date(2026, 1, 1))))


async def fill(store: Store) -> None:
    """Somebody says his name, is answered by a phrase, and wants no more messages."""
    await store.commit(opening(10, said(11, 10, f"Моя фамилия {NAME}", key="k11"), answered(12, 10),
                               said(13, 10, "маяк"), name=NUMBER))
    await store.put(OptOut(f"sms.smpp:{NUMBER}", at(1), 10, 11))
    await store.put(Operator("anna", NAME, Role.OPERATOR))
    await store.put(case("1"))
    await caught_up(store, 13)


FILLED = 7
"""Rows: three records, a head, three documents."""


async def seen(store: Store) -> list[object]:
    return [await store.records(10), await store.conversation(10), await store.at_address(address(NUMBER)), await store.keys(10),
            await store.with_addresses([Address("web.chat", NUMBER)]), await found(store, NAME.lower()), await store.moves(0, 1 << 62),
            await store.get(OptOut, f"sms.smpp:{NUMBER}"), await store.all(Operator), await store.page(Operator), await store.owed(),
            await store.marked(Case, "due"), await store.marked(Case, "topic", "passports")]


def in_clear(place: Place) -> list[str]:
    """What of all that can be read there."""
    content = place.content()
    return [text for text in (NAME, NAME.lower(), NUMBER, "подтверждена", "anna") if text.encode() in content]


def unheard(looked: int, total: int) -> None:
    """How far it is is of no interest."""


async def test_nothing_that_was_said_stands_there(opened: Callable[..., Store], place: Place) -> None:
    # SE-01
    store = opened(KEY)
    await fill(store)
    assert in_clear(place) == []
    assert await found(store, "фамилии") == [11]
    await store.close()
    assert in_clear(place) == []


@pytest.mark.parametrize("place", ["file"], indirect=True)
async def test_what_was_stored_before_there_were_keys_is_sealed_while_it_is_read(opened: Callable[..., Store], place: Place) -> None:
    # SE-01
    before = opened()
    await fill(before)
    expected = await seen(before)
    await before.close()
    store = opened(KEY)
    await caught_up(store, 13)
    assert await seen(store) == expected
    told: list[tuple[int, int]] = []
    with place.sealed(Vault(ring(KEY), "077")) as sealed:
        assert sealed.reseal(lambda *how_far: told.append(how_far)) == 4
    assert told[-1] == (FILLED + 1, FILLED + 1)
    assert await seen(store) == expected
    await store.close()
    assert in_clear(place) == []
    again = opened(KEY)
    assert await seen(again) == expected


@pytest.mark.peers
@pytest.mark.parametrize("place", ["server"], indirect=True)
async def test_on_a_server_it_is_sealed_before_a_hub_begins_again(
        opened: Callable[..., Store], place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    # SE-01: also by whoever was stopped in the middle and goes on
    before = opened()
    await fill(before)
    expected = await seen(before)
    await before.close()
    for _ in range(2):
        with pytest.raises(SealedError, match="okno keys rotate"):
            opened(KEY)
    monkeypatch.setattr(mongo_rotation, "CHUNK", 2)

    def stopped(looked: int, _: int) -> None:
        if looked > 3:
            raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt), place.sealed(Vault(ring(KEY), "077")) as sealed:
        sealed.reseal(stopped)
    with pytest.raises(SealedError, match="okno keys rotate"):
        opened(KEY)
    told: list[tuple[int, int]] = []
    with place.sealed(Vault(ring(KEY), "077")) as sealed:
        assert sealed.reseal(lambda *how_far: told.append(how_far)) == 3
    assert told[-1] == (FILLED, FILLED)
    assert in_clear(place) == []
    store = opened(KEY)
    assert await seen(store) == expected
    with pytest.raises(SealedError, match="names no"):
        opened()


async def test_a_data_key_that_another_process_made_is_found(opened: Callable[..., Store], place: Place) -> None:
    # SE-01
    store = opened(KEY)
    await fill(store)
    expected, vault = await seen(store), Vault(ring(KEY), "077")
    with place.sealed(vault) as sealed:
        vault.renew(sealed.keys)
        assert sealed.reseal(unheard) == FILLED + place.phrases
        assert await seen(store) == expected
        await store.commit(adding(13, said(14, 10, "ещё")))
        assert sealed.reseal(unheard) == 0


async def test_what_a_hub_changes_meanwhile_stays(opened: Callable[..., Store], place: Place) -> None:
    # SE-01, CH-06: it talks on and moves a conversation while all is sealed anew, and nothing of it is lost
    store, vault = opened(KEY), Vault(ring(KEY), "077")
    await together(store, *(opening(number) for number in range(10, 1010, 10)))
    with place.sealed(vault) as sealed:
        vault.renew(sealed.keys)
        rotation = asyncio.create_task(asyncio.to_thread(sealed.reseal, unheard))
        told, rounds = set[StoreError | None](), 0
        while not rotation.done():
            rounds += 1
            last = 10_000 * rounds
            told |= set(await together(store, *(moving(number + 1 if rounds == 1 else last - 10_000 + number, last + number, number,
                                                       waiting_for("general", rounds)) for number in range(10, 110, 10))))
        await rotation
    assert told == {None}
    assert [head.holder for head in await store.waiting(["general"], 100)] == [waiting_for("general", rounds)] * 10
    assert len(await store.records(100, limit=1000)) == rounds + 1
    with place.sealed(Vault(ring(KEY), "077")) as sealed:
        sealed.reseal(unheard)
        assert sealed.reseal(unheard) == 0


async def test_a_hub_that_only_writes_sees_a_new_data_key_before_long(place: Place, russian: Russian) -> None:
    # SE-01
    now = 0.0
    store, other = place.store(russian, Vault(ring(KEY), "077", lambda: now)), Vault(ring(KEY), "077")
    await fill(store)
    with place.sealed(other) as sealed:
        other.renew(sealed.keys)
        sealed.reseal(unheard)
        now = LOOKED_S + 1
        await store.commit(adding(13, said(14, 10, "ещё")))
        await store.close()
        assert sealed.reseal(unheard) == 0


async def test_data_keys_are_changed_while_the_hub_runs(opened: Callable[..., Store], place: Place) -> None:
    # SE-01
    store = opened(KEY)
    await fill(store)
    expected = await seen(store)
    vault = Vault(ring(KEY, OTHER), "077")
    with place.sealed(vault) as sealed:
        assert vault.rewrap(sealed.keys) == 2
        assert vault.rewrap(sealed.keys) == 0
        assert await seen(store) == expected
        vault.renew(sealed.keys)
        assert sealed.reseal(unheard) == FILLED + place.phrases
        assert sealed.reseal(unheard) == 0
    with pytest.raises(SealedError, match=r"the key [0-9a-f]{16} is not there"):
        await store.conversation(10)
    await store.close()
    newer = opened(KEY, OTHER)
    assert await seen(newer) == expected
    alone = opened(OTHER)
    assert await seen(alone) == expected


@pytest.mark.parametrize("keys", [(), (OTHER,)])
async def test_without_its_key_it_is_not_opened(opened: Callable[..., Store], keys: tuple[str, ...]) -> None:
    # SE-01
    store = opened(KEY)
    await fill(store)
    await store.close()
    with pytest.raises(SealedError, match=r"names no|is not there"):
        opened(*keys)


@pytest.mark.parametrize("harm", [lambda _, other: other, lambda doc, _: doc[:30] + b"\0" + doc[31:], lambda doc, _: doc[:20]])
async def test_what_was_altered_is_not_read(opened: Callable[..., Store], place: Place, harm: Callable[[bytes, bytes], bytes]) -> None:
    # SE-01
    store = opened(KEY)
    assert await together(store, opening(10), opening(20)) == [None, None]
    docs = place.docs()
    place.write(11, harm(docs[11], docs[21]))
    with pytest.raises(UnavailableStoreError, match="journal/10/11: it was altered, or brought from elsewhere"):
        await store.records(10)
    assert len(await store.records(20)) == 1
    await store.close()


async def test_a_new_record_follows_sealed_ones(opened: Callable[..., Store]) -> None:
    # CH-06
    store = opened(KEY)
    await fill(store)
    await store.commit(adding(13, said(14, 10, "ещё")))
    assert [record.id for record in await store.records(10)] == [11, 12, 13, 14]
    await store.close()
