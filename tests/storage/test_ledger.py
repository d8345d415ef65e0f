"""Whoever may write a sealed database, and has no keys: nothing of it is believed (F5 of the security review)."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.access.operator import Operator, Role
from hub.conversations.ports import Store
from hub.kernel.document import Document
from hub.kernel.errors import SealedError, StoreError, UnavailableStoreError
from storage.codec import key_of, kind_of
from storage.keys.ring import new_key
from storage.ledger import LISTED
from storage.recount import LedgerDefect
from storage.vault import Vault
from tests.peers.mongo import Replicas, replicas
from tests.storage.data import adding, audit_entry, moving, opening, ring, said, waiting_for
from tests.storage.places import InFile, OnServer, Place
from tests.storage.samples import KINDS, sample

KEY = new_key()[0]
AT_ONCE = 20
KEYS = "077-261126-0000001-0", "077-261126-0000002-0"
"""As numbers of cases are, which have a form of their own."""


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


def vault() -> Vault:
    return Vault(ring(KEY), "077")


@pytest.fixture
async def opened(place: Place, russian: Russian) -> AsyncIterator[Callable[[], Store]]:
    stores: list[Store] = []

    def opened() -> Store:
        stores.append(place.store(russian, vault()))
        return stores[-1]

    yield opened
    for store in stores:
        await store.close()


def in_clear(row: str) -> bytes:
    """What somebody else would write there."""
    return json.dumps({"type": row.split("/")[1], "key": "forged"}).encode()


def named(place: Place) -> list[tuple[LedgerDefect, str]]:
    return [(each.flaw, each.place) for each in place.recounted(vault()).findings]


def group(place: str) -> str:
    return place.split("/")[1] if place.startswith("documents/") else place


def harms(old: dict[str, bytes], new: dict[str, bytes], own: list[str]) -> Iterator[tuple[str, dict[str, bytes | None]]]:
    """What somebody does to one row of each kind: in clear, an older one, another's of its kind, another kind's, none."""
    other = {row: next(each for each in new if each.rpartition("/")[0] == row.rpartition("/")[0] and each != row) for row in own}
    yield "clear", {row: in_clear(row) for row in own}
    yield "replayed", {row: old[row] for row in own}
    yield "of another key", {row: new[other[row]] for row in own}
    yield "of another kind", {row: new[own[at - 1]] for at, row in enumerate(own)}
    yield "gone", dict.fromkeys(own)


@pytest.fixture
async def filled(opened: Callable[[], Store], place: Place) -> tuple[Store, dict[str, bytes], dict[str, bytes]]:
    """A store that has two of each kind of documents, and what lay there before each was put again."""
    store = opened()
    for kind in KINDS:
        for key in KEYS:
            await store.put(sample(kind, key), audit_entry(1))
    old = place.rows()
    for kind in KINDS:
        for key in KEYS:
            await store.put(sample(kind, key))
    return store, old, place.rows()


async def test_no_document_of_any_kind_is_believed_that_somebody_else_has_put_there(
        filled: tuple[Store, dict[str, bytes], dict[str, bytes]], place: Place) -> None:
    # F5: in clear, replayed, of another row, taken away; refused where it is read, or named where only all of them tell
    store, old, new = filled
    assert named(place) == []
    for kinds in (KINDS[at:at + AT_ONCE] for at in range(0, len(KINDS), AT_ONCE)):
        rows = {kind: next(row for row in new if row.startswith(f"documents/{kind_of(kind)}/")) for kind in kinds}
        for harm, docs in harms(old, new, list(rows.values())):
            for row, doc in docs.items():
                place.drop(row) if doc is None else place.put(row, doc)
            assert {group(each) for _, each in named(place)} == {kind_of(kind) for kind in kinds}, harm
            for kind in kinds:
                if kind_of(kind) in LISTED or harm not in {"replayed", "gone"}:
                    with pytest.raises(SealedError):
                        await found_all(store, kind)
            for row in docs:
                place.put(row, new[row])
            assert named(place) == []
    for kind in KINDS:
        assert len(await found_all(store, kind)) == 2


async def found_all(store: Store, kind: type[Document]) -> list[Document]:
    return [each for key in KEYS if (each := await store.get(kind, key_of(sample(kind, key)))) is not None]


async def test_heads_and_records_are_bound_and_counted(opened: Callable[[], Store], place: Place) -> None:
    # F5: of conversations too; what is older or gone is named by the sum of all
    store = opened()
    await store.commit(opening(10, said(11, 10, "раз"), said(12, 10, "два")))
    await store.commit(opening(20))
    old = place.rows()
    await store.commit(moving(12, 13, 10, waiting_for("general", 3)))
    new = place.rows()
    assert named(place) == []
    for row, doc, flaw in (("conversations/10", b'{"id":10}', LedgerDefect.CLEAR), ("conversations/10", new["conversations/20"], LedgerDefect.ALTERED),
                           ("conversations/10", old["conversations/10"], LedgerDefect.UNEVEN), ("journal/11", b"{}", LedgerDefect.CLEAR),
                           ("journal/11", new["journal/12"], LedgerDefect.ALTERED)):
        place.put(row, doc)
        assert [each for each, _ in named(place)] == [flaw]
        if flaw is not LedgerDefect.UNEVEN:
            with pytest.raises(SealedError):
                await (store.conversation(10) if row.startswith("conversations") else store.records(10))
        place.put(row, new[row])
    place.drop("journal/12")
    assert named(place) == [(LedgerDefect.UNEVEN, "journal")]


async def test_a_ledger_that_was_put_back_is_refused_at_once_and_at_the_next_start(opened: Callable[[], Store], place: Place) -> None:
    # F5: with the row that it fits to
    store = opened()
    await store.put(Operator("anna", "Анна", Role.ADMIN), audit_entry(1))
    old = place.rows()
    await store.put(Operator("anna", "Анна", Role.OPERATOR, active=False), audit_entry(2))
    new = place.rows()
    rows = [row for row in new if row.startswith(("documents/ledger/", "documents/operator/"))]
    assert len(rows) == 3
    (account,) = [row for row in rows if "/operator/" in row and "ledger" not in row]
    for some in ([account], [account, "documents/ledger/operator"], rows):
        for row in some:
            place.put(row, old[row])
        with pytest.raises(SealedError):
            await store.get(Operator, "anna")
        with pytest.raises(SealedError):
            await store.all(Operator)
        assert named(place)
        if some == rows:
            with pytest.raises(StoreError):
                await store.put(Operator("boris", "Борис", Role.ADMIN))
            with pytest.raises(SealedError, match="older than what is known"):
                opened()
        for row in some:
            place.put(row, new[row])
        assert (await store.all(Operator))[0].active is False
    for row in rows:
        if "ledger" in row:
            place.drop(row)
    with pytest.raises(SealedError, match="ledger is not there"):
        opened()


async def test_a_database_of_before_is_closed_when_all_of_it_is_bound(
        opened: Callable[[], Store], place: Place, russian: Russian) -> None:
    # F5: clear, then sealed; until it is closed what lies in clear is read
    before = place.store(russian, Vault())
    await before.commit(opening(10, said(11, 10, "раз")))
    await before.put(Operator("anna", "Анна", Role.ADMIN))
    await before.close()
    own = vault()
    with place.sealed(own) as sealed:
        assert not own.closed
        with pytest.raises(SealedError, match="run okno keys rotate"):
            sealed.close(lambda *_: None)
        sealed.reseal(lambda *_: None)
        assert place.recounted(vault()).unbound == 0
        sealed.close(lambda *_: None)
        assert own.closed
    store = opened()
    await store.commit(adding(11, said(12, 10, "два"), audit_entries=(audit_entry(1),)))
    await store.put(Operator("boris", "Борис", Role.OPERATOR))
    assert named(place) == []
    assert [each.login for each in await store.all(Operator)] == ["anna", "boris"]
    row = next(each for each in place.rows() if each.startswith("documents/operator/"))
    place.put(row, b'{"type":"operator","login":"anna","name":"A","role":"admin"}')
    with pytest.raises(UnavailableStoreError, match="lies in clear"):
        await store.all(Operator)
    with place.sealed(vault()) as sealed, pytest.raises(SealedError, match="lies in clear"):
        sealed.reseal(lambda *_: None)  # what somebody else has written is not sealed by us


async def test_all_is_sealed_anew_with_its_ledger(filled: tuple[Store, dict[str, bytes], dict[str, bytes]], place: Place) -> None:
    # F5, SE-01: by another data key while a hub works; an older account is not made a new one by it
    store, old, _ = filled
    own = vault()
    with place.sealed(own) as sealed:
        own.renew(sealed.keys)
        assert sealed.reseal(lambda *_: None) == 2 * len(KINDS)
        assert named(place) == []
        await store.put(sample(Operator, KEYS[0]))
        assert len(await found_all(store, Operator)) == 2
        row = next(each for each in old if each.startswith("documents/operator/"))
        place.put(row, old[row])
        own.renew(sealed.keys)
        with pytest.raises(SealedError, match="not the newest"):
            sealed.reseal(lambda *_: None)
