"""Scripts at work over a real store: written by one, published by another, and holding up the closing of conversations."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from hub.access.operator import Operator, Role
from hub.actions.script_runs import ScriptRunner
from hub.conversations.conversation import Closed
from hub.conversations.message import Author
from hub.kernel.errors import RefusedError
from hub.knowledge.scripts.library import ScriptLibrary
from hub.knowledge.scripts.script import END, Script
from hub.knowledge.scripts.script_run import Move, ScriptRun
from hub.knowledge.scripts.versions import ScriptVersion
from tests.knowledge.test_script import script, step
from tests.rig import ANNA, OLGA, TOPICS, Carrier, Rig, Screen, eventually

LEADER = Operator("leader", "Лидия", Role.SUPERVISOR, ("general",))
EDITOR = Operator("editor", "Ева", Role.DESIGNER)
LOAN = script(step("need", "papers", mandatory=True), step("papers", END, mandatory=True))
URGENT = script(step("danger", "handed", END, mandatory=True), replace(step("handed", END, mandatory=True), frees=True), key="112", urgent=True)


def scripts_of(rig: Rig, *first: Script) -> ScriptRunner:
    script_runner = ScriptRunner(rig.sequencer, rig.store, rig.actions, ScriptLibrary(rig.store, rig.clock, TOPICS, first))
    rig.actions.unset.answer_by(script_runner.unset)
    return script_runner


@pytest.fixture
async def script_runner(rig: Rig) -> AsyncIterator[ScriptRunner]:
    script_runner = scripts_of(rig, LOAN, URGENT)
    await script_runner.scripting.start()
    yield script_runner


async def held(rig: Rig, who: Operator = ANNA, channel: str = Carrier.name) -> int:
    conversation = await rig.waiting(channel=channel)
    rig.ready(who)
    await rig.actions.take(who, conversation)
    await rig.actions.say(who, conversation, "answer", "Здравствуйте", internal=False)  # what is owed by SMS would hold the closing up
    return conversation


async def refused(awaited: Any) -> str:
    with pytest.raises(RefusedError) as error:
        await awaited
    return error.value.code


async def through(script_runner: ScriptRunner, conversation: int, *answers: int, script: str = "loan", key: str = "k") -> ScriptRun:
    walk = await script_runner.begin(ANNA, conversation, key, script)
    for seen, answer in enumerate(answers):
        walk = await script_runner.move(ANNA, conversation, key, seen, Move.ON, answer)
    return walk


async def test_nobody_closes_with_a_mandatory_step_ahead(rig: Rig, script_runner: ScriptRunner) -> None:
    # KB-01: refused with its name
    conversation = await held(rig)
    await through(script_runner, conversation, 0)
    with pytest.raises(RefusedError, match="Заём: Шаг papers") as error:
        await rig.actions.close(ANNA, conversation, "other")
    assert error.value.code == "steps_ahead"
    assert await refused(rig.actions.close(ANNA, conversation, "other", "очень надо")) == "steps_ahead"  # she leads nobody
    assert await refused(rig.actions.close(LEADER, conversation, "other")) == "steps_ahead"
    await script_runner.move(ANNA, conversation, "k", 1, Move.ON)
    await rig.actions.close(ANNA, conversation, "other")
    assert isinstance((await rig.holds(conversation)).holder, Closed)


async def test_a_leader_closes_with_a_reason(rig: Rig, script_runner: ScriptRunner) -> None:
    # KB-01
    conversation = await held(rig)
    await through(script_runner, conversation)
    await rig.actions.close(LEADER, conversation, "other", "заявитель звонит с другого номера")
    assert [text for text in await rig.said(conversation, Author.OPERATOR) if "обязательных" in text] == [
        "Закрыто без обязательных шагов: заявитель звонит с другого номера. Заём: Шаг need · Заём: Шаг papers"]
    audit_entry = (await rig.store.audit_entries(limit=1))[0][1]
    assert (audit_entry.what, audit_entry.by, audit_entry.detail) == ("close", "leader", "other; left out: 2")


async def test_whoever_has_gone_holds_nobody_up(rig: Rig, script_runner: ScriptRunner) -> None:
    # KB-01: nothing can be said to a citizen who has hung up
    conversation = await held(rig, channel=Screen.name)
    await through(script_runner, conversation)
    await rig.message_intake.left((await rig.holds(conversation)).address)
    await rig.actions.close(ANNA, conversation, "other")
    assert "Закрыто без обязательных шагов: заявитель ушёл. Заём: Шаг need · Заём: Шаг papers" in await rig.said(conversation)


async def test_112_comes_before_everything(rig: Rig, script_runner: ScriptRunner) -> None:
    # 112: whoever was handed over is not read his rights
    conversation = await held(rig)
    await through(script_runner, conversation)
    await through(script_runner, conversation, 2, script="112", key="calm")
    assert await refused(rig.actions.close(ANNA, conversation, "other")) == "steps_ahead"
    await through(script_runner, conversation, 1, 0, script="112", key="danger")
    await rig.actions.close(ANNA, conversation, "other")


async def test_what_was_closed_is_over(rig: Rig, script_runner: ScriptRunner) -> None:
    # KB-01: the citizen writes again, and neither what was left out nor what was freed then counts now
    conversation = await held(rig)
    await through(script_runner, conversation)
    await through(script_runner, conversation, 1, 0, script="112", key="danger")
    await rig.actions.close(ANNA, conversation, "other")
    rig.clock.forward(60)
    assert await rig.stored("оператор", "again", channel=Carrier.name) == conversation
    await eventually(lambda: rig._waits(conversation))
    await rig.actions.take(ANNA, conversation)
    assert await script_runner.unset(conversation) == []
    await through(script_runner, conversation, key="now")
    assert await script_runner.unset(conversation) == ["Заём: Шаг need", "Заём: Шаг papers"]


async def test_a_walk_keeps_the_version_that_it_began_with(rig: Rig, script_runner: ScriptRunner) -> None:
    # KB-01
    conversation = await held(rig)
    await through(script_runner, conversation, 0)
    longer = script(step("need", "sign", mandatory=True), step("sign", END, mandatory=True))
    draft = await script_runner.scripting.write(EDITOR, 1, longer)
    await script_runner.scripting.approve(LEADER, "loan", draft.version)
    assert (await through(script_runner, conversation, key="new")).version == 2
    assert await script_runner.unset(conversation) == ["Заём: Шаг papers", "Заём: Шаг need", "Заём: Шаг sign"]
    again = scripts_of(rig)
    await again.scripting.start()
    assert [each.version for each in await again.of(conversation)] == [1, 2]
    assert await again.unset(conversation) == await script_runner.unset(conversation)


async def test_what_is_done_twice_is_done_once(rig: Rig, script_runner: ScriptRunner) -> None:
    conversation = await held(rig)
    first, second = await asyncio.gather(*(script_runner.begin(ANNA, conversation, "k", "loan") for _ in range(2)))
    assert first == second
    both = await asyncio.gather(*(script_runner.move(ANNA, conversation, "k", 0, Move.ON) for _ in range(2)), return_exceptions=True)
    one = next(each for each in both if isinstance(each, ScriptRun))  # whichever of them
    assert all(each == one or (isinstance(each, RefusedError) and each.code == "other_step") for each in both)
    assert await script_runner.move(ANNA, conversation, "k", 0, Move.ON) == one
    assert await script_runner.of(conversation) == [one]
    assert await refused(script_runner.move(LEADER, conversation, "k", 0, Move.ON)) == "other_step"
    assert await refused(script_runner.move(ANNA, conversation, "k", 7, Move.ON)) == "other_step"


async def test_who_walks(rig: Rig, script_runner: ScriptRunner) -> None:
    conversation = await held(rig)
    assert await refused(script_runner.begin(OLGA, conversation, "k", "loan")) == "not_yours"
    assert await refused(script_runner.begin(ANNA, conversation, "k", "none")) == "no_such_script"
    await script_runner.begin(ANNA, conversation, "k", "loan")
    assert await refused(script_runner.move(OLGA, conversation, "k", 0, Move.ON)) == "not_yours"
    assert await refused(script_runner.drop(OLGA, conversation, "k")) == "not_yours"
    assert await refused(script_runner.move(ANNA, conversation, "other", 0, Move.ON)) == "no_such_walk"
    await script_runner.move(LEADER, conversation, "k", 0, Move.ON)
    assert (await script_runner.of(conversation))[0].moves[0].by == "leader"


async def test_what_was_begun_by_mistake_is_dropped_before_its_first_step_alone(rig: Rig, script_runner: ScriptRunner) -> None:
    # KB-01: else whoever is asked for something would drop it
    conversation = await held(rig)
    await script_runner.begin(ANNA, conversation, "k", "loan")
    await script_runner.move(ANNA, conversation, "k", 0, Move.RIGHTS)
    await script_runner.drop(ANNA, conversation, "k")
    assert await script_runner.of(conversation) == []
    await through(script_runner, conversation, 0)
    await script_runner.move(ANNA, conversation, "k", 1, Move.BACK)
    assert await refused(script_runner.drop(ANNA, conversation, "k")) == "bad_step"


async def test_nobody_walks_in_what_is_closed(rig: Rig, script_runner: ScriptRunner) -> None:
    conversation = await held(rig)
    await through(script_runner, conversation, 0, 0)
    await rig.actions.close(ANNA, conversation, "other")
    assert await refused(script_runner.begin(LEADER, conversation, "l", "loan")) == "not_held"
    assert await refused(script_runner.move(ANNA, conversation, "k", 2, Move.BACK)) == "not_yours"


async def test_a_script_is_published_by_somebody_else(rig: Rig, script_runner: ScriptRunner) -> None:
    # KB-01: by a second person
    scripting, other = script_runner.scripting, replace(LOAN, title="Заём и залог")
    draft = await scripting.write(EDITOR, 1, other)
    assert await scripting.write(EDITOR, 1, other) == draft
    assert await refused(scripting.write(LEADER, 1, LOAN)) == "other_version"
    assert [each.script.title for each in scripting.in_force()] == ["Заём", "Заём"]  # 112 first
    assert await refused(scripting.approve(EDITOR, "loan", 2)) == "own_script"
    assert await refused(scripting.approve(LEADER, "loan", 1)) == "other_version"
    await scripting.approve(LEADER, "loan", 2)
    assert [(each.key, each.script.title) for each in scripting.in_force()] == [("112", "Заём"), ("loan", "Заём и залог")]
    assert [each.version for each in scripting.versions("loan")] == [2, 1]
    assert (await rig.store.audit_entries(limit=1))[0][1].what == "script_published"


async def test_what_has_flaws_is_written_and_not_published(rig: Rig, script_runner: ScriptRunner) -> None:
    # KB-01
    scripting = script_runner.scripting
    await scripting.write(EDITOR, 0, script(step("a", "b"), key="torn"))
    assert await refused(scripting.approve(LEADER, "torn", 1)) == "bad_script"
    assert "torn" not in {each.key for each in scripting.in_force()}
    await scripting.write(EDITOR, 1, script(step("a", END), key="torn"))
    assert [each.version for each in scripting.versions("torn")] == [2]  # a draft is replaced
    await scripting.approve(LEADER, "torn", 2)
    assert await refused(scripting.discard(EDITOR, "torn", 2)) == "no_draft"


async def test_what_is_withdrawn_is_begun_by_nobody(rig: Rig, script_runner: ScriptRunner) -> None:
    conversation = await held(rig)
    await through(script_runner, conversation, 0)
    await script_runner.scripting.withdraw(LEADER, "loan")
    assert await refused(script_runner.begin(ANNA, conversation, "l", "loan")) == "no_such_script"
    assert (await script_runner.move(ANNA, conversation, "k", 1, Move.ON)).step == END
    assert await refused(script_runner.scripting.withdraw(LEADER, "none")) == "no_such_script"


async def test_a_draft_is_thrown_away(rig: Rig, script_runner: ScriptRunner) -> None:
    scripting = script_runner.scripting
    await scripting.write(EDITOR, 0, script(step("a", END), key="torn"))
    await scripting.discard(EDITOR, "torn", 1)
    assert await refused(scripting.approve(LEADER, "torn", 1)) == "no_such_script"
    assert await rig.store.get(ScriptVersion, "torn/1") is None


async def test_what_is_brought_in_becomes_drafts_where_it_differs(rig: Rig, script_runner: ScriptRunner) -> None:
    changed, new = replace(URGENT, title="112 и 103"), script(step("a", END), key="new")
    brought = await script_runner.scripting.bring(EDITOR, [LOAN, changed, new])
    assert [(each.key, each.version) for each in brought] == [("112", 2), ("new", 1)]
    assert await script_runner.scripting.bring(EDITOR, [LOAN, changed, new]) == []


async def test_scripts_that_come_along_fill_an_empty_house_alone(rig: Rig, script_runner: ScriptRunner) -> None:
    again = ScriptLibrary(rig.store, rig.clock, TOPICS, (replace(LOAN, title="Другой"),))
    await again.start()
    assert {each.script.title for each in again.all()} == {"Заём"}
