"""Articles, services and bodies go down the levels over the line: each edition once, whatever the line does, and nothing that is not for those below (KB-06, KB-09, SE-01)."""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bots.knowledge.faq import FaqBot
from bots.knowledge.services import knowledge_of
from bots.russian import Russian
from hub.federation.envelope import Envelope
from hub.federation.replication import LONGEST
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import RefusedError
from hub.knowledge.article import Article
from hub.knowledge.card_replication import CardReplication
from hub.knowledge.edition import CARD_KINDS, Card, CardKind, Edition
from hub.knowledge.editorial import Editorial
from hub.knowledge.public_services import Fee, Variant
from hub.link.envelope import pack
from hub.link.jetstream import LARGEST
from hub.link.loopback import Loopback
from hub.organisation.level import Level
from hub.organisation.territory import Place
from hub.robot.ports import Reply
from storage.memory import MemoryStore
from tests.knowledge.cards import CARDS, EXAM, HELLO, LICENCE, MVD, WHERE
from tests.rig import ANNA, BOSS, MOSCOW, Clock, eventually
from tests.traits import TRAITS

FEDERAL, REGION, CITY = "000", "001", "077"
LEVELS = {FEDERAL: Level.FEDERAL, REGION: Level.REGIONAL, CITY: Level.MUNICIPAL}
PASS = Article("pass", "Пропуск на въезд", "Пропуск выдают за пять дней.", ("как получить пропуск на въезд",), topic="passport")
ASKED, DAY_S = PASS.questions[0], 86_400


class Centre:
    """One deployment's knowledge, and its end of the link; what it is sent is kept."""

    def __init__(self, code: str, lines: Loopback, russian: Russian, clock: Clock) -> None:
        self.code, self.lines, self.link = code, lines, lines.link(code)
        self.store = MemoryStore(russian)
        self.editorial = Editorial(self.store, clock, MOSCOW)
        order = list(LEVELS)
        self.sharing = CardReplication(self.store, self.editorial, code, self.link, clock, over=lambda a, b: order.index(a) < order.index(b),
                               level=LEVELS.__getitem__, knows=lambda topic: topic == "passport" and code != CITY)
        self.bot = FaqBot(russian, code, TRAITS)
        self.editorial.on_change.subscribe(lambda handbook: self.bot.learn(knowledge_of(handbook)))
        self.heard: list[Envelope] = []
        self.tasks = BackgroundTasks()

    async def start(self) -> None:
        await self.editorial.start(lambda: CARDS)
        self.editorial.on_publish.subscribe(self.sharing.published)
        self.tasks.spawn(self.hear())

    async def hear(self) -> None:
        async with aclosing(self.link.receive()) as parcels:
            async for parcel in parcels:
                self.heard.append(parcel)
                await self.sharing.kinds[parcel.kind](parcel)

    async def told(self) -> None:
        """Wait until nothing that can go is under way."""
        async def quiet() -> bool:
            return not self.sharing._sender._tasks._tasks and not any(self.lines._in.values())
        await eventually(quiet)

    async def say(self, article: Article) -> None:
        await self.editorial.say(ANNA, article)
        await self.told()

    async def withdraw(self, id_: str) -> None:
        await self.editorial.withdraw(BOSS, CardKind.ARTICLE, id_)
        await self.told()

    async def publish(self, card: Card) -> None:
        """By the two that it takes."""
        sort = CARD_KINDS[type(card)]
        known = await self.editorial._known(card)
        draft = await self.editorial.write(ANNA, card, known[0].version if known else 0)
        await self.editorial.check(ANNA, sort, card.id, draft.version)
        await self.editorial.publish(BOSS, sort, card.id, draft.version, None)
        await self.told()

    def says_of(self, question: str, place: Place | None = None) -> str:
        said = self.bot.answer(question, 0, place=place)
        return re.sub(r"(?<=\d)\s(?=\d)", "", said.text) if isinstance(said, Reply) else ""

    def tells(self, question: str = ASKED) -> tuple[str, str]:
        """The card that is found first, and what the robot says."""
        found, said = self.bot.search(question, 1).result(), self.bot.answer(question, 0)
        return found[0].card if found else "", said.text if isinstance(said, Reply) and said.source else ""

    @property
    def cards(self) -> dict[str, Article]:
        return self.editorial.handbook().articles

    async def close(self) -> None:
        for part in (self.sharing, self.tasks, self.editorial, self.store):
            await (part.cancel() if isinstance(part, BackgroundTasks) else part.close())


