"""Test stories: by intents, and end to end."""

from pathlib import Path

import pytest

from bots.dialogue.policies import Policies
from bots.project.diff import compare
from bots.project.project import Project, read_project
from bots.project.story_tests import StoryMismatch, play
from tests.bots.heard import PROJECTS, ByHeart, write

DOMAIN = """
intents: [a, b]
entities: [city]
responses:
  utter_a: [{text: a}]
  utter_b: [{text: b}]
"""
STORIES = "stories:\n- story: s\n  steps: [{intent: a}, {action: utter_a}, {intent: b}, {action: utter_b}]\n"
NLU = "nlu:\n- intent: a\n  examples: |\n    - да в [Тверь](city)\n- intent: b\n  examples: |\n    - нет\n"


@pytest.fixture(scope="module")
def message_intake() -> Project:
    return read_project(PROJECTS / "reception")


def test_a_project_passes_its_own_tests(message_intake: Project) -> None:
    policies = Policies(message_intake)
    assert not policies.contradictions
    assert [one for one in play(message_intake, policies) if not one.passed] == []
    assert [one for one in play(message_intake, policies, ByHeart(message_intake)) if not one.passed] == []


def test_a_wrong_action_is_a_mistake_and_the_story_goes_on(tmp_path: Path) -> None:
    tests = "stories:\n- story: t\n  steps: [{intent: a}, {action: utter_b}, {intent: b}, {action: utter_b}]\n"
    made = write(tmp_path, domain=DOMAIN, stories=STORIES, tests=tests, config="policies:\n- name: AugmentedMemoizationPolicy\n  max_history: 4\n- name: RulePolicy\n")
    played = next(play(made, Policies(made)))
    assert (played.file, played.line, played.passed) == ("tests/test_stories.yml", 2, False)
    assert played.mistakes[0] == StoryMismatch("utter_b", "utter_a")


@pytest.mark.parametrize(("said", "mistakes"), [
    ("да в [Тверь](city)", 0), ("да в Тверь", 1), ("да в [Тверь](city:x)", 1), ("нет", 1), ("что-то", 1),
])
def test_end_to_end_intents_and_entities_count(tmp_path: Path, said: str, mistakes: int) -> None:
    tests = f"stories:\n- story: t\n  steps: [{{user: '{said}', intent: a}}, {{action: utter_a}}]\n"
    made = write(tmp_path, domain=DOMAIN, stories=STORIES, nlu=NLU, tests=tests)
    policies = Policies(made)
    assert len(next(play(made, policies, ByHeart(made))).mistakes) == mistakes
    assert next(play(made, policies)).passed


def test_a_payload_is_the_intent_that_it_names(tmp_path: Path) -> None:
    tests = "stories:\n- story: t\n  steps: [{user: '/a', intent: a}, {action: utter_a}, {user: 'нет', intent: b}, {action: utter_b}]\n"
    made = write(tmp_path, domain=DOMAIN, stories=STORIES, nlu=NLU, tests=tests)
    assert next(play(made, Policies(made), ByHeart(made))).passed


@pytest.mark.parametrize("broken", ["stories:\n- story:\n  steps: [{intent: a}]\n", "stories: [\n"])
def test_a_broken_test_file_disables_itself_alone(tmp_path: Path, broken: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_more.yml").write_text(broken, encoding="utf8")
    made = write(tmp_path, domain=DOMAIN, stories=STORIES, tests=STORIES.replace("story: s", "story: good"))
    assert [story.name for story in made.tests] == ["good"]
    assert any(note.file == "tests/test_more.yml" for note in made.notes)


def test_versions_are_compared_by_what_they_say(tmp_path: Path) -> None:
    before = write(tmp_path / "one", domain=DOMAIN, stories=STORIES, nlu=NLU)
    after = write(tmp_path / "two", domain=DOMAIN.replace("text: b", "text: c") + "  utter_c: [{text: c}]\n", stories="\n\n" + STORIES.replace("story: s", "story: z"),
                  nlu=NLU.replace("нет", "нет уж"))
    assert [str(one) for one in compare(before, before)] == []
    assert [str(one) for one in compare(before, after)] == [
        "~ responses: utter_b", "+ responses: utter_c", "~ examples: b", "- stories: s", "+ stories: z"]
