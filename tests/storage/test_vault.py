"""A database whose documents are sealed: it keeps every promise, and whoever gets the files gets nothing to read."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.contacts import Address
from hub.errors import SealedError, UnavailableStoreError
from hub.journal import Record
from hub.message import Author, Message, Source
from hub.notices import OptOut
from hub.operators import Operator, Role
from hub.ports import Store
from storage.keys.ring import new_key
from storage.resealing import reseal
from storage.sqlite import SqliteStore, connect
from storage.vault import LOOKED_S, SqliteKeys, Vault
from tests.storage.contract import StoreContract
from tests.storage.contract_archive import caught_up, found
from tests.storage.contract_durable import DurableContract
from tests.storage.data import adding, address, at, opening, ring, said, together

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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "okno.db"


@pytest.fixture
async def opened(path: Path, russian: Russian) -> AsyncIterator[Callable[..., SqliteStore]]:
    """A store of the same file, with the keys that are given."""
    stores: list[SqliteStore] = []

    def opened(*keys: str) -> SqliteStore:
        stores.append(SqliteStore(path, russian, Vault(ring(*keys), "077") if keys else None, archive_delay_s=0))
        return stores[-1]

    yield opened
    for store in stores:
        await store.close()


def answered(record: int, conversation: int) -> Record:
    return Record(record, conversation, Message(Author.BOT, ANSWER, at(record), source=Source("visit", "Визит", date(2026, 1, 1))))


async def fill(store: Store) -> None:
    """Somebody says his name, is answered by a phrase, and wants no more messages."""
    await store.commit(opening(10, said(11, 10, f"Моя фамилия {NAME}", key="k11"), answered(12, 10),
                               said(13, 10, "маяк"), name=NUMBER))
    await store.put(OptOut(f"sms.smpp:{NUMBER}", at(1), 10, 11))
    await store.put(Operator("anna", NAME, Role.OPERATOR))
    await caught_up(store, 13)


async def seen(store: Store) -> list[object]:
    return [await store.records(10), await store.conversation(10), await store.at_address(address(NUMBER)), await store.keys(10),
            await store.with_addresses([Address("web.chat", NUMBER)]), await found(store, NAME.lower()), await store.moves(0, 1 << 62),
            await store.get(OptOut, f"sms.smpp:{NUMBER}"), await store.all(Operator), await store.page(Operator), await store.owed()]


def in_clear(path: Path) -> list[str]:
    """What of all that can be read in the files."""
    content = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    return [text for text in (NAME, NAME.lower(), NUMBER, "подтверждена", "anna") if text.encode() in content]


async def test_nothing_that_was_said_stands_in_the_files(opened: Callable[..., SqliteStore], path: Path) -> None:
    # SE-01
    store = opened(KEY)
    await fill(store)
    assert in_clear(path) == []
    assert await found(store, "фамилии") == [11]
    await store.close()
    assert in_clear(path) == []


async def test_what_was_stored_before_there_were_keys_is_sealed_while_it_is_read(opened: Callable[..., SqliteStore], path: Path) -> None:
    # SE-01
    before = opened()
    await fill(before)
    expected = await seen(before)
    await before.close()
    store = opened(KEY)
    await caught_up(store, 13)
    assert await seen(store) == expected
    told: list[tuple[int, int]] = []
    vault = Vault(ring(KEY), "077")
    with closing(connect(path, vault)) as db:
        vault.unlock(SqliteKeys(db), lambda: SqliteKeys(connect(path)))
        assert reseal(db, lambda *how_far: told.append(how_far)) == 3
    assert told[-1] == (7, 7)
    assert await seen(store) == expected
    await store.close()
    assert in_clear(path) == []
    again = opened(KEY)
    assert await seen(again) == expected


async def test_a_data_key_that_another_process_made_is_found(opened: Callable[..., SqliteStore], path: Path) -> None:
    # SE-01
    store = opened(KEY)
    await fill(store)
    expected, vault = await seen(store), Vault(ring(KEY), "077")
    with closing(connect(path, vault)) as db:
        vault.unlock(SqliteKeys(db), lambda: SqliteKeys(connect(path)))
        vault.renew(SqliteKeys(db))
        assert reseal(db, lambda _, __: None) == 6
        assert await seen(store) == expected
        await store.commit(adding(13, said(14, 10, "ещё")))
        assert reseal(db, lambda _, __: None) == 0


async def test_a_hub_that_only_writes_sees_a_new_data_key_before_long(path: Path, russian: Russian) -> None:
    # SE-01
    now = 0.0
    store, other = SqliteStore(path, russian, Vault(ring(KEY), "077", lambda: now), archive_delay_s=0), Vault(ring(KEY), "077")
    await fill(store)
    with closing(connect(path, other)) as db:
        other.unlock(SqliteKeys(db), lambda: SqliteKeys(connect(path)))
        other.renew(SqliteKeys(db))
        reseal(db, lambda _, __: None)
        now = LOOKED_S + 1
        await store.commit(adding(13, said(14, 10, "ещё")))
        await store.close()
        assert reseal(db, lambda _, __: None) == 0


async def test_data_keys_are_changed_while_the_hub_runs(opened: Callable[..., SqliteStore], path: Path) -> None:
    # SE-01
    store = opened(KEY)
    await fill(store)
    expected = await seen(store)
    vault = Vault(ring(KEY, OTHER), "077")
    with closing(connect(path, vault)) as db:
        vault.unlock(SqliteKeys(db), lambda: SqliteKeys(connect(path)))
        assert vault.rewrap(SqliteKeys(db)) == 2
        assert vault.rewrap(SqliteKeys(db)) == 0
        assert await seen(store) == expected
        vault.renew(SqliteKeys(db))
        assert reseal(db, lambda _, __: None) == 6
        assert reseal(db, lambda _, __: None) == 0
    with pytest.raises(SealedError, match=r"the key [0-9a-f]{16} is not there"):
        await store.conversation(10)
    await store.close()
    newer = opened(KEY, OTHER)
    assert await seen(newer) == expected
    alone = opened(OTHER)
    assert await seen(alone) == expected


@pytest.mark.parametrize("keys", [(), (OTHER,)])
async def test_without_its_key_it_is_not_opened(opened: Callable[..., SqliteStore], keys: tuple[str, ...]) -> None:
    # SE-01
    store = opened(KEY)
    await fill(store)
    await store.close()
    with pytest.raises(SealedError, match=r"names no|is not there"):
        opened(*keys)


@pytest.mark.parametrize("change", [
    "UPDATE journal SET doc = (SELECT doc FROM journal WHERE id = 21) WHERE id = 11",
    "UPDATE journal SET doc = CAST(substr(doc, 1, 30) || x'00' || substr(doc, 32) AS BLOB) WHERE id = 11",
    "UPDATE journal SET doc = substr(doc, 1, 20) WHERE id = 11"])
async def test_what_was_altered_is_not_read(opened: Callable[..., SqliteStore], path: Path, change: str) -> None:
    # SE-01
    store = opened(KEY)
    assert await together(store, opening(10), opening(20)) == [None, None]
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(change)
    with pytest.raises(UnavailableStoreError, match="journal/11: it was altered, or brought from elsewhere"):
        await store.records(10)
    assert len(await store.records(20)) == 1
    await store.close()


async def test_a_new_record_follows_sealed_ones(opened: Callable[..., SqliteStore]) -> None:
    # CH-06
    store = opened(KEY)
    await fill(store)
    await store.commit(adding(13, said(14, 10, "ещё")))
    assert [record.id for record in await store.records(10)] == [11, 12, 13, 14]
    await store.close()