@pytest.fixture
async def lines() -> Loopback:
    return Loopback(tuple(LEVELS))


@pytest.fixture
async def centres(lines: Loopback, russian: Russian, clock: Clock) -> AsyncIterator[list[Centre]]:
    found = [Centre(code, lines, russian, clock) for code in LEVELS]
    for each in found:
        await each.start()
    yield found
    for each in found:
        await each.close()


async def test_what_is_published_above_is_found_and_told_below_and_changed_only_there(centres: list[Centre]) -> None:
    # KB-06
    federal, region, city = centres
    await federal.say(PASS)
    for below, topic in ((region, "passport"), (city, "")):  # a topic that is not known there is none
        assert below.cards["000.pass"] == replace(PASS, id="000.pass", topic=topic, centre=FEDERAL, level=Level.FEDERAL)
        assert below.tells() == ("000.pass", PASS.text)
        for change in (below.editorial.say(ANNA, replace(PASS, id="000.pass")), below.editorial.write(ANNA, below.cards["000.pass"], 1),
                       below.editorial.say(ANNA, replace(PASS, centre=FEDERAL)), below.editorial.withdraw(BOSS, CardKind.ARTICLE, "000.pass")):
            with pytest.raises(RefusedError) as refused:
                await change
            assert refused.value.code == "from_above"
        audit_entries = [(audit_entry.by, audit_entry.what) for _, audit_entry in await below.store.audit_entries() if audit_entry.about == "article/000.pass"]
        assert audit_entries == [("", "edition_received")]
    await federal.say(replace(PASS, text="Пропуск выдают за день."))
    assert city.tells() == ("000.pass", "Пропуск выдают за день.")
    assert [each.version for each in await city.editorial.editions(CardKind.ARTICLE, "000.pass")] == [2, 1]
    await federal.withdraw("pass")
    for below in (region, city):
        assert "000.pass" not in below.cards
        assert below.tells()[0] != "000.pass"
        assert [audit_entry.what for _, audit_entry in await below.store.audit_entries() if audit_entry.about == "article/000.pass"][0] == "edition_recalled"  # noqa: RUF015


async def test_what_comes_again_or_late_changes_nothing(centres: list[Centre]) -> None:
    # KB-06, FD-06
    federal, region, _ = centres
    for text in ("Раз.", "Два.", "Три."):
        await federal.say(replace(PASS, text=text))
    last = region.heard[-1]
    for ends in (False, True):
        if ends:
            await federal.withdraw("pass")
        known = await region.editorial.editions(CardKind.ARTICLE, "000.pass")
        audit_entries = await region.store.chain()
        for parcel in (*region.heard, *reversed(region.heard), last):
            await region.sharing.kinds[parcel.kind](parcel)
        assert await region.editorial.editions(CardKind.ARTICLE, "000.pass") == known
        assert await region.store.chain() == audit_entries
        assert region.cards.get("000.pass") == (None if ends else known[0].card)


