"""How a talker understands when more is said than it has time for."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from bots.dialogue.dialogue import Dialogue
from bots.dialogue.parsed import Parsed
from bots.knowledge.faq import AT_ONCE, FaqBot
from bots.project.project import read_project
from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import Conversation, WithBot
from hub.conversations.journal import Thought
from hub.conversations.redaction import Redacted
from hub.robot.ports import DialogueAnswer, DialogueTurn
from okno.adapters.dialogue_engine import LocalDialogueEngine
from tests.rig import eventually
from tests.traits import TRAITS

PATIENCE_S = 0.2
NOW = datetime(2026, 11, 25, tzinfo=UTC)


class Ponders:
    """Ponders until it may go on, unless it is hurried."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        self.begun.release()
        if not hasty:
            self.go.wait(60)
        return Parsed(words, "greet", 0.5 if hasty else 1.0)


class Watch:
    """The time is what the test says."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def ponders() -> Ponders:
    return Ponders()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def talker(ponders: Ponders, watch: Watch) -> LocalDialogueEngine:
    project = read_project(Path(str(files("bots"))) / "projects" / "centre")

    async def load(version: str) -> Dialogue:
        return Dialogue(project, ponders)

    knowledge = FaqBot(Russian(), "Центр", TRAITS)
    knowledge.learn(())
    return LocalDialogueEngine(knowledge, lambda: "v1", load, clock=watch, patience_s=PATIENCE_S)


def asked(words: str) -> DialogueTurn:
    async def past() -> Sequence[Thought]:
        return ()

    return DialogueTurn(Conversation(1, "001", Address("web.chat", "x"), NOW, WithBot()), 1, Redacted(words, words), NOW, None, past)


def confidence(answered: DialogueAnswer) -> float:
    assert answered.thought is not None
    return answered.thought.confidence


async def flood(talker: LocalDialogueEngine, ponders: Ponders, watch: Watch, *words: str) -> list[float]:
    """The first are pondered over while the others wait for longer than is good."""
    turns = [asyncio.create_task(talker.turn(asked(each))) for each in words]
    for _ in range(AT_ONCE):
        assert await asyncio.to_thread(ponders.begun.acquire, timeout=60)

    async def all_wait() -> bool:
        return talker.understood.waiting == len(words)
    await eventually(all_wait)
    watch.now_s += PATIENCE_S * 2
    ponders.go.set()
    answered = [await turn for turn in turns]
    ponders.go.clear()
    while ponders.begun.acquire(blocking=False):
        pass
    return [confidence(each) for each in answered]


async def test_what_has_waited_for_long_is_understood_in_haste(talker: LocalDialogueEngine, ponders: Ponders, watch: Watch) -> None:
    # CH-06
    late = 4 - AT_ONCE
    assert await flood(talker, ponders, watch, "раз", "два", "три", "четыре") == [1.0] * AT_ONCE + [0.5] * late
    count = talker.understood
    assert (count.recalled, count.fully, count.hastily, count.waiting) == (0, AT_ONCE, late, 0)
    assert count.waited_s == pytest.approx(PATIENCE_S * 2 * late)
    await talker.close()


async def test_only_what_was_understood_fully_is_remembered(talker: LocalDialogueEngine, ponders: Ponders, watch: Watch) -> None:
    await flood(talker, ponders, watch, "раз", "два", "три")
    ponders.go.set()
    assert [confidence(await talker.turn(asked(words))) for words in ("раз", "три", "три")] == [1.0, 1.0, 1.0]
    assert (talker.understood.recalled, talker.understood.fully, talker.understood.hastily) == (2, AT_ONCE + 1, 3 - AT_ONCE)
    await talker.close()


async def test_haste_is_logged_once_a_minute(
    talker: LocalDialogueEngine, ponders: Ponders, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    def told() -> list[int]:
        return [record.since for record in caplog.records if "NLU overloaded" in record.message]

    with caplog.at_level(logging.WARNING):
        await flood(talker, ponders, watch, "раз", "два", "три", "четыре")
        assert told() == [1]
        watch.now_s += 61
        await flood(talker, ponders, watch, "пять", "шесть", "семь")
        assert told() == [1, 4 - AT_ONCE]
    await talker.close()
