"""What callers hear: nothing tells them to write, to press on the screen, or speaks of files (CH-08)."""

import re
from pathlib import Path

import pytest
import yaml

from bots.knowledge.faq import FaqBot
from bots.russian import Russian
from channels.voice import call_phrases, keypad_query
from hub.intake import robot_replies
from tests.traits import TRAITS

WRITTEN = re.compile(r"напиш|введите|файл|ссылк|кнопк|на экране|сообщением", re.IGNORECASE)
PROJECTS = sorted((Path(__file__).parents[2] / "bots" / "projects").glob("*/domain/responses.yml"))


def spoken_responses() -> list[tuple[str, str]]:
    """Each response as it is given by telephone: of its channel, else that of all."""
    found = []
    for path in PROJECTS:
        for name, variants in yaml.safe_load(path.read_text(encoding="utf8"))["responses"].items():
            voice = [each for each in variants if each.get("channel") == "voice"] or [each for each in variants if "channel" not in each]
            found += [(name, each["text"]) for each in voice if "text" in each]
    return found


@pytest.mark.parametrize(("name", "text"), spoken_responses())
def test_a_dialogue_does_not_ask_callers_to_write(name: str, text: str) -> None:
    # CH-08
    assert not WRITTEN.search(text), name


def test_neither_does_the_telephone_itself() -> None:
    # CH-08
    own = [value for module in (call_phrases, keypad_query) for value in vars(module).values() if isinstance(value, str)]
    assert len(own) > 5
    assert not [text for text in (*own, robot_replies.NOT_HEARD, robot_replies.SAY_AGAIN) if WRITTEN.search(text)]


def test_the_greeting_is_short(russian: Russian) -> None:
    # CH-01
    greeting = FaqBot(russian, "Единый контакт-центр", TRAITS).greeting("voice.asterisk").text
    assert "робот" in greeting
    assert not WRITTEN.search(greeting)
    assert len(greeting) <= 100