async def test_a_line_that_was_dead_for_a_week_brings_all_of_it(lines: Loopback, centres: list[Centre], clock: Clock) -> None:
    # LV-04, RT-10
    federal, region, city = centres
    await federal.say(PASS)
    await federal.say(replace(PASS, id="old", title="Старое", text="Было.", questions=()))
    await lines.cut(FEDERAL, REGION)
    await federal.say(replace(PASS, text="Пропуск выдают за день."))
    await federal.withdraw("old")
    clock.forward(7 * DAY_S)
    await federal.say(replace(PASS, id="new", title="Новое", text="Стало.", questions=()))
    assert (region.tells(), "000.old" in region.cards, "000.new" in region.cards) == (("000.pass", PASS.text), True, False)
    assert city.tells() == ("000.pass", "Пропуск выдают за день.")
    await lines.mend(FEDERAL, REGION)
    await federal.told()
    assert (region.tells(), "000.old" in region.cards, "000.new" in region.cards) == (("000.pass", "Пропуск выдают за день."), False, True)


async def test_what_did_not_even_leave_the_house_goes_a_minute_later_or_at_the_next_start(lines: Loopback, centres: list[Centre],
                                                                                        clock: Clock) -> None:
    # LV-04: its own server was away
    federal, region, _ = centres
    await federal.say(PASS)
    await federal.link.close()
    await federal.say(replace(PASS, text="Пропуск выдают за день."))
    await federal.withdraw("pass")
    await federal.say(replace(PASS, id="new", title="Новое", text="Стало.", questions=()))
    assert region.tells() == ("000.pass", PASS.text)
    lines.open.add(FEDERAL)
    clock.forward(61)
    federal.sharing.look()
    await federal.told()
    assert {id_ for id_ in region.cards if id_.startswith("000.")} == {"000.new"}
    heard = len(region.heard)
    federal.sharing.start()
    await federal.told()
    assert len(region.heard) == heard  # all that is told again is known to the line


async def test_what_is_for_nobody_below_never_leaves(centres: list[Centre], clock: Clock) -> None:
    # SE-01: what a level may not see is not sent to it
    federal, region, city = centres
    await region.say(replace(PASS, own=True))
    await region.say(replace(HELLO, text="Здравствуйте, это область!"))
    draft = await region.editorial.write(ANNA, replace(PASS, id="draft"), 0)
    await region.editorial.check(ANNA, CardKind.ARTICLE, "draft", draft.version)
    await region.publish(replace(EXAM, address="г. Пример, ул. Новая, 5"))  # offices are each centre's own
    region.sharing.start()
    await region.told()
    assert federal.heard == city.heard == []
    await region.editorial.publish(BOSS, CardKind.ARTICLE, "draft", draft.version, region.editorial.today + timedelta(days=1))
    await region.told()
    assert (federal.heard, len(city.heard)) == ([], 1)  # neither up nor to anybody beside
    assert ANNA.login.encode() not in city.heard[0].data
    assert BOSS.login.encode() not in city.heard[0].data
    assert "001.draft" not in city.cards  # its day has not come
    clock.forward(DAY_S)
    city.editorial.look()
    assert city.cards["001.draft"].text == PASS.text
    await city.say(replace(PASS, id="streets", title="Улицы города"))
    assert (federal.heard, region.heard) == ([], [])


async def test_what_becomes_a_centres_own_is_told_below_no_more(centres: list[Centre]) -> None:
    # SE-01
    federal, region, _ = centres
    await federal.say(PASS)
    await federal.say(replace(PASS, text="Только для своих.", own=True))
    assert "000.pass" not in region.cards
    assert all("для своих" not in parcel.data.decode() for parcel in region.heard)
    assert federal.tells() == ("pass", "Только для своих.")


async def test_the_nearest_word_is_told_and_none_is_lost(centres: list[Centre]) -> None:
    # KB-06: territorial parts excepted
    federal, region, city = centres
    await federal.say(PASS)
    await region.say(replace(PASS, text="В области пропуск не нужен."))
    assert federal.tells() == ("pass", PASS.text)
    assert region.tells() == ("pass", "В области пропуск не нужен.")
    assert city.tells() == ("001.pass", "В области пропуск не нужен.")
    await city.say(replace(PASS, text="В городе пропуск выдаёт МФЦ."))
    assert city.tells() == ("pass", "В городе пропуск выдаёт МФЦ.")
    assert set(city.cards) >= {"pass", "000.pass", "001.pass"}
    await city.withdraw("pass")
    await region.withdraw("pass")
    assert city.tells() == ("000.pass", PASS.text)


