"""Seals of the audit: made when a day is over, signed, copied to somebody else, and what is done to them or behind them is found."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from pymongo import MongoClient

from bots.russian import Russian
from hub.audit.day_seal import BrokenSeal, KeptSeal, SealDefect, SealProof, check
from hub.audit.day_sealer import DaySealer
from hub.audit.hash_chain import START, link_hash, verify_chain
from hub.kernel.errors import SealedError
from storage.audit import FileReading
from storage.blob_store import SmallBlobs
from storage.folder import FolderBlobs
from storage.keys.file import KeyFile
from storage.mongo.blobs import CollectionBlobs
from storage.mongo.schema import Row
from storage.seals import SIGNER, StoredSeals, keys_of, seals_of
from storage.sqlite import SqliteStore
from tests.storage.data import audit_entry

CENTRE, MOSCOW = "077", ZoneInfo("Europe/Moscow")
FIRST = date(2026, 11, 20)


class Archive:
    """A store with its seals, and a clock that is set by hand."""

    def __init__(self, folder: Path, store: SqliteStore, seals: SmallBlobs, keys: KeyFile | None) -> None:
        self.folder, self.store, self.seals = folder, store, seals
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        (folder / "elsewhere").mkdir()
        self.kept = StoredSeals(seals, keys, f"{CENTRE}/audit", folder / "elsewhere")
        self.sealing = DaySealer(store, self.kept, CENTRE, MOSCOW, lambda: self.now)

    async def day(self, records: int) -> None:
        """Some records, and the day is over."""
        for number in range(records):
            await self.store.note(audit_entry(number))
        self.now += timedelta(days=1)
        await self.sealing.seal()

    def found(self, drawer: SmallBlobs | None = None) -> list[BrokenSeal]:
        seals = drawer or self.seals
        kept = seals_of(seals, keys_of(seals))
        with closing(FileReading(self.folder / "okno.db")) as db:
            seen = verify_chain(db.rows(1 << 62), marks=frozenset(each.seal.last for each in kept if each.seal))
        return check(kept, CENTRE, seen)

    def sql(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.folder / "okno.db", isolation_level=None)) as db:
            for name in ("audit_is_not_changed", "audit_is_not_deleted", "audit_is_continued"):
                db.execute(f"DROP TRIGGER IF EXISTS {name}")
            for statement in statements:
                db.execute(statement)

    def forge(self, number: int) -> None:
        """Alter a record, and compute the whole chain behind it anew."""
        with closing(sqlite3.connect(self.folder / "okno.db")) as db:
            rows = db.execute("SELECT id, doc FROM audit ORDER BY id").fetchall()
            last, statements = START, []
            for at, doc in rows:
                changed = doc.replace(b"anna", b"olga") if at == number else doc
                last = link_hash(last, at, changed)
                statements.append(f"UPDATE audit SET doc = x'{changed.hex()}', hash = x'{last.hex()}' WHERE id = {at}")
        self.sql(*statements)


@pytest.fixture(params=["signed", "unsigned"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> KeyFile | None:
    if request.param == "unsigned":
        return None
    keys = KeyFile(tmp_path / "okno.keys")
    keys.add()
    return keys


@pytest.fixture(params=["folder", pytest.param("mongodb", marks=pytest.mark.peers)])
def seals(request: pytest.FixtureRequest, tmp_path: Path) -> SmallBlobs:
    if request.param == "folder":
        return FolderBlobs(tmp_path / "audit")
    client: MongoClient[Row] = request.getfixturevalue("client")
    client.seals.seals.delete_many({})
    return CollectionBlobs(client.seals.seals)


@pytest.fixture
async def archive(tmp_path: Path, russian: Russian, seals: SmallBlobs, keys: KeyFile | None) -> AsyncIterator[Archive]:
    """Three days of four records each, sealed."""
    store = SqliteStore(tmp_path / "okno.db", russian)
    archive = Archive(tmp_path, store, seals, keys)
    for _ in range(3):
        await archive.day(4)
    yield archive
    await store.close()


def files(drawer: SmallBlobs) -> list[str]:
    return [name for name in drawer.names() if name.endswith(".json")]


async def test_each_day_is_sealed_once_when_it_is_over(archive: Archive, keys: KeyFile | None) -> None:
    # SE-01
    assert files(archive.seals) == [f"{FIRST + timedelta(days=n)}.json" for n in range(3)]
    kept = seals_of(archive.seals, keys_of(archive.seals))
    assert [(each.seal.after, each.seal.last, each.seal.before) for each in kept if each.seal] == [
        (0, 4, None), (4, 8, FIRST), (8, 12, FIRST + timedelta(days=1))]
    assert {each.proof for each in kept} == {SealProof.SIGNED if keys else SealProof.UNSIGNED}
    assert archive.found() == []
    assert await archive.sealing.seal() is None
    archive.now += timedelta(days=5)
    assert await archive.sealing.seal() is None  # nothing was added
    await archive.store.note(audit_entry(1))
    seal = await archive.sealing.seal()
    assert seal is not None  # days without anybody there are one
    assert (seal.day, seal.after, seal.last) == (date(2026, 11, 27), 12, 13)


async def test_a_day_ends_at_the_centres_midnight(archive: Archive) -> None:
    # SE-01
    await archive.store.note(audit_entry(1))
    archive.now = datetime(2026, 11, 23, 20, 59, tzinfo=UTC)  # 23:59 in Moscow
    assert await archive.sealing.seal() is None
    archive.now += timedelta(minutes=2)
    seal = await archive.sealing.seal()
    assert seal is not None
    assert seal.day == date(2026, 11, 23)


async def test_a_start_seals_what_was_left_before_anything_is_added(archive: Archive) -> None:
    # SE-01
    await archive.store.note(audit_entry(1))
    archive.now += timedelta(days=1)
    await archive.sealing.start()
    await archive.sealing.close()
    assert files(archive.seals)[-1] == "2026-11-23.json"
    assert files(FolderBlobs(archive.folder / "elsewhere")) == files(archive.seals)
    assert not (archive.folder / "elsewhere" / SIGNER).exists()


async def test_a_chain_that_is_rewritten_as_a_whole_is_found_by_its_seals(archive: Archive) -> None:
    # SE-01
    archive.forge(6)
    assert archive.found() == [BrokenSeal(SealDefect.REWRITTEN, f"{FIRST + timedelta(days=1)}.json", 5, 8),
                               BrokenSeal(SealDefect.REWRITTEN, f"{FIRST + timedelta(days=2)}.json", 5, 12)]


async def test_an_end_that_was_cut_off_is_found(archive: Archive) -> None:
    # SE-01
    archive.sql("DELETE FROM audit WHERE id > 10")
    assert archive.found() == [BrokenSeal(SealDefect.CUT, f"{FIRST + timedelta(days=2)}.json", 11, 12)]
    with pytest.raises(SealedError, match="ends at 10"):
        archive.now += timedelta(days=1)
        await archive.sealing.seal()  # no seal is put upon it


async def test_seals_and_chain_forged_together_differ_from_what_somebody_else_keeps(archive: Archive) -> None:
    # SE-01
    await asyncio.to_thread(archive.kept.copy)
    archive.forge(2)
    for name in archive.seals.names():
        archive.seals.drop(name)
    archive.kept = StoredSeals(archive.seals, None, "")
    archive.sealing = DaySealer(archive.store, archive.kept, CENTRE, MOSCOW, lambda: archive.now)
    await archive.sealing.seal()
    assert archive.found() == []
    assert [each.broken for each in archive.found(FolderBlobs(archive.folder / "elsewhere"))] == [SealDefect.REWRITTEN] * 3


async def test_a_seal_that_is_gone_shows(archive: Archive) -> None:
    # SE-01
    archive.seals.drop(f"{FIRST + timedelta(days=1)}.json")
    assert archive.found() == [BrokenSeal(SealDefect.GAP, f"{FIRST + timedelta(days=2)}.json", 5, 12)]


@pytest.mark.parametrize(("harm", "broken"), [
    (lambda content: content[:40], SealDefect.TORN),
    (lambda content: content.replace(b'"last":4', b'"last":3'), SealDefect.FORGED),
    (lambda content: content.replace(b'"centre":"077"', b'"centre":"078"'), SealDefect.FOREIGN),
    (lambda content: content.replace(b'"day":"2026-11-20"', b'"day":"2026-11-19"'), SealDefect.FOREIGN),
])
async def test_a_seal_that_was_changed_is_named(
    archive: Archive, keys: KeyFile | None, harm: Callable[[bytes], bytes], broken: SealDefect,
) -> None:
    # SE-01
    name = f"{FIRST}.json"
    archive.seals.put(name, harm(archive.seals.get(name) or b""), again=True)
    found = archive.found()[0]
    assert found.file == name
    assert found.broken is broken or (keys is None and found.broken is SealDefect.REWRITTEN)


async def test_what_others_keep_is_never_written_over(archive: Archive) -> None:
    # SE-01
    await asyncio.to_thread(archive.kept.copy)
    path = archive.folder / "elsewhere" / f"{FIRST}.json"
    path.write_bytes(b"{}")
    with pytest.raises(SealedError, match="differs"):
        archive.kept.copy()
    assert path.read_bytes() == b"{}"
    (kept,) = [each for each in seals_of(archive.seals, []) if each.file == path.name]
    assert kept.seal is not None
    with pytest.raises(SealedError, match="already"):
        archive.kept.add(kept.seal)


@pytest.mark.parametrize("keys", ["signed"], indirect=True)
class TestSigned:
    async def test_an_unsigned_seal_among_signed_ones_and_a_strangers_key_are_found(self, archive: Archive) -> None:
        # SE-01
        name = f"{FIRST + timedelta(days=2)}.json"
        file = msgspec.json.decode(archive.seals.get(name) or b"")
        archive.seals.put(name, msgspec.json.encode({"seal": file["seal"]}), again=True)
        assert [each.broken for each in archive.found()] == [SealDefect.UNSIGNED]
        assert [each.proof for each in seals_of(archive.seals, [])] == [SealProof.UNKNOWN, SealProof.UNKNOWN, SealProof.UNSIGNED]

    async def test_the_signing_key_lies_wrapped_and_goes_on_under_a_new_key(self, archive: Archive, keys: KeyFile) -> None:
        # SE-04
        own = archive.kept.own()
        assert own is not None
        assert not archive.kept.renew()
        keys.add()
        assert archive.kept.renew()
        lines = (archive.folder / "okno.keys").read_text().split()
        (archive.folder / "okno.keys").write_text(lines[-1])  # the old one is thrown away
        await archive.day(1)
        assert archive.found() == []
        (archive.folder / "okno.keys").write_text("")
        archive.now += timedelta(days=1)
        await archive.store.note(audit_entry(1))
        with pytest.raises(SealedError):
            await archive.sealing.seal()  # rather none than an unsigned one


def test_nothing_is_wrong_without_seals() -> None:
    # SE-01
    kept: list[KeptSeal] = []
    assert check(kept, CENTRE, verify_chain(lambda _: ())) == []
