"""Whoever may write a sealed database, has no keys, and knows how its audit, its columns and its index are made (SE-01)."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.audit.hash_chain import link_hash
from hub.conversations.address import Address
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import SealedError, StoreError
from storage.codec import kind_of, marks_of
from storage.keys.ring import new_key
from storage.recount import LedgerDefect
from storage.sqlite import SqliteStore
from storage.vault import Vault
from tests.storage.data import audit_entry, opening, ring, said
from tests.storage.places import InFile
from tests.storage.samples import KINDS, sample

KEY = new_key()[0]
FORGED = (b"{", b"{}", b'{"ledger":0}', b'{"ledger":"x"}', b'{"ledger":1}')
KEYS = "077-261126-0000001-0", "077-261126-0000002-0"


def vault() -> Vault:
    return Vault(ring(KEY), "077")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "okno.db"


@pytest.fixture
async def store(path: Path, russian: Russian) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path, russian, vault(), archive_delay_s=0)
    yield store
    await store.close()


def asked(path: Path, query: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(query, values).fetchall()


def flaws(path: Path) -> set[LedgerDefect]:
    return {each.flaw for each in InFile(path).recounted(vault()).findings}


@pytest.mark.parametrize("forged", FORGED)
async def test_a_record_added_to_the_audit_hides_no_older_ledger(store: SqliteStore, path: Path, russian: Russian, forged: bytes) -> None:
    # The newest record is not the only one that names a generation.
    await store.put(Operator("anna", "Анна", Role.ADMIN), audit_entry(1))
    old = asked(path, "SELECT kind, key, doc FROM documents")
    await store.put(Operator("anna", "Анна", Role.ADMIN, active=False), audit_entry(2))
    for row in old:
        asked(path, "INSERT OR REPLACE INTO documents (kind, key, doc) VALUES (?, ?, ?)", *row)
    ((number, hashed),) = asked(path, "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
    asked(path, "INSERT INTO audit (id, doc, hash) VALUES (?, ?, ?)", number + 1, forged, link_hash(hashed, number + 1, forged))
    assert flaws(path) == {LedgerDefect.LEDGER}
    with pytest.raises(SealedError, match="older than what is known"):
        SqliteStore(path, russian, vault(), archive_delay_s=0)


async def read(store: SqliteStore, table: str) -> object:
    if table == "documents":
        return await store.get(Operator, "anna")
    return await (store.conversation(10) if table == "conversations" else store.records(10))


@pytest.mark.parametrize("doc", ["text", 5, 2.5])
async def test_a_document_that_is_no_bytes_is_named(store: SqliteStore, path: Path, doc: object) -> None:
    # SQLite lets any type lie in any column.
    await store.put(Operator("anna", "Анна", Role.ADMIN), audit_entry(1))
    await store.commit(opening(10, said(11, 10, "раз")))
    for where in ("documents SET doc = ? WHERE kind = 'operator'", "conversations SET doc = ? WHERE id = 10", "journal SET doc = ? WHERE id = 11"):
        table, _, row = where.replace("SET doc = ? ", "").partition(" ")
        ((before,),) = asked(path, f"SELECT doc FROM {table} {row}")
        asked(path, f"UPDATE {where}", doc)
        assert flaws(path) == {LedgerDefect.ALTERED}, table
        with pytest.raises(StoreError):
            await read(store, table)
        asked(path, f"UPDATE {where}", before)
    assert not flaws(path)


async def test_nobody_gets_a_strangers_conversation_by_an_address_in_the_index(store: SqliteStore, path: Path) -> None:
    # A citizen who may write the database has a chat of his own, and puts its address beside the conversation of somebody else.
    await store.commit(opening(10, said(11, 10, "тайна")))
    await store.commit(opening(20))
    victim, own = [await store.conversation(number) for number in (10, 20)]
    assert victim is not None
    assert own is not None
    assert own.address != victim.address
    ((address,),) = asked(path, "SELECT address FROM conversations WHERE id = 20")
    asked(path, "UPDATE conversations SET address = 'none' WHERE id = 20")
    asked(path, "UPDATE conversations SET address = ? WHERE id = 10", address)
    with pytest.raises(SealedError, match="found by"):
        await store.at_address(own.address)
    assert await store.at_address(Address("web.chat", "nobody")) is None


async def test_no_document_is_found_by_a_mark_that_it_has_not(store: SqliteStore, path: Path) -> None:
    # The same of documents, as a citizen's cases are found by his address.
    tried = 0
    for kind in KINDS:
        one, other = (sample(kind, key) for key in KEYS)
        values = {(each.name, each.value) for each in marks_of(one)} - {(each.name, each.value) for each in marks_of(other)}
        if values:
            mark, tried = values.pop(), tried + 1
            await store.put(one)
            rows = asked(path, "SELECT * FROM index_entries WHERE kind = ?", kind_of(kind))
            await store.put(other)
            assert await store.marked(kind, *mark) == [one]
            ((key,),) = asked(path, "SELECT key FROM documents WHERE kind = ? AND key != ?", kind_of(kind), rows[0][4])
            for row in rows:
                asked(path, "INSERT OR IGNORE INTO index_entries VALUES (?, ?, ?, ?, ?)", *row[:4], key)
            with pytest.raises(SealedError, match="found by"):
                await store.marked(kind, *mark)
    assert tried


SUPPRESSED = "AFTER INSERT ON audit WHEN instr(NEW.doc, 'secret') BEGIN DELETE FROM audit WHERE id = NEW.id; END"


async def test_no_trigger_of_somebody_else_suppresses_a_record(store: SqliteStore, path: Path, russian: Russian) -> None:
    # The chain would go on without a gap, and the ledger would seal it so.
    await store.put(Operator("anna", "Анна", Role.ADMIN), audit_entry(1))
    ((own,),) = asked(path, "SELECT sql FROM sqlite_schema WHERE name = 'audit_is_not_deleted'")
    asked(path, "DROP TRIGGER audit_is_not_deleted")
    asked(path, f"CREATE TRIGGER quiet {SUPPRESSED}")
    with pytest.raises(StoreError, match="quiet"):
        await store.put(Operator("boris", "Борис", Role.ADMIN), AuditEntry(audit_entry(1).at, "anna", "secret", "boris"))
    with pytest.raises(StoreError, match="quiet"):
        SqliteStore(path, russian, vault(), archive_delay_s=0)
    asked(path, "DROP TRIGGER quiet")
    asked(path, own)
    await store.put(Operator("boris", "Борис", Role.ADMIN), AuditEntry(audit_entry(1).at, "anna", "secret", "boris"))
    assert [each.what for _, each in await store.audit_entries(limit=1)] == ["secret"]


async def test_no_column_shows_a_conversation_to_whoever_has_it_not(store: SqliteStore, path: Path) -> None:
    # An operator of another centre who may write the database puts himself, or his line, beside a conversation.
    await store.commit(opening(10, said(11, 10, "раз")))
    asked(path, "UPDATE conversations SET operator = 'evil', queue = 'evil', since = 1 WHERE id = 10")
    assert await store.held("evil") == []
    assert await store.held("") == []
    assert await store.waiting(["evil"]) == []
