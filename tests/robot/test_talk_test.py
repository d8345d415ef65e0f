"""A talk with the robot becomes a test story of the draft, without personal data, which later versions must pass."""

from pathlib import Path

import pytest
import yaml

from bots.project.collected_tests import PATH
from bots.russian import Russian
from hub.kernel.errors import RefusedError
from hub.robot.ports import StoryTurn
from hub.robot.talk_test import TalkTests
from storage.memory import MemoryStore
from tests.robot.drafts import PROJECT, zipped
from tests.robot.test_phrase_labels import School


@pytest.fixture
async def school(tmp_path: Path, russian: Russian) -> School:
    made = School(MemoryStore(russian), tmp_path, russian)
    await made.drafts.bring("anna", "", zipped(PROJECT))
    return made


def talk_tests(school: School) -> TalkTests:
    return TalkTests(school.store, school.phrase_labelling._teaching, school.phrase_labelling)


async def test_a_talk_becomes_a_story_with_the_expected_meaning(school: School) -> None:
    # KB-02
    await school.past.tells("анна", "здравствуйте", "greet", first=True)
    head = await school.past.tells("анна", "во сколько закрываетесь, мой телефон +7 912 345-67-89", "greet")
    tests = talk_tests(school)
    turns = await tests.turns(head.id)
    assert [turn.intent for turn in turns] == ["greet", "greet"]
    assert "912" not in turns[1].text
    wanted = [StoryTurn("", "greet", ()), StoryTurn(turns[1].text, "ask_hours", ("utter_hours",))]
    assert await tests.make("anna", head.id, "Часы", wanted) == PATH
    draft = await school.drafts.draft()
    assert draft is not None
    story = yaml.safe_load((await school.drafts.texts(draft))[PATH])["stories"][0]
    assert story["story"] == "Часы"
    assert story["steps"] == [{"user": "во сколько закрываетесь, мой телефон\n", "intent": "ask_hours"}, {"action": "utter_hours"}]
    looked = await school.phrase_labelling._workshop.look(await school.drafts.project(draft), zipped(PROJECT))
    assert ([flaw for flaw in looked.flaws if flaw.grave], looked.lost) == ([], ())
    with pytest.raises(RefusedError) as refused:
        await tests.make("anna", head.id, "Часы", wanted)
    assert refused.value.code == "story_exists"


@pytest.mark.parametrize(("turn", "code"), [
    (StoryTurn("мой телефон +7 912 345-67-89", "ask_hours", ()), "personal"), (StoryTurn("привет", "no_intent", ()), "no_such_intent"),
    (StoryTurn("", "greet", ()), "empty")])
async def test_what_is_no_test_is_refused(school: School, turn: StoryTurn, code: str) -> None:
    head = await school.past.tells("анна", "привет", "greet", first=True)
    with pytest.raises(RefusedError) as refused:
        await talk_tests(school).make("anna", head.id, "Привет", [turn])
    assert refused.value.code == code


async def test_a_conversation_without_the_robot_is_none(school: School) -> None:
    head = await school.past.asks("пётр")
    with pytest.raises(RefusedError) as refused:
        await talk_tests(school).turns(head.id)
    assert refused.value.code == "no_robot_talk"
