"""Cards in editions: what holds on a day, who may publish, what may not lack, and what a crash or a second editor cannot harm (KB-05)."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.knowledge.article import Article
from hub.knowledge.edition import FOREVER, CardKind, EditionStage, check, first, in_force, placed, publish, stage, withdrawn, write
from hub.knowledge.edition_diff import FieldChange, diff
from hub.knowledge.editorial import Editorial
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.knowledge.public_services import Fee
from hub.organisation.territory import Place
from tests.knowledge.cards import CARDS, EXAM, GIBDD, HELLO, HUNTING, LICENCE, MVD, PROSECUTOR, TOWN, WINDOW
from tests.rig import ANNA, BOSS, MOSCOW, OLGA, Clock

TODAY = date(2026, 1, 1)
DEARER = replace(LICENCE, fee=Fee(rubles=3000))
DAY_S = 86_400


@pytest.fixture
async def editorial(store: Store, clock: Clock) -> AsyncIterator[Editorial]:
    made = Editorial(store, clock, MOSCOW)
    await made.start(lambda: CARDS)
    yield made
    await made.close()


def test_what_holds_on_a_day(clock: Clock) -> None:
    old = first(LICENCE, date(2025, 6, 1), clock.now)
    written = check(write(old, DEARER, "anna", clock.now), "anna", clock.now, TODAY)
    new, ended = placed(publish(written, "boss", clock.now, date(2026, 3, 1), TODAY), [old])
    editions = [*ended, new]
    assert [in_force(editions, day) for day in (date(2025, 5, 31), date(2025, 6, 1), date(2026, 2, 28), date(2026, 3, 1))] == [
        None, ended[0], ended[0], new]
    assert [stage(each, TODAY) for each in editions] == [EditionStage.IN_FORCE, EditionStage.AWAITED]
    assert stage(ended[0], date(2026, 3, 1)) is EditionStage.REPLACED
    earlier, others = placed(publish(replace(written, version=3, key="service/licence/3"), "boss", clock.now, date(2026, 2, 1), TODAY), editions)
    assert (earlier.until, others[0].until) == (date(2026, 3, 1), date(2026, 2, 1))  # one in between
    assert [each.until for each in withdrawn(editions, TODAY)] == [TODAY, date(2026, 3, 1)]  # what was awaited never comes


async def test_one_writes_another_publishes_and_it_holds_from_its_day(editorial: Editorial, clock: Clock, store: Store) -> None:
    # KB-05, SE-01
    told: list[KnowledgeSnapshot] = []
    editorial.on_change.subscribe(told.append)
    draft = await editorial.write(ANNA, DEARER, 1)
    assert editorial.handbook().services["licence"].fee == Fee(rubles=2000)
    with pytest.raises(RefusedError, match="проверенный"):
        await editorial.publish(BOSS, CardKind.SERVICE, "licence", draft.version, None)
    await editorial.check(ANNA, CardKind.SERVICE, "licence", draft.version)
    with pytest.raises(RefusedError) as own:
        await editorial.publish(ANNA, CardKind.SERVICE, "licence", draft.version, None)
    assert own.value.code == "own_edition"
    with pytest.raises(RefusedError) as past:
        await editorial.publish(BOSS, CardKind.SERVICE, "licence", draft.version, TODAY - timedelta(days=1))
    assert past.value.code == "bad_dates"
    await editorial.publish(BOSS, CardKind.SERVICE, "licence", draft.version, TODAY + timedelta(days=1))
    assert editorial.handbook().services["licence"].fee == Fee(rubles=2000)
    clock.forward(DAY_S)
    editorial.look()
    assert editorial.handbook().services["licence"].fee == Fee(rubles=3000)
    assert editorial.handbook().services["licence"].origin.checked == TODAY
    assert told[-1].services["licence"].fee == Fee(rubles=3000)
    audit_entries = [(audit_entry.by, audit_entry.what, audit_entry.about) for _, audit_entry in await store.audit_entries() if audit_entry.about == "service/licence"]
    assert audit_entries == [("boss", "edition_published", "service/licence"), ("anna", "edition_checked", "service/licence"),
                     ("anna", "edition", "service/licence")]


async def test_a_service_that_lacks_anything_is_not_published(editorial: Editorial) -> None:
    # KB-05, AL-02, AL-03, AL-04, AL-05
    draft = await editorial.write(ANNA, HUNTING, 0)
    with pytest.raises(RefusedError) as lacking:
        await editorial.check(ANNA, CardKind.SERVICE, "hunting", draft.version)
    assert lacking.value.code == "lacking"
    assert editorial.handbook().lacking(HUNTING) == ["order", "term", "documents", "fee", "refusals", "responsible", "result", "ways", "appeal"]
    assert "hunting" not in editorial.handbook().services


async def test_what_services_need_neither_goes_nor_loses_who_stands_above(editorial: Editorial) -> None:
    # AL-05: no gap for any published service
    with pytest.raises(RefusedError) as needed:
        await editorial.withdraw(BOSS, CardKind.AUTHORITY, "mvd")
    assert needed.value.code == "needed"
    draft = await editorial.write(ANNA, replace(GIBDD, superior=""), 1)
    await editorial.check(ANNA, CardKind.AUTHORITY, "gibdd", draft.version)
    with pytest.raises(RefusedError, match=r"Водительское удостоверение.*вышестоящий орган"):
        await editorial.publish(BOSS, CardKind.AUTHORITY, "gibdd", draft.version, None)
    await editorial.withdraw(BOSS, CardKind.SERVICE, "licence")
    assert "licence" not in editorial.handbook().services
    await editorial.publish(BOSS, CardKind.AUTHORITY, "gibdd", draft.version, None)


async def test_of_two_editors_the_second_looks_again(editorial: Editorial) -> None:
    await editorial.write(ANNA, DEARER, 1)
    with pytest.raises(RefusedError) as other:
        await editorial.write(OLGA, LICENCE, 1)
    assert other.value.code == "other_version"
    again = await editorial.write(OLGA, LICENCE, 2)
    assert [each.version for each in await editorial.editions(CardKind.SERVICE, "licence")] == [3, 1]  # a draft makes room for the next
    assert await editorial.drafts() == [again]
    await editorial.discard(OLGA, CardKind.SERVICE, "licence", 3)
    assert await editorial.drafts() == []


async def test_it_is_filled_once_and_what_editors_did_stays(editorial: Editorial, store: Store, clock: Clock) -> None:
    await editorial.withdraw(BOSS, CardKind.OFFICE, "window")
    await editorial.say(ANNA, replace(HELLO, text="Добрый день!"))
    clock.forward(DAY_S)
    again = Editorial(store, clock, MOSCOW)
    await again.start(lambda: (*CARDS, HUNTING))
    assert again.handbook().articles["hello"].text == "Добрый день!"
    assert again.handbook().offices == {"exam": EXAM}
    assert "hunting" not in again.handbook().services
    await again.close()


async def test_what_a_file_leaves_out_waits_as_a_draft(store: Store, clock: Clock) -> None:
    # KB-05: not even a file makes a service public that lacks something
    editorial = Editorial(store, clock, MOSCOW)
    await editorial.start(lambda: (*CARDS, HUNTING))
    assert [each.name for each in await editorial.drafts()] == ["service/hunting"]
    assert set(editorial.handbook().services) == {"licence"}
    await editorial.close()


async def test_articles_of_before_become_editions(store: Store, clock: Clock) -> None:
    kept = Article("own", "Своя", "Текст центра.")
    await store.put(kept)
    editorial = Editorial(store, clock, MOSCOW)
    await editorial.start(lambda: CARDS)
    assert editorial.handbook().articles == {"own": kept}  # what Okno brings along does not come on top
    assert await store.all(Article) == []
    assert [each.until for each in await editorial.editions(CardKind.ARTICLE, "own")] == [FOREVER]
    await editorial.close()


async def test_a_robot_that_steers_cannot_lose_its_articles(editorial: Editorial) -> None:
    with pytest.raises(RefusedError) as needed:
        await editorial.withdraw(BOSS, CardKind.ARTICLE, "hello")
    assert needed.value.code == "needed"


def test_a_place_finds_its_own() -> None:
    # RG-01, RG-02, MU-01, KB-06
    handbook = KnowledgeSnapshot(CARDS)
    assert handbook.receiving(LICENCE, TOWN) == [EXAM]
    assert handbook.near(TOWN) == [EXAM, WINDOW]
    assert handbook.near(Place("77")) == handbook.near(Place()) == []
    assert [each.id for each in handbook.competent(TOWN)] == ["mfc-network", "prosecutor", "gibdd", "mvd"]
    assert [each.id for each in handbook.ladder("gibdd")] == ["gibdd", "mvd"]
    here, elsewhere = handbook.service("licence", TOWN), handbook.service("licence", Place("77"))
    assert here is not None
    assert elsewhere == LICENCE
    assert diff(LICENCE, here) == [
        FieldChange("about", "Права выдают после экзаменов.", "Права выдают после экзаменов. В области экзамен сдают на автодроме."),
        FieldChange("fee.rubles", "2000", "2500")]


def test_a_ladder_never_goes_round() -> None:
    assert KnowledgeSnapshot((MVD, PROSECUTOR)).lacking(replace(MVD, superior="nobody")) == ["superior"]