async def test_what_has_come_with_okno_gives_way(centres: list[Centre]) -> None:
    # KB-06: what nobody here has written is not the centre's word; the robot's own words stay
    federal, region, _ = centres
    where = WHERE.questions[1]
    assert region.tells(where) == ("mfc", WHERE.text)
    await federal.say(replace(WHERE, text="Адреса МФЦ есть на карте."))
    await federal.say(replace(PASS, id="hello", title="Привет всем"))  # whose purpose is the robot's, and stays it
    assert region.tells(where) == ("000.mfc", "Адреса МФЦ есть на карте.")
    assert region.bot.articles["mfc"].text == "Адреса МФЦ есть на карте."  # by the id that dialogues know
    assert region.bot.articles["hello"] == HELLO
    assert set(region.cards) >= {"mfc", "000.mfc"}


async def test_nonsense_and_what_comes_from_below_are_passed_over(centres: list[Centre], caplog: pytest.LogCaptureFixture) -> None:
    # SE-01
    federal, region, city = centres
    await federal.say(PASS)
    good, before = city.heard[0], await region.store.chain()
    for strange in (replace(good, data=b"{}"), replace(good, data=good.data.replace(b'"id":"pass"', b'"id":"001.pass"')),
                    replace(good, source=CITY), replace(good, source=REGION)):
        await region.sharing.kinds[strange.kind](strange)
    assert await region.store.chain() == before
    assert len(caplog.records) == 4
    await city.sharing.kinds[good.kind](replace(good, source=REGION))
    assert city.cards["001.pass"].centre == REGION  # nobody writes under another's name


async def test_all_that_may_be_written_fits_a_parcel(centres: list[Centre]) -> None:
    # KB-06
    federal, region, _ = centres
    await federal.say(replace(PASS, text="Щ" * ((LONGEST >> 1) - 500)))
    assert LONGEST - 1000 < len(pack(region.heard[0])) < LARGEST
    with pytest.raises(RefusedError) as refused:
        await federal.say(replace(PASS, text="Щ" * (LONGEST >> 1)))
    assert refused.value.code == "article_too_long"
    assert [each.version for each in await federal.editorial.editions(CardKind.ARTICLE, "pass")] == [1]


async def test_a_centre_that_was_set_back_is_heard_again(centres: list[Centre], clock: Clock) -> None:
    # OP-03: its backup knew nothing of an edition that went out, and another one has its number now
    federal, region, _ = centres
    await federal.say(PASS)
    written, = await federal.editorial.editions(CardKind.ARTICLE, "pass")
    await federal.store.exchange((), (written,))
    clock.forward(60)
    await federal.say(replace(PASS, text="Пропуск выдают за день."))
    assert region.tells() == ("000.pass", "Пропуск выдают за день.")
    found: list[Edition] = await region.editorial.editions(CardKind.ARTICLE, "000.pass")
    assert [each.version for each in found] == [1]


HOW_MUCH, HERE = "сколько стоит водительское удостоверение", Place("50")
THREE = replace(LICENCE, fee=Fee(rubles=3000), variants=())


