"""A portal's register is pulled over real HTTP: once while it stays the same, again after whatever went wrong (KB-04, IN-01)."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from channels.systems import portal
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError, UnavailableError
from hub.knowledge.catalogue.formats import write_file
from hub.knowledge.catalogue.importer import CatalogueImport
from hub.knowledge.catalogue.portal_importer import PortalImport
from hub.knowledge.catalogue.portals import Portal, Pull
from hub.knowledge.catalogue.toml_format import Catalogue
from hub.knowledge.editorial import Editorial
from hub.knowledge.public_services import Fee
from okno.demo.portals import PortalServer
from storage.memory import MemoryStore
from tests.knowledge.cards import CARDS, GIBDD, LICENCE
from tests.rig import ANNA, BOSS, MOSCOW, Clock

DEARER = write_file(".jsonld", Catalogue((GIBDD,), (), (replace(LICENCE, fee=Fee(rubles=3500)),)))
DEAREST = write_file(".jsonld", Catalogue((GIBDD,), (), (replace(LICENCE, fee=Fee(rubles=9000)),)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    made = MemoryStore(Russian())
    yield made
    await made.close()


@pytest.fixture(params=[True, False], ids=["with marks of change", "without"])
async def far_end(request: pytest.FixtureRequest) -> AsyncIterator[PortalServer]:
    async with PortalServer(DEARER, marks=request.param) as server:
        yield server


@pytest.fixture
async def driver(far_end: PortalServer) -> AsyncIterator[Portal]:
    made = portal.connect({"url": far_end.url}, 0.5)
    yield made
    await made.close()


@pytest.fixture
async def editorial(store: Store, clock: Clock) -> AsyncIterator[Editorial]:
    made = Editorial(store, clock, MOSCOW)
    await made.start(lambda: CARDS)
    yield made
    await made.close()


@pytest.fixture
def portal_import(driver: Portal, editorial: Editorial, store: Store, clock: Clock) -> PortalImport:
    return PortalImport("portal", "Портал услуг", driver, CatalogueImport(editorial, store), store, clock)


async def test_a_register_is_taken_in_once(portal_import: PortalImport, editorial: Editorial, store: Store, far_end: PortalServer) -> None:
    # KB-04, IN-01: ETag, checksum, idempotent
    looked = await portal_import.look()
    assert looked is not None
    assert [each.name for each in looked.diff.differences] == ["service/licence"]
    assert await store.get(Pull, "portal") is None  # looking takes nothing in
    taken = await portal_import.take_in(ANNA)
    assert taken is not None
    assert taken.accepted is not None
    assert taken.accepted.written == ("service/licence",)
    assert await portal_import.take_in(ANNA) is None
    assert len(await editorial.drafts()) == 1
    pull = await store.get(Pull, "portal")
    assert pull is not None
    assert len(pull.checksum) == 64
    assert far_end.sent[-1] == (304 if pull.etag else 200)
    far_end.register = DEAREST
    again = await portal_import.take_in(ANNA)
    assert again is not None
    assert [each.after for change in again.looked.diff.differences for each in change.changes] == ["9000"]


async def test_it_may_be_taken_in_again_and_nothing_is_doubled(portal_import: PortalImport, editorial: Editorial) -> None:
    # IN-01: replayable
    await portal_import.take_in(ANNA)
    again = await portal_import.take_in(ANNA, again=True)
    assert again is not None
    assert (again.accepted, again.looked.diff.differences) == (None, ())
    assert len(await editorial.drafts()) == 1


async def test_what_was_seen_of_a_register_is_taken_and_no_other_one(
        portal_import: PortalImport, editorial: Editorial, store: Store, far_end: PortalServer) -> None:
    # KB-03, KB-04
    looked = await portal_import.look()
    assert looked is not None
    far_end.register, seen = DEAREST, far_end.register
    with pytest.raises(RefusedError) as other:
        await portal_import.accept(ANNA, looked.checksum, looked.versions)
    assert (other.value.code, await editorial.drafts(), await store.get(Pull, "portal")) == ("outdated", [], None)
    far_end.register = seen
    assert (await portal_import.accept(ANNA, looked.checksum, looked.versions)).written == ("service/licence",)
    assert await portal_import.look() is None  # all of it is taken
    again = await portal_import.look(again=True)
    assert again is not None
    assert (again.diff.differences, again.checksum) == ((), looked.checksum)


@pytest.mark.parametrize("mood", ["hang", 500, 503, 429, 302])
async def test_a_portal_that_is_away_is_asked_again_later(portal_import: PortalImport, store: Store, far_end: PortalServer, mood: int | str) -> None:
    # IN-01
    far_end.moods = [mood]
    with pytest.raises(UnavailableError):
        await portal_import.take_in(ANNA)
    assert await store.get(Pull, "portal") is None
    assert await portal_import.take_in(ANNA) is not None


@pytest.mark.parametrize("mood", [401, 403, 404])
async def test_a_portal_that_refuses_is_told_of(portal_import: PortalImport, far_end: PortalServer, mood: int) -> None:
    far_end.moods = [mood]
    with pytest.raises(RefusedError):
        await portal_import.take_in(ANNA)


async def test_a_register_without_end_is_not_read_to_its_end(portal_import: PortalImport, editorial: Editorial, far_end: PortalServer) -> None:
    far_end.register = b" " * ((8 << 20) + 1)
    with pytest.raises(UnavailableError):
        await portal_import.take_in(BOSS)
    assert not await editorial.drafts()
