"""Danger by cues and by the shipped project's intent together, as the engine hears it (issue of the robot, line 1)."""

import tomllib
from collections.abc import Callable
from importlib.resources import files

import pytest

from bots.dialogue.dialogue import Dialogue
from bots.knowledge.faq import FaqBot
from bots.project.project import read_project
from bots.russian import Russian
from bots.understanding.model_codec import load
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.robot import MODEL, built_in

TOLD: dict[str, list[str]] = tomllib.loads(files("tests.bots").joinpath("danger_told.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def heard(russian: Russian, bot: FaqBot) -> Callable[[str], bool]:
    """Whether a message is taken for danger to life."""
    folder = built_in("centre")
    dialogue = Dialogue(read_project(folder), load((folder / MODEL).read_bytes(), russian))
    engine = LocalDialogueEngine(bot)
    return lambda text: bot.danger(text) is not None or engine.calmed(dialogue.parse(text), text).intent == "emergency"


def test_danger_is_heard_in_many_ways_of_telling_it(heard: Callable[[str], bool]) -> None:
    missed = [text for text in TOLD["danger"] if not heard(text)]
    assert len(missed) <= 1, missed


def test_what_merely_sounds_like_danger_rings_no_alarm(heard: Callable[[str], bool]) -> None:
    rung = [text for text in TOLD["calm"] if heard(text)]
    assert len(rung) <= 0.02 * len(TOLD["calm"]), rung
