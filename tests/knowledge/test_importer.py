"""What is imported is seen first, becomes drafts, and never overwrites what nobody has seen (KB-03)."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.knowledge.authorities import Branch
from hub.knowledge.catalogue.diff import difference
from hub.knowledge.catalogue.formats import read_file, write_file
from hub.knowledge.catalogue.importer import CatalogueImport, Source
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError
from hub.knowledge.edition import CardKind
from hub.knowledge.edition_diff import FieldChange
from hub.knowledge.editorial import Editorial
from hub.knowledge.public_services import Fee
from tests.knowledge.cards import CARDS, GIBDD, HUNTING, LICENCE, MVD
from tests.rig import ANNA, BOSS, MOSCOW, Clock

TODAY = date(2026, 1, 1)
KNOWN = {"service/licence": LICENCE, "authority/gibdd": GIBDD, "authority/mvd": MVD}
DEARER = b"id,fee.rubles\nlicence,3500\n"


@pytest.fixture
async def editorial(store: Store, clock: Clock) -> AsyncIterator[Editorial]:
    made = Editorial(store, clock, MOSCOW)
    await made.start(lambda: CARDS)
    yield made
    await made.close()


@pytest.fixture
def importing(editorial: Editorial, store: Store) -> CatalogueImport:
    return CatalogueImport(editorial, store)


def test_what_would_change_is_told_field_by_field_and_what_it_would_lack() -> None:
    # KB-03, KB-05
    diff = difference(read_file("x.csv", b"kind,id,title,name,level,fee.rubles,branch\nservice,licence,,,,,\n".replace(
        b"licence,,,,,", b"licence," + "Права,Выдача прав,federal,3500,".encode()) + "service,fishing,Рыбалка,Рыбалка,regional,,\n"
        "authority,fish,,Рыбнадзор,,,executive\n".encode()), KNOWN, TODAY, "Реестр услуг")
    licence, fishing, fish = diff.differences
    assert licence.changes[:3] == (FieldChange("title", "Водительское удостоверение", "Права"),
                                   FieldChange("name", LICENCE.name, "Выдача прав"), FieldChange("fee.rubles", "2000", "3500"))
    assert licence.before == LICENCE
    assert fishing.before is None
    assert {"about", "term", "documents", "authority"} <= set(fishing.lacking)
    assert fishing.after.origin.source == "Реестр услуг"
    assert fishing.after.origin.imported == TODAY
    assert len(fishing.after.origin.checksum) == 64
    assert licence.after.origin.source == LICENCE.origin.source
    assert fish.after.name == "Рыбнадзор"  # type: ignore[union-attr]


def test_the_same_file_again_changes_nothing_and_an_editors_correction_stays() -> None:
    # KB-03: a checksum of what the source said
    (first,) = difference(read_file("x.csv", DEARER), KNOWN, TODAY).differences
    corrected = replace(first.after, about="Исправлено редактором.", fee=Fee(rubles=4000))
    again = difference(read_file("x.csv", DEARER), KNOWN | {"service/licence": corrected}, TODAY)
    assert (again.differences, again.same) == ((), 1)
    other = difference(read_file("x.csv", b"id,fee.rubles\nlicence,5000\n"), KNOWN | {"service/licence": corrected}, TODAY)
    assert [each.field for each in other.differences[0].changes] == ["fee.rubles"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonld"])
def test_what_was_exported_changes_nothing(suffix: str) -> None:
    content = write_file(suffix, Catalogue((GIBDD, MVD), (), (LICENCE,)))
    diff = difference(read_file(f"x{suffix}", content), KNOWN, TODAY, whole=True)
    assert (diff.differences, diff.same, diff.missing) == ((), 3, ())


def test_what_is_not_in_the_whole_any_more_is_named_if_it_was_imported_once() -> None:
    known = KNOWN | {"service/hunting": replace(HUNTING, origin=replace(HUNTING.origin, checksum="x"))}
    content = write_file(".csv", Catalogue((), (), (LICENCE,)))
    assert [each.id for each in difference(read_file("x.csv", content), known, TODAY, whole=True).missing] == ["hunting"]
    assert difference(read_file("x.csv", content), known, TODAY).missing == ()


def test_what_a_register_says_is_no_demonstration() -> None:
    known = {"authority/gibdd": replace(GIBDD, origin=replace(GIBDD.origin, demonstration=True))}
    (changed,) = difference(read_file("x.csv", "kind,id,short\nauthority,gibdd,ГАИ\n".encode()), known, TODAY).differences
    assert not changed.after.origin.demonstration


async def test_what_was_seen_becomes_drafts_that_somebody_else_publishes(importing: CatalogueImport, editorial: Editorial, store: Store, clock: Clock) -> None:
    # KB-03, SE-01: accepted by an editor, published by another
    source = Source("fees.csv", DEARER, "Реестр")
    looked = await importing.look(source)
    assert looked.versions == {"service/licence": 1}
    assert not await editorial.drafts()  # looking changes nothing
    accepted = await importing.accept(ANNA, source, looked.versions, clock.now)
    assert (accepted.written, accepted.refused) == (("service/licence",), {})
    (draft,) = await editorial.drafts()
    assert draft.card.fee == Fee(rubles=3500)  # type: ignore[union-attr]
    assert editorial.handbook().services["licence"].fee == Fee(rubles=2000)
    told = next(audit_entry for _, audit_entry in await store.audit_entries() if audit_entry.what == "catalogue_imported")
    assert told.by == ANNA.login
    assert "fees.csv: 1 sha256 " in told.detail
    await editorial.check(BOSS, CardKind.SERVICE, "licence", draft.version)
    await editorial.publish(BOSS, CardKind.SERVICE, "licence", draft.version, None)
    assert editorial.handbook().services["licence"].fee == Fee(rubles=3500)
    with pytest.raises(RefusedError) as again:
        await importing.accept(ANNA, source, {"service/licence": 2}, clock.now)
    assert again.value.code == "nothing_new"


async def test_what_was_changed_meanwhile_is_not_overwritten(importing: CatalogueImport, editorial: Editorial, clock: Clock) -> None:
    source = Source("fees.csv", DEARER)
    looked = await importing.look(source)
    await editorial.write(BOSS, replace(LICENCE, about="Другое."), 1)
    accepted = await importing.accept(ANNA, source, looked.versions, clock.now)
    assert (accepted.written, list(accepted.refused)) == ((), ["service/licence"])
    (draft,) = await editorial.drafts()
    assert draft.written_by == BOSS.login


async def test_what_was_not_chosen_is_not_written(importing: CatalogueImport, editorial: Editorial, clock: Clock) -> None:
    source = Source("x.csv", "kind,id,name,branch\nauthority,one,Первый,executive\nauthority,two,Второй,mfc\n".encode())
    await importing.accept(ANNA, source, {"authority/two": 0}, clock.now)
    (draft,) = await editorial.drafts()
    assert draft.card.branch is Branch.MFC  # type: ignore[union-attr]


async def test_what_was_withdrawn_is_taken_in_again(importing: CatalogueImport, editorial: Editorial, clock: Clock) -> None:
    await editorial.withdraw(BOSS, CardKind.SERVICE, "licence")
    source = Source("x.jsonld", write_file(".jsonld", Catalogue(services=(LICENCE,))))
    looked = await importing.look(source)
    assert looked.versions == {}
    assert (await importing.accept(ANNA, source, {"service/licence": 0}, clock.now)).written == ("service/licence",)


async def test_a_file_that_may_not_be_taken_changes_nothing(importing: CatalogueImport, editorial: Editorial, clock: Clock) -> None:
    with pytest.raises(CatalogueError, match="формула"):
        await importing.accept(ANNA, Source("x.csv", b"id,title\nlicence,=1\n"), {"service/licence": 1}, clock.now)
    assert not await editorial.drafts()


async def test_what_holds_is_written_to_a_file(importing: CatalogueImport, editorial: Editorial) -> None:
    await editorial.write(ANNA, replace(LICENCE, about="Черновик."), 1)
    back = read_file("x.xlsx", importing.export(".xlsx"))
    (licence,) = [each.entry for each in back if each.entry["id"] == "licence"]
    assert licence["about"] == LICENCE.about
    with pytest.raises(CatalogueError):
        importing.export(".exe")


async def test_an_import_is_undone_card_by_card_and_the_draft_that_it_replaced_comes_back(
        importing: CatalogueImport, editorial: Editorial, store: Store, clock: Clock) -> None:
    # KB-03: somebody's draft is not lost, and what somebody else has written since stays
    own = await editorial.write(BOSS, replace(LICENCE, about="Черновик."), 1)
    source = Source("x.csv", "kind,id,fee.rubles,name\nservice,licence,3500,Выдача прав\nauthority,gibdd,,ГАИ\nauthority,mvd,,МВД\n".encode())
    looked = await importing.look(source)
    await importing.accept(ANNA, source, looked.versions, clock.now)
    await editorial.write(BOSS, replace(GIBDD, name="Госавтоинспекция"), 2)
    (made,) = await importing.imports(10)
    assert (made.file, len(made.taken), made.checksum) == ("x.csv", 3, looked.checksum)
    undone = await importing.undo(ANNA, made.id, clock.now)
    assert (set(undone.done), list(undone.refused)) == ({"service/licence", "authority/mvd"}, ["authority/gibdd"])
    drafts = {each.name: each for each in await editorial.drafts()}
    assert drafts["service/licence"].card == own.card
    assert "authority/mvd" not in drafts
    with pytest.raises(RefusedError) as again:
        await importing.undo(ANNA, made.id, clock.now)
    assert again.value.code == "already_undone"
    assert {audit_entry.what for _, audit_entry in await store.audit_entries()} >= {"catalogue_imported", "catalogue_undone"}
