"""Phrases of one meaning are settled together: taught, answered, dismissed, taken back; over both stores."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event

import pytest

from bots.knowledge.phrase_clusters import PhraseClusters
from hub.robot.phrase_groups import PhraseGroupService
from hub.robot.ports import Grouping
from tests.past import at
from tests.robot.school import TODAY, YESTERDAY, School, refused

SAID = ("хочу снять гараж с учёта", "снять гараж с учета", "как снять с учёта гараж", "убирают ли снег с крыши")


async def test_phrases_of_one_meaning_are_one_group_with_its_trend(school: School) -> None:
    # KB-02
    await school.missed(at(YESTERDAY - timedelta(days=1), 9), "снимаю гараж с учёта")
    await school.missed(at(YESTERDAY, 9), *SAID)
    await school.missed(at(TODAY, 9), "хочу снять гараж с учёта")
    service = PhraseGroupService(school.phrase_labelling, PhraseClusters(), patience_s=60)
    found = (await service.groups(YESTERDAY, TODAY)).groups
    assert found is not None
    garage, snow = found
    assert {each.text for each in garage.phrases} == set(SAID[:3])
    assert (garage.count, garage.before, snow.count, snow.before) == (4, 1, 1, 0)
    # A group keeps its place while its phrases are settled, and comes back with them.
    await school.phrase_labelling.dismiss_all("anna", [garage.phrases[0].key])
    left = (await service.groups(YESTERDAY, TODAY)).groups
    assert left is not None
    assert [each.key for each in left[0].phrases] == [each.key for each in garage.phrases[1:]]
    await school.phrase_labelling.undo_all("anna", [garage.phrases[0].key])
    assert (await service.groups(YESTERDAY, TODAY)).groups == found
    await service.close()


async def test_a_group_is_taught_in_one_change_and_taken_back_as_one(school: School) -> None:
    # KB-02
    await school.missed(at(TODAY, 9), *SAID, "мой телефон 8 903 111-22-33")
    keys = {each.key: each.text for each in await school.phrases()}
    before = len(await school.store.audit_entries())
    made = await school.phrase_labelling.assign_all("anna", keys, "ask_fee")
    assert len(made) == len({each.phrase for each in made}) == 5
    own = await school.own()
    assert all(f"- {words}\n" in own for words in SAID)
    assert "903" not in own
    assert await school.keys() == []
    entries = [entry for _, entry in await school.store.audit_entries()][::-1][before:]
    assert [entry.what for entry in entries] == ["draft_begun", "draft_file", "phrase_assigned"]
    assert entries[-1].detail == "5"
    assert await refused(school.phrase_labelling.assign_all("olga", keys, "greet")) == "already_assigned"
    await school.phrase_labelling.undo_all("anna", list(keys))
    assert "гараж" not in await school.own()
    assert len(await school.keys()) == 5
    assert await refused(school.phrase_labelling.undo_all("anna", list(keys))) == "not_assigned"
    assert await refused(school.phrase_labelling.assign_all("anna", {"x": "‹телефон›"}, "ask_fee")) == "no_words"
    assert await refused(school.phrase_labelling.assign_all("anna", keys, "ask_moon")) == "no_such_intent"


async def test_a_group_is_dismissed_and_does_not_come_again(school: School) -> None:
    # KB-02
    await school.missed(at(TODAY, 9), *SAID)
    keys = await school.keys()
    await school.phrase_labelling.dismiss_all("anna", keys)
    await school.missed(at(TODAY, 10), *SAID)
    assert await school.keys() == []
    assert await refused(school.phrase_labelling.dismiss_all("olga", keys)) == "already_assigned"


class SlowGrouping:
    """Takes until it is told to go on."""

    def __init__(self) -> None:
        self.goes_on = Event()

    def group(self, texts: Sequence[str], before: Sequence[str], tell: Callable[[int, int], None]) -> Grouping:
        tell(1, len(texts))
        self.goes_on.wait(30)
        return Grouping(tuple((place,) for place in range(len(texts))), (-1,) * len(before))


@pytest.mark.parametrize("school", ["memory"], indirect=True)
async def test_who_waits_for_groups_is_told_how_far_it_is(school: School) -> None:
    await school.missed(at(TODAY, 9), *SAID)
    slow = SlowGrouping()
    service = PhraseGroupService(school.phrase_labelling, slow, patience_s=0.05)
    ready, told = asyncio.Event(), list[tuple[int, int]]()

    def hear(done: int, total: int) -> None:
        told.append((done, total))
        if not total:
            ready.set()

    service.on_change.subscribe(hear)
    assert (await service.groups(TODAY, TODAY)).groups is None
    slow.goes_on.set()
    async with asyncio.timeout(30):
        await ready.wait()
    assert told == [(1, 4), (0, 0)]
    found = (await service.groups(TODAY, TODAY)).groups
    assert found is not None
    assert len(found) == 4
    await service.close()
