"""What is kept beside a store moves from a folder into MongoDB and back as it lies there, also while hubs work (LV-01, CH-12, SE-03)."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pymongo import MongoClient

from hub.conversations.journal import ErasureCause
from hub.kernel.errors import UnavailableStoreError
from hub.privacy.erased_conversation import Erasure
from storage.erasure_register import DurableErasureRegister, ErasureFile
from storage.files import SealedFiles
from storage.keys.file import KeyFile
from storage.mongo.blobs import CollectionBlobs, GridBlobStore
from storage.mongo.erasure_register import ErasureCollection
from storage.mongo.place import in_mongodb
from storage.mongo.schema import Row
from storage.places import Place, carried, in_folder, totals

AT = datetime(2026, 1, 1, tzinfo=UTC)
OF = "077/files"


def erasures(*numbers: int) -> list[Erasure]:
    return [Erasure(number, AT, ErasureCause.TERM) for number in numbers]


@pytest.fixture
def mongodb(client: MongoClient[Row]) -> Iterator[Place]:
    host, port = client.address or ("", 0)
    with in_mongodb(f"mongodb://{host}:{port}/?directConnection=true", "places") as place:
        yield place
    client.drop_database("places")


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    ring = KeyFile(tmp_path / "okno.keys")
    ring.add()
    return ring


@pytest.fixture(params=["file", pytest.param("collection", marks=pytest.mark.peers)])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> DurableErasureRegister:
    (tmp_path / "copies").mkdir()
    if request.param == "file":
        return ErasureFile(tmp_path / "erasures.jsonl", tmp_path / "copies")
    client: MongoClient[Row] = request.getfixturevalue("client")
    client.register.erasures.drop()
    return ErasureCollection(client.register.erasures, tmp_path / "copies" / "erasures.jsonl")


def test_the_register_is_only_added_to_and_copied(register: DurableErasureRegister, tmp_path: Path) -> None:
    # SE-03
    assert register.after(0) == []
    register.add(erasures(1, 2))
    register.add(erasures(2, 4))
    assert register.after(0) == erasures(1, 2, 2, 4)
    assert register.after(1, 2) == erasures(2, 2)
    assert register.after(4) == []
    assert ErasureFile(tmp_path / "copies" / "erasures.jsonl").after(0) == erasures(1, 2, 2, 4)


def test_what_came_with_the_rows_comes_first(register: DurableErasureRegister) -> None:
    # SE-03
    register.lead(erasures(1, 2))
    register.lead([])
    register.add(erasures(3))
    register.lead(erasures(1, 9))
    assert register.after(0) == erasures(1, 9, 2, 3)
    register.add(erasures(4))
    register.lead(erasures(1, 9))
    assert register.after(1) == erasures(9, 2, 3, 4)


@pytest.mark.peers
def test_two_hubs_add_at_once_and_no_number_is_left_out(client: MongoClient[Row]) -> None:
    # SE-03, LV-01
    client.register.erasures.drop()
    hubs = [ErasureCollection(client.register.erasures) for _ in range(4)]
    with ThreadPoolExecutor(len(hubs)) as pool:
        for done in [pool.submit(hub.add, erasures(*range(at * 100, at * 100 + 20))) for at, hub in enumerate(hubs)]:
            done.result()
    added = [each.conversation for each in hubs[0].after(0)]
    assert sorted(added) == [at * 100 + n for at in range(4) for n in range(20)]
    assert [row["_id"] for row in client.register.erasures.find(sort=[("_id", 1)])] == list(range(1, 81))
    for at in range(4):  # each in its own order
        assert [number for number in added if number // 100 == at] == [at * 100 + n for n in range(20)]


@pytest.mark.peers
async def test_all_goes_there_and_back_and_another_time_only_what_is_new(tmp_path: Path, mongodb: Place, keys: KeyFile) -> None:
    # LV-01, CH-12, SE-04
    folder = in_folder(tmp_path / "data")
    files = SealedFiles(folder.shelf, keys, OF)
    stays, goes = await files.put("Заявление".encode() * 100_000), await files.put(b"goes")
    folder.seals.put("2026-11-25.json", b"{}")
    (tmp_path / "data").mkdir(exist_ok=True)
    folder.register.add(erasures(1))
    told = list[float]()
    await asyncio.to_thread(carried, folder, mongodb, told.append)
    assert (totals(mongodb), told[-1]) == (totals(folder), 1.0)
    there = SealedFiles(mongodb.shelf, keys, OF)
    assert (await there.get(stays), await there.get(goes)) == ("Заявление".encode() * 100_000, b"goes")

    # The hub has worked on: a file came, one went, keys were changed.
    await files.drop(goes)
    comes = await files.put(b"comes")
    keys.add()
    for file in files.all():
        files.renew(file)
    files.forget_keys()
    folder.register.add(erasures(2))
    folder.seals.put("2026-11-26.json", b"{}")
    await asyncio.to_thread(carried, folder, mongodb, told.append)
    (tmp_path / "okno.keys").write_text((tmp_path / "okno.keys").read_text().splitlines()[-1])  # the old one is thrown away
    assert totals(mongodb) == totals(folder)
    there.check()
    assert [await there.get(file) for file in (stays, goes, comes)] == ["Заявление".encode() * 100_000, None, b"comes"]

    back = in_folder(tmp_path / "back")
    (tmp_path / "back").mkdir()
    await asyncio.to_thread(carried, mongodb, back, told.append)
    assert totals(back) == totals(folder)
    assert (back.seals.names(), back.register.after(0)) == (folder.seals.names(), erasures(1, 2))
    assert await SealedFiles(back.shelf, keys, OF).get(comes) == b"comes"
    for path in (tmp_path / "data").rglob("*"):  # byte for byte as it lay there
        if path.is_file():
            assert (tmp_path / "back" / path.relative_to(tmp_path / "data")).read_bytes() == path.read_bytes()


@pytest.mark.peers
async def test_a_deletion_that_was_cut_off_is_done_by_the_next(mongodb: Place, client: MongoClient[Row]) -> None:
    # SE-03: also where nothing is sealed
    files, db = SealedFiles(mongodb.shelf, None, OF), client.places
    name = await files.put(b"in clear")
    entry = db.files.files.find_one_and_delete({})
    assert entry is not None
    db.files.unfinished.insert_one({"_id": entry["_id"], "at": AT, "dropped": name})
    assert await files.get(name) is None
    await files.drop(name)
    assert (db.files.chunks.count_documents({}), db.files.unfinished.count_documents({})) == (0, 0)


def test_a_server_that_is_away_is_told_in_our_own_words() -> None:
    # CH-06
    with MongoClient[Row]("mongodb://127.0.0.1:1/", serverSelectionTimeoutMS=50) as client:
        shelf = GridBlobStore(client.places)
        for ask in (lambda: shelf.has("a"), lambda: shelf.open("a", sealed=True), lambda: shelf.drop("a", sealed=True), shelf.totals,
                    lambda: shelf.add([b"a"], lambda: ("a", None)), lambda: CollectionBlobs(client.places.seals).names()):
            with pytest.raises(UnavailableStoreError, match="MongoDB"):
                ask()
