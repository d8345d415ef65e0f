"""Settings of a centre as a file: taken in elsewhere they are the same, and what cannot be taken in as a whole is not at all."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bots.russian import Russian
from hub.actions.canned_reply import CannedReply, CannedWords
from hub.automation.rule import Rule, RuleEvent, RuleIf, RuleSet, RuleThen
from hub.cases.topic import Tree
from hub.conversations.ports import Store
from hub.desk.organisation.settings_transfer import PackedReply, SettingsTransfer, understood, written
from hub.kernel.errors import RefusedError
from hub.notifications.announcement import Announcement, Occasion, Wording, write
from hub.organisation.queue import Queue, Topic
from hub.organisation.settings import CentreNumber, Settings
from hub.organisation.settings_versions import SettingsVersions
from storage.memory import MemoryStore
from tests.organisation.test_settings import ADMIN, AROUND, FIRST, GENERAL, PASSPORTS
from tests.rig import Clock

AT = datetime(2026, 1, 1, tzinfo=UTC)
TREE = Tree(1, AT, "", (Topic("other", "Другое"),))
SAID = Wording("Снег", Occasion.GREETING, AT, AT.replace(year=2027), ("general",))

lines = st.lists(st.builds(Queue, st.sampled_from(["tax", "law", "roads"]), st.sampled_from(["Налоги", "Право"]), st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 9)),
                           st.sampled_from(["077", "001"]), priority_s=st.integers(0, 3600).map(float)), unique_by=lambda each: each.id)
numbers = st.lists(st.builds(CentreNumber, st.just("077"), st.sampled_from(["122", "+78000000001"])), unique_by=lambda each: each.number)
topics = st.lists(st.builds(Topic, st.sampled_from(["a", "b", "c"]), st.just("Тема")), min_size=1, unique_by=lambda each: each.id).map(tuple)
replies = st.lists(st.builds(CannedReply, st.sampled_from(["x", "y"]), st.just(1), st.builds(CannedWords, st.sampled_from(["Раз", "Два"]), st.just("Текст"), queues=st.just(("general",))),
                             st.just("anna"), st.just(AT)), unique_by=lambda each: each.id)


class Place(NamedTuple):
    store: Store
    settings_versions: SettingsVersions
    settings_transfer: SettingsTransfer


async def nothing() -> None: ...


async def place(store: Store, first: Settings, tree: Tree = TREE) -> Place:
    clock = Clock()
    settings_versions = SettingsVersions(store, clock, first, AROUND)
    await settings_versions.start()
    await store.put(tree)
    return Place(store, settings_versions, SettingsTransfer(store, clock, settings_versions, "077", nothing))


@given(lines, numbers, topics, replies, st.booleans())
@settings(max_examples=40)
def test_a_file_makes_another_hub_the_same(more: list[Queue], called: list[CentreNumber], tree: tuple[Topic, ...], kept: list[CannedReply], said: bool) -> None:
    # LV-10
    russian = Russian()

    async def there_and_back() -> None:
        # Lines of another centre of the registry need a number that is published there.
        own = (CentreNumber("077", "+78000000000"), CentreNumber("001", "+78000000000"), *called)
        here = await place(MemoryStore(russian), Settings((GENERAL, *more), (), own), Tree(1, AT, "", tree))
        for each in kept:
            await here.store.put(each)
        if said:
            await here.store.put(write(None, "snow", SAID, "anna", AT))
        file = written(await here.settings_transfer.pack())
        there = await place(MemoryStore(russian), FIRST)
        await there.store.put(CannedReply("own", 1, CannedWords("Своё", "Моё"), "boris", AT, "boris"))
        await there.settings_transfer.take(ADMIN, understood(file), 1)
        assert written(await there.settings_transfer.pack()) == file
        assert await there.store.get(CannedReply, "own") is not None  # what somebody keeps for himself is his own affair
        assert b"boris" not in written(await there.settings_transfer.pack())
        with pytest.raises(RefusedError, match="Ничего не меняется"):
            await there.settings_transfer.take(ADMIN, understood(file), 2)
    asyncio.run(there_and_back())


async def test_rules_come_back_as_they_were_and_name_nobody_elsewhere(store: Store, russian: Russian) -> None:
    # LV-10
    here = await place(store, FIRST)
    rules = (Rule("a", "Жалобы", RuleEvent.MESSAGE, RuleThen(tag="жалоба", queue="general", people=("anna",)), RuleIf(words=("жалоба",), channels=("web",))),
             Rule("b", "Долго", RuleEvent.UNANSWERED, RuleThen(people=("boris",)), minutes=5, on=False))
    await store.put(RuleSet(1, AT, "anna", rules))
    file = written(await here.settings_transfer.pack())
    assert b"boris" not in file
    with pytest.raises(RefusedError, match="Ничего не меняется"):
        await here.settings_transfer.take(ADMIN, understood(file), 1)
    await store.put(RuleSet(2, AT, "anna", ()))
    there = await place(MemoryStore(russian), FIRST)
    for each in (here, there):
        plan = await each.settings_transfer.take(ADMIN, understood(file), 1)
        assert [change for change in plan.changes if "равил" in change] == ["Новое правило «Жалобы».", "Новое правило «Долго»."]
        assert written(await each.settings_transfer.pack()) == file
        made = max(await each.store.all(RuleSet), key=lambda one: one.version)
        assert (made.by, [one.acts.seniors for one in made.rules], made.rules[1].minutes) == (ADMIN.login, [False, True], 5)
    wrong = replace(understood(file), rules=(replace(rules[0], acts=RuleThen(queue="nowhere")),))
    with pytest.raises(RefusedError, match="нет линии «nowhere»"):
        await here.settings_transfer.take(ADMIN, wrong, 1)


async def test_what_cannot_be_taken_in_changes_nothing(store: Store) -> None:
    here = await place(store, FIRST)
    package = await here.settings_transfer.pack()
    reply = PackedReply("x", CannedWords("Раз", "Текст", queues=("nowhere",)))
    for each in (replace(package, settings=replace(package.settings, queues=[])), replace(package, topics=(Topic("a", "А", parent="gone"),)),
                 replace(package, canned=(reply,), topics=(Topic("a", "А"),))):
        with pytest.raises(RefusedError):
            await here.settings_transfer.take(ADMIN, each, 1)
    with pytest.raises(RefusedError, match="другой администратор"):
        await here.settings_transfer.take(ADMIN, package, 7)
    with pytest.raises(RefusedError, match="не файл настроек"):
        understood(b'{"okno": "settings/9"}')
    assert (here.settings_versions.current.settings, await store.all(Tree), await store.all(CannedReply), await store.all(Announcement)) == (FIRST, [TREE], [], [])
    assert PASSPORTS in here.settings_versions.current.settings.queues
