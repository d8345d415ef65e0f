"""The scripts that operators begin with: docs/content.md. What forbids to publish one is tried in tests/knowledge/test_script.py."""

import re
from importlib.resources import files

import pytest

from hub.knowledge.scripts.checks import ahead
from hub.knowledge.scripts.script import END, Script
from hub.knowledge.scripts.toml_format import read_scripts
from okno.config import load

SCRIPTS = read_scripts((files("okno.demo") / "scripts.toml").read_text("utf8"))
NAMED = re.compile(r"(?:сценарий|открываю) «([^»]+)»")


def texts(script: Script) -> list[str]:
    """All that leads to another script by its name."""
    return [text for step in script.steps for text in (step.text, step.hint, *(answer.text for answer in step.answers))]


def test_there_are_thirty_and_some_for_every_topic() -> None:
    # KB-01
    assert len(SCRIPTS) == 30
    assert {topic for script in SCRIPTS for topic in script.topics} == {topic.id for topic in load(None, {}).topics}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.key)
def test_no_complaint_is_asked_for_before_its_way_is_told(script: Script) -> None:
    # AL-07: without the steps that tell it there is no way to where a complaint is taken
    untold = {each.key: each for each in script.steps if not each.key.startswith("route")}
    assert "take" not in ahead(script.steps[0].key, untold)
    assert all(each.mandatory for each in script.steps if each.key == "take" or each.key.startswith("route"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.key)
def test_a_script_that_is_named_is_there(script: Script) -> None:
    named = {name for text in texts(script) for name in NAMED.findall(text)}
    assert {name for name in named if not any(name == each.key or each.title.startswith(name) for each in SCRIPTS)} == set()


@pytest.mark.parametrize("key", ["112", "complaint", "conflict", "tears", "deaf", "foreigner", "child", "utilities"])
def test_no_way_through_misses_the_question_of_danger(key: str) -> None:
    # 112 at once, also where the talk is about something else
    (script,) = (each for each in SCRIPTS if each.key == key)
    assert script.step("danger").mandatory
    unasked = {each.key: each for each in script.steps if each.key != "danger"}
    assert END not in ahead(script.steps[0].key, unasked)


def test_a_status_is_told_to_nobody_who_has_not_proved_who_he_is() -> None:
    # ST-02, ST-03: «tell» lies behind «proof», and a federal centre asks for nothing at all
    (script,) = (each for each in SCRIPTS if each.key == "status")
    unproved = {each.key: each for each in script.steps if each.key != "proof"}
    assert "tell" not in ahead("level", unproved)
    assert ahead("hand-over", {each.key: each for each in script.steps}) == [END]


@pytest.mark.parametrize("key", ["status", "booking"])
def test_what_a_federal_centre_may_not_do_is_handed_over_first(key: str) -> None:
    # FD-04, BK-06
    (script,) = (each for each in SCRIPTS if each.key == key)
    assert script.steps[0].key == "level"
    assert script.steps[0].mandatory
    assert "hand-over" in script.steps[0].ways()