async def test_a_service_goes_down_with_its_facts_and_is_changed_only_above(centres: list[Centre]) -> None:
    # KB-09, KB-06
    federal, region, city = centres
    assert "2000" in region.says_of(HOW_MUCH)
    await federal.publish(THREE)
    for each in centres:
        assert "3000" in each.says_of(HOW_MUCH)
        assert replace(each.editorial.handbook().services["licence"], origin=LICENCE.origin) == replace(THREE, origin=LICENCE.origin)
    for below in (region, city):
        held, = [each for each in below.editorial.held if each.card.id == "000.licence"]
        assert (held.version, held.card.origin.centre, held.card.origin.level) == (2, FEDERAL, Level.FEDERAL)  # type: ignore[union-attr]
        for change in (below.editorial.write(ANNA, held.card, 2), below.editorial.withdraw(BOSS, CardKind.SERVICE, "000.licence")):
            with pytest.raises(RefusedError, match="Отличия вашей территории"):
                await change
    assert b'"by"' not in region.heard[0].data
    assert BOSS.login.encode() not in region.heard[0].data


async def test_parts_of_a_territory_are_its_own_and_the_text_is_the_countrys(centres: list[Centre]) -> None:
    # KB-09, KB-06: territorial parts excepted
    federal, region, city = centres
    await region.publish(replace(LICENCE, about="Свои слова.", variants=(Variant(HERE, fee=Fee(rubles=2700)), Variant(Place("51"), fee=Fee(rubles=1)))))
    assert "Свои слова" in city.says_of("водительское удостоверение")
    await federal.publish(replace(THREE, variants=(Variant(HERE, fee=Fee(rubles=2600)),)))
    assert [("3000" in each.says_of(HOW_MUCH), "Свои" in each.says_of("водительское удостоверение")) for each in centres] == [(True, False)] * 3
    assert [next(fee for fee in ("2600", "2700") if fee in each.says_of(HOW_MUCH, HERE)) for each in centres] == ["2600", "2700", "2700"]
    assert "1" in city.says_of(HOW_MUCH, Place("51"))
    assert len(federal.heard) == 0


async def test_a_service_withdrawn_above_is_withdrawn_below(centres: list[Centre]) -> None:
    # KB-09: with its territorial parts, also where it had only come with Okno
    federal, region, _ = centres
    await region.publish(replace(LICENCE, variants=(Variant(HERE, fee=Fee(rubles=2700)),)))
    await federal.publish(THREE)
    await federal.editorial.withdraw(BOSS, CardKind.SERVICE, "licence")
    await federal.told()
    assert [each.editorial.handbook().services for each in centres] == [{}, {}, {}]
    await region.publish(replace(LICENCE, about="Снова."))  # a region that goes on with it says so
    federal.sharing.start()
    await federal.told()
    assert [sorted(each.editorial.handbook().services) for each in centres] == [[], ["licence"], ["licence"]]


async def test_what_came_with_okno_is_withdrawn_below_where_it_is_above(centres: list[Centre]) -> None:
    # KB-09
    federal, *_ = centres
    assert ["licence" in each.editorial.handbook().services for each in centres] == [True] * 3
    await federal.editorial.withdraw(BOSS, CardKind.SERVICE, "licence")
    await federal.told()
    assert ["licence" in each.editorial.handbook().services for each in centres] == [False] * 3


async def test_a_hub_that_was_cut_off_catches_up_with_services_and_bodies(lines: Loopback, centres: list[Centre], clock: Clock) -> None:
    # KB-09, LV-04
    federal, region, city = centres
    await federal.publish(replace(MVD, name="Министерство внутренних дел"))
    await lines.cut(FEDERAL, REGION)
    for rubles in (3000, 3500, 4000):
        await federal.publish(replace(THREE, fee=Fee(rubles=rubles)))
        clock.forward(DAY_S)
    assert ["4000" in each.says_of(HOW_MUCH) for each in centres] == [True, False, True]
    await lines.mend(FEDERAL, REGION)
    federal.sharing.start()
    await federal.told()
    for below in (region, city):
        assert "4000" in below.says_of(HOW_MUCH)
        assert below.editorial.handbook().authorities["mvd"].name == "Министерство внутренних дел"
        assert [each.version for each in await below.editorial.editions(CardKind.SERVICE, "000.licence")] == [4, 3, 2]
        assert len({each.id for each in below.heard}) == len(below.heard)
