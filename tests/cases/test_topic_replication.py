"""Topics go down the levels with their version: one id is one topic, a centre's own topics stay its own (KB-09)."""

from collections.abc import AsyncIterator

import pytest

from bots.russian import Russian
from hub.cases.case import Classification
from hub.cases.topic import counted_as
from hub.cases.topic_replication import TopicReplication
from hub.cases.topic_tree import TopicTree
from hub.kernel.errors import RefusedError
from hub.link.loopback import Loopback
from hub.organisation.queue import Topic
from storage.memory import MemoryStore
from tests.federation.levels import FEDERAL, LEVELS, REGION, hearing, over
from tests.rig import ANNA, Clock, eventually

DOCS, TAX, OTHER = Topic("docs", "Документы"), Topic("tax", "Налоги"), Topic("other", "Другое")


class Centre:
    def __init__(self, code: str, lines: Loopback, russian: Russian, clock: Clock) -> None:
        self.lines, self.clock = lines, clock
        self.store = MemoryStore(russian)
        self.tree = TopicTree(self.store, clock, (DOCS, OTHER))
        self.replication = TopicReplication(self.tree, code, lines.link(code), clock, over=over, level=LEVELS.__getitem__)
        self.tree.on_edit.subscribe(self.replication.edited)

    async def told(self) -> None:
        async def quiet() -> bool:
            return not self.replication._sender._tasks._tasks and not any(self.lines._in.values())
        await eventually(quiet)

    async def edit(self, *topics: Topic) -> None:
        self.clock.forward(1)
        await self.tree.edit(ANNA, self.tree.current.version, topics)
        await self.told()

    async def add(self, *topics: Topic) -> None:
        await self.edit(*self.tree.current.topics, *topics)

    @property
    def topics(self) -> dict[str, tuple[str, str, str]]:
        return {each.id: (each.title, each.parent, each.centre) for each in self.tree.values()}


@pytest.fixture
def lines() -> Loopback:
    return Loopback(tuple(LEVELS))


@pytest.fixture
async def centres(lines: Loopback, russian: Russian, clock: Clock) -> AsyncIterator[list[Centre]]:
    found = {code: Centre(code, lines, russian, clock) for code in LEVELS}
    for each in found.values():
        await each.tree.start()
    async with hearing(lines, {code: each.replication.kinds for code, each in found.items()}):
        yield list(found.values())
    for each in found.values():
        await each.replication.close()
        await each.store.close()


async def test_topics_go_down_and_own_ones_stay_below(centres: list[Centre]) -> None:
    # KB-09, RQ-02
    federal, region, city = centres
    await region.add(Topic("ferry", "Паром", parent="docs"), Topic("tax", "Местные налоги"))
    await federal.edit(Topic("docs", "Документы граждан"), OTHER, TAX)
    for below in (region, city):
        assert {"docs": ("Документы граждан", "", FEDERAL), "tax": ("Налоги", "", FEDERAL), "other": ("Другое", "", FEDERAL)}.items() <= below.topics.items()
    assert (region.topics["ferry"], city.topics["ferry"]) == (("Паром", "docs", ""), ("Паром", "docs", REGION))
    assert "ferry" not in federal.topics
    await city.add(Topic("tram", "Трамвай", parent="ferry"))
    assert ("tram" in region.topics, city.topics["tram"]) == (False, ("Трамвай", "ferry", ""))
    for wrong in ([each for each in region.tree.current.topics if each.id != "tax"], [*region.tree.current.topics[1:], DOCS]):
        with pytest.raises(RefusedError) as refused:
            await region.edit(*wrong)
        assert refused.value.code == "from_above"
    await region.edit(*(each for each in region.tree.current.topics if each.id != "ferry"))
    assert ("ferry" in city.topics, city.topics["tram"]) == (False, ("Трамвай", "", ""))


async def test_what_is_replaced_above_is_replaced_below_also_after_a_cut(lines: Loopback, centres: list[Centre]) -> None:
    # KB-09, RQ-02, LV-04: cases of an old version are counted under the topic that has replaced theirs
    federal, region, _ = centres
    await federal.add(TAX)
    filed = Classification(region.clock(), "anna", "tax", region.tree.current.version)
    await region.add(Topic("toll", "Дорожный сбор", parent="tax"))
    await lines.cut(FEDERAL, REGION)
    await federal.edit(DOCS, OTHER, Topic("fees", "Платежи", was=("tax",)))
    await federal.edit(DOCS, OTHER, Topic("money", "Деньги", was=("fees",)))
    assert "tax" in region.topics
    await lines.mend(FEDERAL, REGION)
    federal.replication.start()
    await federal.told()
    assert {"money", "toll"} <= set(region.topics)
    assert not {"tax", "fees"} & set(region.topics)
    assert region.topics["toll"][1] == "money"
    assert counted_as((filed,), region.tree.current.version, region.tree.trees) == "money"
    versions = len(region.tree.trees)
    federal.replication.start()
    await federal.told()
    assert len(region.tree.trees) == versions
    again = TopicTree(region.store, region.clock, ())
    await again.start()
    assert dict(again) == dict(region.tree)


async def test_a_whole_classifier_fits_an_envelope(centres: list[Centre]) -> None:
    # KB-09
    federal, _, city = centres
    many = tuple(Topic(f"topic-{number}", f"Вопрос о предоставлении услуги номер {number} органами власти", parent="docs") for number in range(4000))
    await federal.add(*many)
    assert len(city.tree) == 4002
